import ArgumentParser
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

      Example: smalti run simone:tiny --input video=clip.npy --output out.npz
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
    let progress = Progress(options)
    let model = try model.chosen(.one(entry))
    let results = try Self.results(of: model.graph, picked: outputs)
    let loader = try InputLoader(model.graph, input)
    try OutputFile.check(output)
    let tensors = try loader.tensors(seed: options.key)
    let source = try weights.source(for: model, options)
    let execution = try Execution(model, source, options, progress)
    let run = try progress.during("running \(model.name)") {
      try execution.run(tensors.mapValues { AlignedBytes($0.bytes) })
    }
    let written = try results.map {
      (name: $0.name, value: try execution.tensor($0, in: run.outputs))
    }
    try OutputFile.write(written, to: output)

    let notes = try notes(execution.graph, tensors, written)
    notes.forEach(options.note)
    let report = RunReport(model, execution, run.seconds, written, output, notes)
    options.report(report, report.text)
  }

  /// The results to keep: those picked, in the order picked.
  ///
  /// - Errors: `call.output-unknown`.
  static func results(of graph: Graph, picked: String?) throws(Diagnostic) -> [Graph.Result] {
    let usual = ["reconstruction", "weights"]
    let known = graph.results.map(\.name)
    guard let picked else {
      let isUsual = usual.allSatisfy(known.contains)
      return graph.results.filter { !isUsual || usual.contains($0.name) }
    }
    var results: [Graph.Result] = []
    for name in picked.split(separator: ",", omittingEmptySubsequences: false) {
      guard let result = graph.results.first(where: { $0.name == name }) else {
        throw .callOutputUnknown(String(name), known: known)
      }
      if !results.contains(result) { results.append(result) }
    }
    return results
  }

  /// Where NaN went in and came out.
  private func notes(
    _ graph: Graph, _ inputs: [String: HostTensor], _ outputs: [(name: String, value: TensorBytes)]
  ) throws(Diagnostic) -> [String] {
    var notes: [String] = []
    for argument in graph.arguments {
      guard let tensor = inputs[argument.name] else { continue }
      let bytes = try TensorBytes(tensor)
      if let note = NotANumber.note("input", argument.name, bytes) { notes.append(note) }
    }
    return notes + outputs.compactMap { NotANumber.note("output", $0.name, $0.value) }
  }
}

/// What `run` says when it is done.
struct RunReport: Encodable {
  struct Output: Encodable {
    var name: String
    var type: String
  }

  var model: String
  var entry: String
  var level: String
  var threads: Int
  var compileSeconds: Double
  /// How many object files came from the cache.
  var cacheHits: Int
  var loadSeconds: Double
  var runSeconds: Double
  var output: String
  var outputs: [Output]
  var notes: [String]

  init(
    _ model: ChosenModel, _ execution: Execution, _ seconds: Double,
    _ outputs: [(name: String, value: TensorBytes)], _ path: String, _ notes: [String]
  ) {
    self.model = model.name
    entry = execution.graph.name
    level = execution.compiled.level.name
    threads = execution.threads
    compileSeconds = execution.compiled.times.total.seconds
    cacheHits = execution.compiled.times.cacheHits
    loadSeconds = execution.loading
    runSeconds = seconds
    output = path
    self.outputs = outputs.map { Output(name: $0.name, type: $0.value.type.description) }
    self.notes = notes
  }

  var text: String {
    let list = outputs.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
    return """
      wrote \(output): \(list)
      \(model), \(entry), for \(level): compiled in \(Quantity.seconds(compileSeconds))\(cacheHits > 0 ? " (cached)" : ""), weights \
      prepared in \(Quantity.seconds(loadSeconds)), ran in \(Quantity.seconds(runSeconds)) on \
      \(threads) \(threads == 1 ? "thread" : "threads")
      """
  }
}
