import ArgumentParser
import Foundation
import ModelRequests
import Smalti

/// `smalti eval`: how well a model segments and reconstructs a data set.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Scores a model on a data set with labels.",
    discussion: """
      DATA is a folder or file of clips or pictures: npz, npy, tfrecords, PNG. Of each
      clip the first frames are taken, its centre square averaged to the model's size;
      labels are reduced by majority.

      ari      adjusted Rand index of all pixels, frame by frame
      ari_f    of the pixels that show objects, frame by frame
      ari_f_video  the same with all frames of a clip together
      miou     mean overlap of labels, best paired
      msc, sc  how objects are covered by their best label: mean, and by size
      mse      squared error of the reconstruction, mean over pixels and channels

      Example: smalti eval simone:tiny --weights w.safetensors --data sprites/test
      """)

  @OptionGroup var model: ModelArgument
  @OptionGroup var weights: WeightsOption

  @Option(help: "The data set.")
  var data: String

  @Option(help: "Samples to take, from the first on; by default all.")
  var samples: Int?

  @Flag(help: "Do without trained weights: shows that everything works, not what a model sees.")
  var untrained = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let progress = Progress(options)
    let family = try Zoo.model(model.model, model.settings)
    let chosen = try model.chosen(.one(nil))
    if let path = weights.weights, untrained { throw Diagnostic.callUntrainedWeights(path) }
    guard weights.weights != nil || untrained else {
      throw Diagnostic.callUntrained(chosen.name)
    }
    if let samples, samples < 1 { throw Diagnostic.callNumber("--samples", samples, 1...1 << 40) }
    let source = try weights.source(for: chosen, options)
    let threads = try options.checkedThreads()
    let settings = try options.compilerOptions(target: nil)
    let evaluator = try progress.during("compiling \(chosen.name)") {
      try Evaluator(family, withLoss: false, key: options.key, settings)
    }
    evaluator.notes.forEach { options.note($0.sentence) }
    let set = try DataSet(data, pictures: evaluator.input.isVideo ? .frames : .samples)
    let start = ContinuousClock.now
    var reader = EvaluatedSamples(set, evaluator.input, limit: samples)
    let evaluation = try progress.during("reading \(data)") {
      try evaluator.run(
        { try reader.next() }, threads: threads, weights: { try source.bytes(of: $0) },
        progress: { progress.show("scored \($0) samples") })
    }
    guard evaluation.count > 0 else { throw Diagnostic.dataEmpty(data) }
    if evaluation.scores.count == 0 {
      options.note("\(data) has no labels, so there is only the squared error")
    }
    if evaluation.nonFiniteCount > 0 {
      options.note(
        "\(evaluation.nonFiniteCount) of \(evaluation.count) samples gave numbers that are not finite"
      )
    }
    let report = EvalReport(
      evaluation, model: chosen.name, data: data, isVideo: evaluator.input.isVideo,
      seconds: (ContinuousClock.now - start).seconds)
    options.report(report.values, report.text)
  }
}

/// The samples of a set at a model's size, file by file.
struct EvaluatedSamples {
  private let input: ModelInput
  private var files: ArraySlice<DataFile>
  private var reader: (any SampleReader)?
  private var left: Int

  init(_ set: DataSet, _ input: ModelInput, limit: Int?) {
    (self.input, files, left) = (input, set.files[...], limit ?? .max)
  }

  /// - Errors: those of reading.
  mutating func next() throws(Diagnostic) -> PreparedSample? {
    while left > 0 {
      if let sample = try reader?.next() {
        left -= 1
        return try sample.prepared(frames: input.frames, size: input.size)
      }
      guard let file = files.popFirst() else { return nil }
      reader = try file.reader(frameLimit: input.frames)
    }
    return nil
  }
}

/// What `eval` says.
struct EvalReport {
  let model: String
  let data: String
  let isVideo: Bool
  let seconds: Double
  let values: Values
  private let activeSlots: Double?

  init(
    _ evaluation: Evaluation, model: String, data: String, isVideo: Bool, seconds: Double
  ) {
    (self.model, self.data, self.isVideo, self.seconds) = (model, data, isVideo, seconds)
    values = Values(evaluation)
    activeSlots = evaluation.meanActiveSlots
  }

  /// The keys of `--json`; what cannot be said is null.
  struct Values: Encodable {
    var ari: Double?
    var ari_f: Double?
    var ari_f_video: Double?
    var miou: Double?
    var msc: Double?
    var sc: Double?
    var mse: Double?
    var count: Int

    init(_ evaluation: Evaluation) {
      let scores = evaluation.scores
      (ari, ari_f) = (scores.ari, scores.foregroundARI)
      (ari_f_video, miou) = (scores.videoForegroundARI, scores.meanIntersectionOverUnion)
      (msc, sc) = (scores.meanSegmentationCovering, scores.segmentationCovering)
      (mse, count) = (scores.squaredError, evaluation.count)
    }

    private enum Key: String, CodingKey, CaseIterable {
      case ari, ari_f, ari_f_video, miou, msc, sc, mse, count
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      let scores = [ari, ari_f, ari_f_video, miou, msc, sc, mse]
      for (key, score) in zip(Key.allCases, scores) {
        try container.encode(score.flatMap { $0.isFinite ? $0 : nil }, forKey: key)
      }
      try container.encode(count, forKey: .count)
    }
  }

  var text: String {
    let rows: [(String, Double?, String)] = [
      ("ari", values.ari, "all pixels"),
      ("ari_f", values.ari_f, isVideo ? "objects, frame by frame" : "objects"),
      ("ari_f_video", values.ari_f_video, "objects, whole clips"),
      ("miou", values.miou, "labels, best paired"),
      ("msc", values.msc, "objects covered"), ("sc", values.sc, "objects covered, by size"),
      ("mse", values.mse, "reconstruction"),
      ("slots", activeSlots, "slots that weigh more than 0.1 somewhere"),
    ]
    let lines = rows.map { name, value, remark in
      let number = value.map { String(format: name == "mse" ? "%.6f" : "%.4f", $0) } ?? "–"
      return "  \(name.padding(toLength: 12, withPad: " ", startingAt: 0))"
        + "\(String(repeating: " ", count: max(0, 9 - number.count)))\(number)  \(remark)"
    }
    return
      ([
        "\(model) on \(values.count) \(values.count == 1 ? "sample" : "samples") of \(data), in "
          + Quantity.seconds(seconds)
      ] + lines).joined(separator: "\n")
  }
}
