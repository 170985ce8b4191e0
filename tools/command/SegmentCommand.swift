import ArgumentParser
import ModelRequests
import Smalti

/// `smalti segment`: a video in, a page about its objects out.
struct SegmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segment",
    abstract: "Finds the objects of a video and writes a page that a person looks at.",
    discussion: """
      The input is a video (any that ffmpeg reads), a folder of PNG frames, a .npy or
      .npz clip, or a file of records. The centre square of each frame is averaged to
      the model's size. Where the file has labels, the page shows them beside what was
      found, and says how well they agree.

      Example: smalti segment street.avi --weights w.safetensors -o report.html
      Example: smalti segment clip.npz --model simone:tiny --untrained -o report.html
      Example: smalti segment clips.npz --sample 2 --model simone:tiny --weights w.safetensors
        --latents --exchange clips.npz --compare -o report.html
      """)

  @Argument(help: "A video, a folder of PNG frames, or a clip as .npy or .npz.")
  var input: String

  @Argument(help: ArgumentHelp("Options of the model.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "A model that segments videos (see smalti models), or a file of graph text.")
  var model = "simone"

  @OptionGroup var weights: WeightsOption

  @Flag(help: "Do without trained weights: shows that everything works, not what a model sees.")
  var untrained = false

  @Option(help: "Which clip of a file that has several, from 0.")
  var sample = 0

  @Flag(help: "Show what latents mean: some are moved, and the clip is decoded again.")
  var latents = false

  @Option(help: "Another clip, to exchange latents with; of the same file the one after --sample.")
  var exchange: String?

  @Flag(help: "Time the model fused, unfused, and as a shared library that C programs load.")
  var compare = false

  @Option(help: "The first frame to take, from 0.")
  var start = 0

  @Option(help: "Take every stride-th frame.")
  var stride = 1

  @Option(name: .shortAndLong, help: "The HTML page to write.")
  var output: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let progress = Progress(options)
    let model = try ChosenModel(self.model, settings, .one(nil))
    let video = try SegmentedVideo.type(of: model)
    try checkWeights(model)
    try OutputFile.check(output)
    let source = try weights.source(for: model, options)

    var watch = Stopwatch()
    let clip = try progress.during("reading \(input)") {
      try ClipInput(input, video, sample: sample, start: start, stride: stride)
    }
    let other = try exchange.map { path in
      try ClipInput(
        path, video, sample: path == input ? sample + 1 : 0, start: start, stride: stride)
    }
    watch.lap("read the clip")
    let execution = try Execution(model, source, options, progress)
    watch.add("compile", execution.compiled.times.total.seconds)
    watch.add("prepare the weights", execution.loading)
    let tensors = try InputLoader(model.graph, []).tensors(
      seed: options.key, given: ["video": clip.tensor])
    execution.session.measuresSteps = true
    let run = try progress.during("running \(model.name)") {
      try execution.run(tensors.mapValues { AlignedBytes($0.bytes) })
    }
    watch.add("run", run.seconds)

    let segmented = try SegmentedVideo(execution, clip.tensor, run.outputs)
    var page = SegmentationPage(
      model: model, clip: clip, notes: clip.notes + segmented.notes, execution: execution,
      stages: watch.stages, seed: weights.weights == nil ? options.seed : nil, stride: stride)
    page.scores = try SegmentedScores(segmented, clip, trainedBy: source)
    page.notes += page.scores.notes
    if latents || other != nil {
      page.studies = try progress.during("moving latents of \(model.name)") {
        try LatentStudies(self.model, settings, source, options)
          .studies(clip, exchangedWith: other)
      }
    }
    if compare {
      var comparison = try ModelComparison(
        self, model, source, execution, tensors.mapValues { AlignedBytes($0.bytes) })
      page.variants = try comparison.measured(progress)
    }
    let html = try progress.during("drawing \(output)") { try page.report(segmented).html() }
    try OutputFile.write(Array(html.utf8), to: output)
    page.notes.forEach(options.note)
    let summary = SegmentSummary(
      model: model.name, input: input, output: output, byteCount: html.utf8.count,
      level: execution.compiled.level.name, threads: execution.threads,
      compileSeconds: execution.compiled.times.total.seconds, runSeconds: run.seconds,
      flops: execution.flops, scores: page.scores, notes: page.notes)
    options.report(summary, summary.text)
  }

  /// - Errors: `call.untrained`, `call.untrained-weights`.
  private func checkWeights(_ model: ChosenModel) throws(Diagnostic) {
    if let path = weights.weights, untrained { throw .callUntrainedWeights(path) }
    guard weights.weights != nil || untrained else { throw .callUntrained(model.name) }
  }
}

/// What `segment` says when it is done.
struct SegmentSummary: Encodable {
  var model: String
  var input: String
  var output: String
  var byteCount: Int
  var level: String
  var threads: Int
  var compileSeconds: Double
  var runSeconds: Double
  var flops: Int
  var scores: SegmentedScores
  var notes: [String]

  var text: String {
    """
    compiled \(model) for \(level) in \(Quantity.seconds(compileSeconds))
    ran it on \(input) in \(Quantity.seconds(runSeconds)): \(Quantity.flops(flops)) on \
    \(threads) \(threads == 1 ? "thread" : "threads")
    \(scores.text)
    wrote \(output): \(Quantity.bytes(byteCount)), open it in a browser
    """
  }
}
