import Foundation
import ModelRequests
import Smalti

/// What a model made of a video, as the page takes it: without the batch axis.
struct SegmentedVideo {
  var clip: HostTensor
  var results: [String: HostTensor]
  /// Where NaN went in and came out.
  var notes: [String] = []

  private static let needed = [
    "reconstruction", "weights", "pixels", "object_mean", "object_log_std", "frame_mean",
    "frame_log_std",
  ]

  /// The type of the model's video, `f32[1, T, S, S, 3]`.
  ///
  /// - Errors: `call.not-segmenting`.
  static func type(of model: ChosenModel) throws(Diagnostic) -> TensorType {
    let graph = model.graph
    let given = graph.results.map(\.name)
    let missing = needed.filter { !given.contains($0) }.map { "output \($0)" }
    guard let video = graph.arguments.first(where: { $0.name == "video" }) else {
      throw .callNotSegmenting(model.name, ["input video"] + missing)
    }
    let type = graph.type(video.value)
    let isClip =
      type.element == .f32 && type.rank == 5 && type.shape[0] == 1
      && type.shape[2] == type.shape[3] && type.shape[4] == 3
    guard isClip, missing.isEmpty else {
      let wrong = isClip ? [] : ["a video of one square clip (its video is \(type))"]
      throw .callNotSegmenting(model.name, wrong + missing)
    }
    return type
  }

  init(_ execution: Execution, _ video: HostTensor, _ outputs: [String: AlignedBytes]) throws {
    clip = Self.withoutBatch(video)
    results = [:]
    if let note = NotANumber.note("input", "video", try TensorBytes(video)) { notes.append(note) }
    for result in execution.graph.results where Self.needed.contains(result.name) {
      let bytes = try execution.tensor(result, in: outputs)
      if let note = NotANumber.note("output", result.name, bytes) { notes.append(note) }
      results[result.name] = Self.withoutBatch(bytes.tensor)
    }
  }

  private static func withoutBatch(_ tensor: HostTensor) -> HostTensor {
    // A shape without its first dimension is a shape.
    (try? Shape(checking: Array(tensor.shape.dimensions.dropFirst()))).map(tensor.reshaped)
      ?? tensor
  }

  subscript(name: String) -> HostTensor { results[name]! }

  func latents(_ name: String) -> SegmentationReport.Latents {
    SegmentationReport.Latents(mean: self["\(name)_mean"], logStd: self["\(name)_log_std"])
  }
}

/// How the page about a run is put together.
struct SegmentationPage {
  var model: ChosenModel
  var clip: ClipInput
  var notes: [String]
  var execution: Execution
  var stages: [(name: String, seconds: Double)]
  /// Where weights were made from; nil if a file gave them.
  var seed: UInt64?
  var stride: Int
  var scores = SegmentedScores()
  var studies: [LatentStudy] = []
  var variants: [SegmentationReport.Variant] = []

  func report(_ video: SegmentedVideo) -> SegmentationReport {
    let parts = model.family.split(separator: ":", maxSplits: 1).map(String.init)
    var report = SegmentationReport(
      title: "\(model.family) on \(clip.name)",
      source: clip.source,
      model: SegmentationReport.Model(
        name: parts[0], preset: parts.count > 1 ? parts[1] : "",
        parameterCount: model.parameters.reduce(0) { $0 + $1.type.shape.count },
        options: model.settings.map { SegmentationReport.Option($0.name, $0.value) }),
      clip: video.clip, reconstruction: video["reconstruction"], weights: video["weights"],
      pixels: video["pixels"], objectLatents: video.latents("object"),
      frameLatents: video.latents("frame"))
    if let seed {
      report.weightsNote =
        "The weights were made from seed \(seed) and never trained: this page shows that the "
        + "model is computed, not what it could see."
    }
    report.truth = clip.truth
    report.facts = scores.facts
    report.studies = studies
    report.variants = variants
    report.times = times
    report.machine = machine
    report.notes = notes
    report.command = Self.command
    report.framesPerSecond = min(max((clip.framesPerSecond ?? 8) / Double(stride), 1), 30)
    return report
  }

  /// Stages of the command, then the parts of the run, by the first word of their steps' scopes.
  private var times: [SegmentationReport.Time] {
    let stages = stages.map { stage in
      SegmentationReport.Time(
        stage.name, milliseconds: stage.seconds * 1e3,
        gigaflopsPerSecond: stage.name == "run"
          ? Double(execution.flops) / stage.seconds * 1e-9 : nil)
    }
    return stages
      + parts.map { part in
        SegmentationReport.Time(
          "run: \(part.name)", milliseconds: part.nanoseconds * 1e-6,
          gigaflopsPerSecond: part.flops > 0 ? Double(part.flops) / part.nanoseconds : nil)
      }
  }

  /// Steps by the first two words of their scopes, in order of first use: `encoder.transformer1`. A
  /// step that packs an operand belongs to the step it packs for.
  private var parts: [(name: String, nanoseconds: Double, flops: Int)] {
    var parts: [(name: String, nanoseconds: Double, flops: Int)] = []
    for (step, time) in zip(execution.plan.steps, execution.session.stepNanoseconds) {
      let path = step.name.hasPrefix("pack/") ? step.name.dropFirst(5) : step.name[...]
      let scope = path.split(separator: "/").first ?? path
      let name = scope.split(separator: ".").prefix(2).joined(separator: ".")
      let index = parts.firstIndex { $0.name == name } ?? parts.count
      if index == parts.count { parts.append((name, 0, 0)) }
      parts[index].nanoseconds += Double(time)
      parts[index].flops += step.flops
    }
    return parts
  }

  private var machine: String {
    let memory = Quantity.bytes(Int(clamping: ProcessInfo.processInfo.physicalMemory))
    let threads = "\(execution.threads) \(execution.threads == 1 ? "thread" : "threads")"
    return [MachinePage.processor, execution.compiled.level.name, threads, "\(memory) of memory"]
      .compactMap { $0 }.joined(separator: ", ")
  }

  /// The call as a shell takes it.
  static var command: String {
    let words = CommandLine.arguments.dropFirst().map { word in
      word.allSatisfy { $0.isLetter || $0.isNumber || "-_=./:,+".contains($0) } && !word.isEmpty
        ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
    return (["smalti"] + words).joined(separator: " ")
  }
}

/// Times of one stage after another.
struct Stopwatch {
  private(set) var stages: [(name: String, seconds: Double)] = []
  private var last = ContinuousClock.now

  /// The time since the last lap, or since the start.
  mutating func lap(_ name: String) {
    let now = ContinuousClock.now
    add(name, (now - last).seconds)
    last = now
  }

  mutating func add(_ name: String, _ seconds: Double) { stages.append((name, seconds)) }
}
