import ArgumentParser
import ModelRequests
import Smalti

/// `smalti run`: one run on arrays from files.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a model once on arrays from files.",
    discussion: """
      An input is a .npy file, or an array of a .npz file (NAME=FILE.npz:ARRAY).
      Pictures of bytes are divided by 255, a missing batch axis is added, of a
      longer clip the first frames are taken. An input key that is not given is
      drawn from --seed.

      MODEL may be a shared library that smalti compile made; --weights then names
      its file of prepared weights, if it has one.

      Example: smalti run simone:tiny --input video=clip.npy --output out.npz
      Example: smalti run simone.so --input video=clip.npy --output out.npz
      """)

  @OptionGroup var model: ModelArgument
  @OptionGroup var weights: WeightsOption

  @Option(help: ArgumentHelp("An input and its file.", valueName: "name=file"))
  var input: [String] = []

  @Option(name: .shortAndLong, help: "The npz file to write.")
  var output: String

  @Option(help: "Outputs to keep, with commas; by default reconstruction,weights, or all.")
  var outputs: String?

  @Option(help: "The entry point to run; by default the whole model.")
  var entry: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    if ArtefactRun.isLibrary(model.model) { return try ArtefactRun(self).run() }
    let progress = Progress(options)
    let model = try model.chosen(.one(entry))
    let results = try Self.results(
      of: model.graph.results.map { (name: $0.name, type: model.graph.type($0.value)) },
      picked: outputs)
    let loader = try InputLoader(model.graph, input)
    try OutputFile.check(output)
    let tensors = try loader.tensors(seed: options.key)
    let source = try weights.source(for: model, options)
    let execution = try Execution(model, source, options, progress)
    let run = try progress.during("running \(model.name)") {
      try execution.run(tensors.mapValues { AlignedBytes($0.bytes) })
    }
    let written = try Self.write(results, run.outputs, to: output)
    let inputs = execution.graph.arguments.map(\.name)
    let notes = try Self.notes(inputs, tensors, written)
    notes.forEach(options.note)
    let report = RunReport(model, execution, run.seconds, written, output, notes)
    options.report(report, report.text)
  }

  /// Writes the results to an npz file.
  ///
  /// - Errors: those of ``OutputFile``.
  static func write(
    _ results: [InputLoader.Argument], _ outputs: [String: AlignedBytes], to path: String
  ) throws -> [(name: String, value: TensorBytes)] {
    let written = try results.map { result in
      (
        name: result.name,
        value: try TensorBytes(result.type, bytes: outputs[result.name]!.copied())
      )
    }
    try OutputFile.write(written, to: path)
    return written
  }

  /// The results to keep: those picked, in the order picked.
  ///
  /// - Errors: `call.output-unknown`.
  static func results(
    of all: [InputLoader.Argument], picked: String?
  ) throws(Diagnostic) -> [InputLoader.Argument] {
    let usual = ["reconstruction", "weights"]
    let known = all.map(\.name)
    guard let picked else {
      let isUsual = usual.allSatisfy(known.contains)
      return all.filter { !isUsual || usual.contains($0.name) }
    }
    var results: [InputLoader.Argument] = []
    for name in picked.split(separator: ",", omittingEmptySubsequences: false) {
      guard let result = all.first(where: { $0.name == name }) else {
        throw .callOutputUnknown(String(name), known: known)
      }
      if !results.contains(where: { $0.name == name }) { results.append(result) }
    }
    return results
  }

  /// Where NaN went in and came out.
  static func notes(
    _ names: [String], _ inputs: [String: HostTensor],
    _ outputs: [(name: String, value: TensorBytes)]
  ) throws(Diagnostic) -> [String] {
    var notes: [String] = []
    for name in names {
      guard let tensor = inputs[name] else { continue }
      let bytes = try TensorBytes(tensor)
      if let note = NotANumber.note("input", name, bytes) { notes.append(note) }
    }
    return notes + outputs.compactMap { NotANumber.note("output", $0.name, $0.value) }
  }
}
