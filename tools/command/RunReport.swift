import ModelRequests
import Smalti

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
  /// Of a file that was compiled before nothing is.
  var compileSeconds: Double?
  /// How many object files came from the cache.
  var cacheHits: Int?
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

  /// Of a run of a compiled file.
  init(
    _ artefact: LoadedArtefact, entry: String, threads: Int, loading: Double, running: Double,
    _ outputs: [(name: String, value: TensorBytes)], _ path: String, _ notes: [String]
  ) {
    model = artefact.path
    self.entry = entry
    level = artefact.level
    self.threads = threads
    loadSeconds = loading
    runSeconds = running
    output = path
    self.outputs = outputs.map { Output(name: $0.name, type: $0.value.type.description) }
    self.notes = notes
  }

  var text: String {
    let list = outputs.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
    let before =
      compileSeconds.map { seconds in
        "compiled in \(Quantity.seconds(seconds))\(cacheHits ?? 0 > 0 ? " (cached)" : ""), weights "
          + "prepared in \(Quantity.seconds(loadSeconds))"
      } ?? "loaded in \(Quantity.seconds(loadSeconds))"
    return """
      wrote \(output): \(list)
      \(model), \(entry), for \(level): \(before), ran in \(Quantity.seconds(runSeconds)) on \
      \(threads) \(threads == 1 ? "thread" : "threads")
      """
  }
}
