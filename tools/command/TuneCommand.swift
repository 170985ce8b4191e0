import ArgumentParser
import GraphLowering
import ModelRequests
import Smalti

/// `smalti tune`: numbers that bound tiles, found by running a model on this machine.
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Looks for faster tiles by measuring, and writes them to a file.",
    discussion: """
      Starts from what the model of the level's caches chooses and tries half and
      double of one number after another. A candidate that changes the plan runs on
      noise, in turn with the best so far, and is taken when its median is at least
      1 % faster. At the end the best is compared with the start once more.

      The file has an effect only where it is named: --tuning FILE with run, compile,
      explain and bench. It holds for the level it was made on.

      Example: smalti tune simone:tiny --entry decode -o decode.tuning.json
      Example: smalti explain simone:tiny --entry decode --tuning decode.tuning.json
      """)

  @OptionGroup var model: ModelArgument

  @Option(help: "The entry point to run; by default the whole model.")
  var entry: String?

  @Option(help: "How often all numbers are gone through, if there is still something to gain.")
  var rounds = 2

  @Option(help: "How many runs of each the medians are of.")
  var repetitions = 5

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    for (name, value, range) in [
      ("--rounds", rounds, 1...100), ("--repetitions", repetitions, 1...10_000),
    ] {
      guard range.contains(value) else { throw Diagnostic.callNumber(name, value, range) }
    }
    try checkLowering()
    try OutputFile.check(output)
    let model = try model.chosen(.one(entry))
    var search = try TuningSearch(
      TuningMeasurement(model, options, repetitions: repetitions))
    try search.run(rounds: rounds)
    Progress.clear()
    let file = TuningFile(
      tuning: search.best, model: model.name, entry: model.graph.name, measured: search.measured)
    try OutputFile.write(Array((JSONText.of(file) + "\n").utf8), to: output)
    let report = TuneReport(file, search, output: output)
    options.report(report, report.text)
  }

  /// - Errors: `call.tuning`.
  private func checkLowering() throws(Diagnostic) {
    if options.tuning != nil { throw .callTuning("--tuning") }
    if options.noFuse { throw .callTuning("--no-fuse") }
    if options.unfusedMatmul != .smalti { throw .callTuning("--unfused-matmul") }
  }
}

/// What `tune` says when it is done.
struct TuneReport: Encodable {
  var model: String
  var entry: String
  var level: String
  var threads: Int
  var repetitions: Int
  /// All that was tried, in order.
  var trials: [TuningSearch.Trial]
  /// Whether something was faster; else the file holds the defaults.
  var isFaster: Bool
  /// Medians of the last comparison.
  var defaultSeconds: Double
  var seconds: Double
  var limits: Tuning.Limits
  var output: String
  var hash: String

  init(_ file: TuningFile, _ search: TuningSearch, output: String) {
    model = file.model
    entry = file.entry
    level = file.tuning.level
    threads = file.measured.threads
    repetitions = file.measured.repetitions
    trials = search.trials
    isFaster = search.best != search.defaults
    defaultSeconds = file.measured.defaultSeconds
    seconds = file.measured.seconds
    limits = file.tuning.limits
    self.output = output
    hash = file.tuning.hash
  }

  var text: String {
    let runs = "\(repetitions) \(repetitions == 1 ? "run" : "runs")"
    return """
      \(model), entry point \(entry), for \(level) on \
      \(threads) \(threads == 1 ? "thread" : "threads"), medians of \(runs)
      \(table)
      \(sentence)
      wrote \(output): \(hash)
      """
  }

  private var table: String {
    var table = TextTable(heads: [
      ("number", .left), ("from", .right), ("to", .right), ("best", .right), ("this", .right),
      ("ratio", .right), ("outcome", .left),
    ])
    table.rows = trials.map { trial in
      var row = [trial.number, String(trial.from), String(trial.to)]
      if let best = trial.bestSeconds, let own = trial.seconds {
        row += [
          Quantity.seconds(best), Quantity.seconds(own), Quantity.digits(own / best),
        ]
      } else {
        row += ["", "", ""]
      }
      return row + [trial.outcome.rawValue]
    }
    return table.text()
  }

  private var sentence: String {
    let start = Quantity.seconds(defaultSeconds)
    if isFaster {
      return "\(Quantity.seconds(seconds)), with the level's defaults \(start): "
        + "\(Quantity.digits(defaultSeconds / seconds))x as fast"
    }
    let reason =
      trials.contains { $0.outcome == .faster }
      ? ": what was faster on the way was not in the last comparison" : ""
    return "nothing was better than the level's defaults, \(start)\(reason); the file holds them"
  }
}
