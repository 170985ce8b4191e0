import Foundation
import ModelRequests
import Smalti

// The diagnostics of the command, alphabetically. Codes of the family `call` are mistakes in the
// call; the others are about files.

extension Diagnostic {
  static func benchDisagreement(
    _ row: String, output: String, _ difference: Double, _ tolerance: Double
  ) -> Diagnostic {
    Diagnostic(
      "bench.disagreement",
      "\(row) and our reference differ in output \(output): relative difference "
        + String(format: "%.1e, allowed is %.1e", difference, tolerance),
      notes: ["nothing was timed"],
      help: "leave the engine out of --peers, or find which of the two is wrong")
  }

  static func benchPeerProgram() -> Diagnostic {
    Diagnostic(
      "bench.peer-program", "there is no Benchmarks/peers/peer.py, which runs a peer",
      notes: ["looked for around this command and around the current folder"],
      help: "call smalti in its checkout, or leave out --peers")
  }

  static func benchRowEnded(_ mode: String, signal: Int32) -> Diagnostic {
    Diagnostic(
      "bench.row-ended", "the process of row \(mode) was ended by signal \(signal)",
      notes: signal == 9 ? ["the system does so when memory runs out"] : [],
      help: "leave the row out with --mode, or set the model's options to a smaller size")
  }

  static func callArtefactOption(_ option: String, form: String) -> Diagnostic {
    Diagnostic(
      "call.artefact-option", "\(option) belongs to a file that is shipped, and \(form) is a text",
      help: "leave it out, or write --emit so, exe, a or obj")
  }

  static func callBytes(_ option: String, _ text: String) -> Diagnostic {
    Diagnostic(
      "call.bytes", "\(option) must be a number of bytes, 0 to 4e18, got '\(text)'",
      help: "write it as 500MB or 4GB; units are B, kB, MB, GB and TB")
  }

  static func callGenerator(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.generator", "there is no generator \(name)",
      help: nearest(name, known) ?? "the generators are " + list(known))
  }

  static func callInputFormat(_ text: String) -> Diagnostic {
    Diagnostic(
      "call.input-syntax", "'\(text)' does not name an input and a file",
      help: "write NAME=FILE.npy or NAME=FILE.npz")
  }

  static func callInputMissing(_ name: String, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "call.input-missing", "input \(name) is missing, the model reads \(name): \(type)",
      help: "add --input \(name)=FILE.npy")
  }

  static func callInputRepeated(_ name: String) -> Diagnostic {
    Diagnostic("call.input-repeated", "input \(name) is given twice", help: "give it once")
  }

  static func callInputType(
    _ name: String, needed: TensorType, got: TensorType, from path: String
  ) -> Diagnostic {
    Diagnostic(
      "call.input-type", "\(name) needs \(needed), got \(got)", at: path,
      help: "bring the array to this shape, or set the model's options to fit it")
  }

  static func callInputUnknown(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.input-unknown", "the model has no input \(name)",
      help: nearest(name, known) ?? "it reads " + list(known))
  }

  static func callLowering(_ option: String, mode: BenchMode) -> Diagnostic {
    Diagnostic(
      "call.lowering", "\(option) chooses how to compile, and so does --mode",
      help: "leave it out and use --mode \(mode.rawValue)")
  }

  static func callMemory(_ part: String) -> Diagnostic {
    Diagnostic(
      "call.memory",
      "--memory and --memory-limit are about a training step, and part \(part) is none",
      help: "leave it out, or use --part step")
  }

  static func callMode(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.mode", "there is no mode '\(name)'",
      help: nearest(name, known) ?? "the modes are " + list(known))
  }

  static func callNoLatents(_ model: String) -> Diagnostic {
    Diagnostic(
      "call.no-latents",
      "\(model) has no latents to show: its encode must return object_mean and frame_mean, and all that "
        + "its decode takes",
      help: "leave --latents and --exchange out, or name a model as simone")
  }

  static func callNotSegmenting(_ model: String, _ missing: [String]) -> Diagnostic {
    Diagnostic(
      "call.not-segmenting",
      "\(model) does not segment videos: it lacks \(list(missing))",
      help: "name a model with input video: f32[1, T, S, S, 3], as simone")
  }

  static func callOperation(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.operation", "there is no operation \(name)",
      help: nearest(name, known) ?? "list them with smalti ops")
  }

  static func callOutputNeeded(_ emission: String) -> Diagnostic {
    Diagnostic(
      "call.output-missing", "--emit \(emission) writes bytes, and no file is named",
      help: "add -o FILE")
  }

  static func callOutputUnknown(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.output-unknown", "the model has no output \(name)",
      help: nearest(name, known) ?? "it gives " + list(known))
  }

  static func callPacked() -> Diagnostic {
    Diagnostic(
      "call.packed", "--packed is about npz, and files of --format tfrecord are packed anyway",
      help: "leave --packed out")
  }

  static func callPeers(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.peers", "there is no peer '\(name)'",
      help: nearest(name, known) ?? "the peers are " + list(known))
  }

  static func callPeersPython(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "call.peers-python", "SMALTI_PEERS names \(path), which cannot be run: \(reason)",
      help: "name a Python by its path, or unset it and run Benchmarks/peers/setup")
  }

  static func callPrecision(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.precision", "there is no precision '\(name)'",
      help: nearest(name, known) ?? "the precisions are " + list(known))
  }

  static func callSample(_ path: String, _ number: Int, count: Int?) -> Diagnostic {
    let has = count.map { "; the file has \($0)" } ?? ""
    return Diagnostic(
      "call.sample", "there is no clip \(number) in \(path)\(has)", at: path,
      help: count.map { $0 > 1 ? "name one of 0 to \($0 - 1)" : "leave it out" }
        ?? "leave it out, or name an archive of several clips or a file of records")
  }

  static func callSettingSyntax(_ text: String) -> Diagnostic {
    Diagnostic("call.setting-syntax", "'\(text)' is not an option", help: "write key=value")
  }

  static func callSheet() -> Diagnostic {
    Diagnostic(
      "call.sheet", "--sheet and --no-sheet exclude each other", help: "leave one of them out")
  }

  static func callSyntax(parserText: String) -> Diagnostic {
    let lines = parserText.split(separator: "\n").map { $0.drop { $0 == " " } }
    var message = String(lines.first ?? "the call is not understood")
    if message.hasPrefix("Error: ") { message.removeFirst("Error: ".count) }
    if message.hasSuffix(".") { message.removeLast() }
    let usage = lines.first { $0.hasPrefix("Usage: ") }.map { "usage: " + $0.dropFirst(7) }
    let help = lines.first { $0.hasPrefix("See ") }.map { $0.hasSuffix(".") ? $0.dropLast() : $0 }
    return Diagnostic(
      "call.syntax", message.prefix(1).lowercased() + message.dropFirst(),
      notes: usage.map { [$0] } ?? [], help: help.map { "see " + $0.dropFirst(4) })
  }

  static func callThreads(_ count: Int) -> Diagnostic { callNumber("--threads", count, 0...1024) }

  static func callTolerance(_ value: Double) -> Diagnostic {
    Diagnostic(
      "call.tolerance", "--tolerance must be 0 or more, got \(NumberText.real(value))",
      help: "for example --tolerance 1e-5")
  }

  static func callTraining(_ option: String) -> Diagnostic {
    Diagnostic(
      "call.training", "\(option) is about a step of training",
      help: "add --training, or leave it out")
  }

  static func callTraining(entry: String) -> Diagnostic {
    Diagnostic(
      "call.training", "--training explains the entry point step, got --entry \(entry)",
      help: "leave one of both out")
  }

  static func callTuning(_ option: String) -> Diagnostic {
    Diagnostic(
      "call.tuning", "tune starts from the level's defaults, fused, and was given \(option)",
      help: "leave out \(option)")
  }

  static func callUntrained(_ model: String) -> Diagnostic {
    Diagnostic(
      "call.untrained", "segment needs trained weights for \(model), and no file is named",
      help: "add --weights FILE.safetensors, or --untrained to see what seed-made weights give")
  }

  static func callUntrainedWeights(_ path: String) -> Diagnostic {
    Diagnostic(
      "call.untrained-weights", "--untrained and --weights \(path) exclude each other",
      help: "leave one of them out")
  }

  static func tuningKey(_ key: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "tuning.key", "a tuning has no key '\(key)' here",
      help: nearest(key, known) ?? "the keys are " + list(known))
  }

  static func tuningSize(_ path: String, _ byteCount: Int, limit: Int) -> Diagnostic {
    Diagnostic(
      "tuning.size", "a tuning has at most \(limit) bytes, and this file \(byteCount)", at: path,
      help: "name a file that smalti tune has written")
  }

  static func tuningSyntax(_ fact: String) -> Diagnostic {
    Diagnostic(
      "tuning.syntax", "the file is no tuning: \(fact)",
      help: "name a file that smalti tune has written")
  }

  static func tuningVersion(_ version: Int, known: Int) -> Diagnostic {
    Diagnostic(
      "tuning.version", "the tuning is of version \(version), and this smalti reads \(known)",
      help: "make it again with smalti tune")
  }
}

extension Diagnostic {
  /// Cause, place and remedy on one line, where it is no error but a circumstance.
  var sentence: String {
    message + (place.map { " (\($0))" } ?? "") + (help.map { "; \($0)" } ?? "")
  }
}
