import ArgumentParser
import Foundation
import ModelRequests
import Smalti

/// `smalti train`: a run of training, from data to checkpoints.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a model, or goes on with a run.",
    discussion: """
      A run is a folder: its recipe, a log (log.jsonl, and event files for TensorBoard),
      checkpoints, the parameters of the best validation (best.safetensors) and a page
      that redraws while it trains (report.html). Stopped at any moment, it goes on with
      --resume as if it had not been: the same losses to the last bit.

      Keys of a run, with their defaults; those of the model are listed by smalti models:
      \(keys)

      Numbers of the loss can change at first: ramp.beta_o=0:2000 begins with 0 and comes to
      the value of beta_o after 2000 steps.

      Example: smalti train simone:tiny --data sprites --out run lr=2e-4 steps=5000
      Example: smalti train --recipe tools/models/tiny.yaml --data sprites --out run
      Example: smalti train --out run --resume

      With --sweep there is a run for every combination, in a folder of its own, and a
      table at the end; --resume takes up what is not done.

      Example: smalti train simone:tiny --data sprites --out sweep --sweep lr=1e-4,2e-4
      """)

  @Argument(help: "A model, if the recipe names none, and keys of model and run as key=value.")
  var words: [String] = []

  @Option(help: "The data set: a folder or file of clips or pictures.")
  var data: String?

  @Option(help: "A data set to validate on; else the folder's own, or the first samples.")
  var validation: String?

  @Option(name: .shortAndLong, help: "The folder of the run; made if it is missing.")
  var out: String

  @Option(help: "A YAML file of keys; key=value in the call wins.")
  var recipe: String?

  @Option(help: "Weights to begin with, or a checkpoint; else made from the seed.")
  var weights: String?

  @Flag(help: "Go on with the run in the folder.")
  var resume = false

  @Flag(help: "Go on although the step is compiled in another way; last bits differ.")
  var otherPlan = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Values of keys, a run for each.", valueName: "key=a,b,…"))
  var sweep: [String] = []

  @Option(
    help: "What a step keeps for its gradient: auto, keep or low; the same as memory=.")
  var memory: RunOptions.MemoryChoice?

  @OptionGroup var options: GlobalOptions

  private static var keys: String {
    RunOptions().settings.map { "  \($0.name)=\($0.value): \($0.summary)" }
      .joined(separator: "\n")
  }

  func run() throws {
    let recipe = try assembledRecipe()
    guard recipe.sweep.isEmpty else { return try SweepRuns(self, recipe).run() }
    guard !FileManager.default.fileExists(atPath: Sweep.recipePath(in: out)) else {
      throw Diagnostic.runExists(out)
    }
    let report = try train(RunDescription(recipe), RunFolder(out), resumes: resume)
    options.report(report, report.text)
  }

  /// One run, to its end.
  ///
  /// - Errors: those of runs; exit code 130 after Ctrl-C, when a checkpoint was written.
  func train(
    _ description: RunDescription, _ folder: RunFolder, resumes: Bool
  ) throws -> TrainReport {
    let progress = Progress(options)
    var settings = RunSettings(folder)
    settings.compiler = try options.compilerOptions(target: nil)
    settings.threads = try options.checkedThreads()
    settings.resumes = resumes
    settings.allowsOtherPlan = otherPlan
    let source = try initialWeights(description)
    let run = try progress.during("compiling the step of \(description.model)") {
      try TrainingRun(description, settings) { try source.bytes(of: $0) }
    }
    run.notes.forEach(options.note)
    let console = TrainConsole(options, progress, run)
    let outcome = try Interruption.patiently {
      try run.run(console.observer) { Interruption.wasAsked }
    }
    Progress.clear()
    guard outcome == .done else {
      Console.error(
        "stopped after step \(run.stepCount); go on with: smalti train --out \(out) --resume")
      throw ExitCode(Ending.interrupted.rawValue)
    }
    return TrainReport(run, folder)
  }

  /// - Errors: those of recipes; `run.no-run`, `run.settings`, `run.initial-weights`.
  private func assembledRecipe() throws(Diagnostic) -> Recipe {
    var recipe = Recipe()
    if resume {
      recipe = try begunRecipe()
    } else if let path = self.recipe {
      recipe = try Recipe(reading: path)
    }
    try recipe.add(assignments + sweep.map { "sweep.\($0)" })
    if let model { recipe.model = model }
    if let data { recipe.data = data }
    if let validation { recipe.validation = validation }
    recipe.data = recipe.data.map(absolute)
    recipe.validation = recipe.validation.map(absolute)
    return recipe
  }

  /// The recipe of the run or sweep in the folder, which only takes other steps or moved data.
  private func begunRecipe() throws(Diagnostic) -> Recipe {
    let folder = RunFolder(out)
    let sweepPath = Sweep.recipePath(in: out)
    let isSweep = FileManager.default.fileExists(atPath: sweepPath)
    guard folder.hasRun || isSweep else { throw .runNoRun(folder.path) }
    let recipe = try Recipe(reading: isSweep ? sweepPath : folder.recipe)
    let given =
      assignments.filter { !$0.hasPrefix("steps=") } + sweep.map { "--sweep \($0)" }
      + [self.recipe.map { "--recipe \($0)" }].compactMap { $0 }
      + (model == recipe.model ? [] : [model].compactMap { $0 })
    if let other = given.first { throw .runSettings(other) }
    if let weights { throw .runInitialWeights(weights) }
    return recipe
  }

  /// A run may go on from another folder.
  private func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }

  private var model: String? { words.first.flatMap { $0.contains("=") ? nil : $0 } }

  private var assignments: [String] {
    Array(words.dropFirst(model == nil ? 0 : 1))
      + (memory.map { ["memory=\($0.rawValue)"] } ?? [])
      + (options.seed == 0 ? [] : ["seed=\(options.seed)"])
  }

  /// - Errors: those of weights files.
  private func initialWeights(_ description: RunDescription) throws(Diagnostic) -> WeightsSource {
    guard let weights else { return .made(Key(description.options.seed)) }
    let whole = try description.family.program()
    return try WeightsOption.file(weights, for: whole.parameters)
  }
}

extension RunOptions.MemoryChoice: ExpressibleByArgument {}

/// What a run says while it goes on.
struct TrainConsole {
  private let options: GlobalOptions
  private let progress: Progress
  private let steps: Int

  init(_ options: GlobalOptions, _ progress: Progress, _ run: TrainingRun) {
    (self.options, self.progress, steps) = (options, progress, run.description.options.steps)
  }

  var observer: TrainingRun.Observer {
    var observer = TrainingRun.Observer()
    var shown = ContinuousClock.now - .seconds(1)
    observer.stepped = { step, loss, rate, left in
      // Ten times a second is enough for eyes.
      guard ContinuousClock.now - shown > .milliseconds(100) else { return }
      shown = .now
      progress.show(bar(step, loss, rate, left))
    }
    observer.validated = { step, evaluation in
      guard let evaluation else { return progress.show("validating after step \(step)") }
      guard !options.quiet, !options.json else { return }
      Progress.clear()
      Console.result(line(step, evaluation))
    }
    return observer
  }

  private func bar(_ step: Int, _ loss: Double, _ rate: Double, _ left: Double) -> String {
    let (width, eighths) = (20, Array(" ▏▎▍▌▋▊▉"))
    let filled = step * width * 8 / max(steps, 1)
    let full = String(repeating: "█", count: filled / 8)
    let part = filled / 8 < width ? String(eighths[filled % 8]) : ""
    let bar = (full + part).padding(toLength: width, withPad: " ", startingAt: 0)
    return "step \(step) of \(steps) \(bar) loss \(String(format: "%.4g", loss)), "
      + "\(String(format: "%.3g", rate)) steps/s, \(Self.clock(left)) left"
  }

  /// `1:02:03`, `02:03`
  static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded())
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let tail = String(format: "%02d:%02d", minutes, whole % 60)
    return hours > 0 ? "\(hours):\(tail)" : tail
  }

  private func line(_ step: Int, _ evaluation: Evaluation) -> String {
    let values = [("loss", evaluation.loss)] + evaluation.values
    let shown = values.compactMap { name, value in
      value.map { "\(name) \(String(format: "%.4g", $0))" }
    }
    return "step \(step): \(shown.joined(separator: ", "))"
  }
}

/// What `train` says when it is done.
struct TrainReport: Encodable {
  var folder: String
  var model: String
  var steps: Int
  var stepsPerSecond: Double
  /// Share of the time of steps that was waited for data.
  var dataWait: Double?
  var firstWaitSeconds: Double
  var best: String?

  init(_ run: TrainingRun, _ folder: RunFolder) {
    self.folder = folder.path
    (model, steps) = (run.description.model, run.stepCount)
    (stepsPerSecond, dataWait) = (run.stepsPerSecond, run.waitingShare)
    firstWaitSeconds = run.firstWait.seconds
    best = FileManager.default.fileExists(atPath: folder.best) ? folder.best : nil
  }

  var text: String {
    let wait = dataWait.map { String(format: "%.2f %% of it waiting for data", $0 * 100) }
    return """
      \(model) has taken \(steps) steps, \(String(format: "%.3g", stepsPerSecond)) a second\
      \(wait.map { ", \($0)" } ?? "") (and \(Quantity.seconds(firstWaitSeconds)) for the first batch)
      wrote \(folder)\(best.map { "; the best parameters are \($0)" } ?? "")
      """
  }
}
