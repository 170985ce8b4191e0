import ArgumentParser
import GraphLowering
import ModelRequests
import Smalti

/// `smalti explain`: what the compiler made of a model.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows the regions of a compiled model: work, bytes, memory, times, fusions refused.",
    discussion: """
      FLOPs are twice the multiply-adds of products; bytes are operands and results
      outside scratch; unfused is what the same operations would move as a region
      each. Predictions are for one core of a stated reference machine. --measure
      runs the model on noise and shows the median time of each region beside them;
      --trace does so too and keeps every run.

      Example: smalti explain simone:tiny --entry encode --measure
      --training explains a step of training instead: under "memory" stands what the
      forward half leaves for the gradient, region by region, with the time that
      storing it and computing it again would take.

      Example: smalti explain simone --training --memory low
      Example: smalti explain simone:tiny --html regions.html --trace runs.json
      """)

  @OptionGroup var model: ModelArgument

  @Option(help: "The entry point to explain; by default the whole model.")
  var entry: String?

  @Option(help: "The level to compile for; by default this machine's.")
  var target: String?

  @Flag(help: "Run the model on noise and take the time of each step.")
  var measure = false

  @Option(help: "How many runs --measure takes the median of.")
  var repetitions = 5

  @Option(help: ArgumentHelp("Draw the regions as one self-contained page.", valueName: "file"))
  var html: String?

  @Option(
    help: ArgumentHelp(
      "Write measured runs for chrome://tracing or ui.perfetto.dev.", valueName: "file"))
  var trace: String?

  @Flag(help: "Explain the step that trains the model, and what it keeps in memory.")
  var training = false

  @OptionGroup var trainingOptions: TrainingOptions

  @Flag(help: "Name every node, edge and buffer instead of the first and the last.")
  var verbose = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let range = 1...10_000
    guard range.contains(repetitions) else {
      throw Diagnostic.callNumber("--repetitions", repetitions, range)
    }
    var settings = try options.compilerOptions(target: target)
    if training {
      try trainingOptions.apply(to: &settings)
    } else if trainingOptions.memory != nil {
      throw Diagnostic.callTraining("--memory")
    } else if trainingOptions.memoryLimit != nil {
      throw Diagnostic.callTraining("--memory-limit")
    }
    if training, let entry, entry != TrainingStep.entry {
      throw Diagnostic.callTraining(entry: entry)
    }
    let level = settings.level
    try checkFiles()
    let model = try model.chosen(training ? .part(TrainingStep.entry) : .one(entry))
    let progress = Progress(options)
    let entry = try progress.during("planning \(model.name) for \(level)") {
      var entry = try EntryPlan(model.graph, settings)
      var baseline = settings
      baseline.lowering.fuses = false
      entry.compare(unfused: try EntryPlan(model.graph, baseline))
      return entry
    }
    var page = ExplainPage(model, entry, level)
    if training {
      page.addKept(of: entry)
      if let note = trainingOptions.note(of: entry, settings.lowering) { options.note(note) }
    }
    if let file = options.tuning, let tuning = settings.lowering.tuning {
      page.tuning = ExplainPage.Tuning(file: file, hash: tuning.hash)
    }
    if measure || trace != nil {
      let execution = try Execution(model, .made(options.key), options, settings, progress)
      let measured = try MeasuredRuns(execution, repetitions, options, progress)
      page.add(measured)
      if let trace { try write(ExplainTrace(page, measured).json, to: trace) }
    }
    if let html { try write(page.regionPage.html, to: html) }
    options.report(page, page.text(verbose: verbose))
  }

  /// - Errors: `file.unwritable`, `call.output-repeated`.
  private func checkFiles() throws(Diagnostic) {
    if let html, html == trace { throw .callOutputRepeated(html, ["--html", "--trace"]) }
    for path in [html, trace].compactMap(\.self) { try OutputFile.check(path) }
  }

  private func write(_ text: String, to path: String) throws {
    let bytes = Array(text.utf8)
    try OutputFile.write(bytes, to: path)
    options.note("wrote \(path): \(Quantity.bytes(bytes.count))")
  }
}
