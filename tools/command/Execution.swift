import ModelRequests
import Smalti

/// One entry point, compiled and loaded with weights: what `run`, `segment` and `explain --measure`
/// share.
struct Execution {
  let graph: Graph
  let compiled: CompiledProgram
  let session: Session
  let threads: Int
  /// Seconds that loading and preparing weights took.
  let loading: Double

  /// - Errors: those of the compiler, of the weights and of the runtime.
  init(
    _ model: ChosenModel, _ weights: WeightsSource, _ options: GlobalOptions,
    target: String? = nil, _ progress: Progress
  ) throws {
    let settings = try options.compilerOptions(target: target)
    try self.init(model, weights, options, settings, progress)
  }

  /// The same with `settings` instead of those of the call.
  init(
    _ model: ChosenModel, _ weights: WeightsSource, _ options: GlobalOptions,
    _ settings: CompilerOptions, _ progress: Progress
  ) throws {
    let threads = try options.checkedThreads()
    graph = model.graph
    compiled = try progress.during("compiling \(model.name) for \(settings.level)") {
      try Compiler.compile(model.program, settings)
    }
    compiled.notes.forEach { options.note($0.sentence) }
    plan = try compiled.entry(graph.name).run
    let start = ContinuousClock.now
    let (graph, compiled) = (graph, compiled)
    let loaded = try progress.during("preparing weights") {
      let loaded = try LoadedProgram(compiled, threads: threads) { try weights.bytes(of: $0) }
      return (session: try loaded.session(graph.name), threads: loaded.pool.workerCount)
    }
    (session, self.threads) = loaded
    loading = (ContinuousClock.now - start).seconds
  }

  /// The plan of a run, as the session follows it.
  let plan: Plan
  var flops: Int { plan.flops }

  /// One run: all outputs by name, and the seconds it took.
  func run(
    _ inputs: [String: AlignedBytes]
  ) throws -> (outputs: [String: AlignedBytes], seconds: Double) {
    let start = ContinuousClock.now
    let outputs = try session.run(inputs)
    return (outputs, (ContinuousClock.now - start).seconds)
  }

  /// An output as files take it.
  func tensor(_ result: Graph.Result, in outputs: [String: AlignedBytes]) throws -> TensorBytes {
    try TensorBytes(graph.type(result.value), bytes: outputs[result.name]!.copied())
  }
}
