import ArgumentParser
import GraphLowering
import Smalti

/// `smalti explain`: what the compiler made of a model.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows the steps of a compiled model: work, bytes, memory, measured times.",
    discussion: """
      FLOPs are twice the multiply-adds of products; bytes are operands and results
      outside scratch. --measure runs the model on noise and shows the median time of
      each step.

      Example: smalti explain simone:tiny --entry encode --measure
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

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let range = 1...10_000
    guard range.contains(repetitions) else {
      throw Diagnostic.callNumber("--repetitions", repetitions, range)
    }
    let settings = try options.compilerOptions(target: target)
    let level = settings.level
    let model = try model.chosen(.one(entry))
    let progress = Progress(options)
    let entry = try progress.during("planning \(model.name) for \(level)") {
      try EntryPlan(model.graph, settings)
    }
    var page = ExplainPage(model, entry, level)
    if measure {
      let execution = try Execution(
        model, .made(options.key), options, target: target, progress)
      page.measured = try Measurement(execution, repetitions, seed: options.key, progress)
    }
    options.report(page, page.text)
  }
}

/// Median times of an entry point run on noise.
struct Measurement: Encodable {
  var threads: Int
  var repetitions: Int
  var compileSeconds: Double
  /// How many object files came from the cache.
  var cacheHits: Int
  /// Of whole runs.
  var seconds: Double
  /// One for each step of the plan.
  var stepSeconds: [Double]

  init(
    _ execution: Execution, _ repetitions: Int, seed: Key, _ progress: Progress
  ) throws {
    let graph = execution.graph
    var inputs: [String: AlignedBytes] = [:]
    for argument in graph.arguments {
      let key = seed.folded(argument.name)
      inputs[argument.name] = AlignedBytes(Self.noise(graph.type(argument.value), key).bytes)
    }
    execution.session.measuresSteps = true
    var runs: [Double] = []
    var steps: [[Double]] = []
    // The first run touches memory for the first time; it is not counted.
    for repetition in 0...repetitions {
      progress.show("run \(repetition) of \(repetitions)")
      let seconds = try execution.run(inputs).seconds
      guard repetition > 0 else { continue }
      runs.append(seconds)
      steps.append(execution.session.stepNanoseconds.map { Double($0) * 1e-9 })
    }
    Progress.clear()
    threads = execution.threads
    self.repetitions = repetitions
    compileSeconds = execution.compiled.times.total.seconds
    cacheHits = execution.compiled.times.cacheHits
    seconds = Self.median(runs)
    stepSeconds = (steps.first ?? []).indices.map { index in Self.median(steps.map { $0[index] }) }
  }

  /// Uniform in [0, 1) for floating types; zeros for others, which may be indices.
  private static func noise(_ type: TensorType, _ key: Key) -> HostTensor {
    guard type.element.isFloating else { return HostTensor(type, repeating: 0) }
    return HostTensor(type, converting: (0..<type.shape.count).map(key.uniform(at:)))
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2)
      ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}

/// What is known of a compiled entry point.
struct ExplainPage: Encodable {
  struct Step: Encodable {
    var name: String
    var kernel: String
    var tasks: Int
    var flops: Int
    var bytesMoved: Int
  }
  struct Memory: Encodable {
    /// Buffers between steps.
    var arenaBytes: Int
    /// Of one worker.
    var scratchBytes: Int
    /// Weights as kernels read them.
    var preparedBytes: Int
    var constantBytes: Int
    var inputBytes: Int
    var outputBytes: Int
  }

  var model: String
  var entry: String
  var level: String
  var nodes: Int
  var parameters: Int
  var kernels: Int
  var prepareSteps: Int
  var flops: Int
  var bytesMoved: Int
  var memory: Memory
  var steps: [Step]
  var measured: Measurement?

  init(_ model: ChosenModel, _ plans: EntryPlan, _ level: TargetLevel) {
    let run = plans.run
    self.model = model.name
    entry = plans.name
    self.level = level.name
    nodes = model.graph.nodes.count
    parameters = model.graph.parameters.reduce(0) { $0 + model.graph.type($1.value).shape.count }
    kernels = Set(run.steps.map(\.kernel)).count
    prepareSteps = plans.prepare.steps.count
    flops = run.flops
    bytesMoved = run.steps.reduce(0) { $0 + $1.bytesMoved }
    memory = Memory(
      arenaBytes: run.arenaByteCount, scratchBytes: run.scratchByteCount,
      preparedBytes: run.weights.reduce(0) { $0 + $1.byteCount },
      constantBytes: run.constants.reduce(0) { $0 + $1.bytes.count },
      inputBytes: run.inputs.reduce(0) { $0 + $1.byteCount },
      outputBytes: run.outputs.reduce(0) { $0 + $1.byteCount })
    steps = run.steps.map {
      Step(
        name: $0.name, kernel: $0.kernel, tasks: $0.taskCount, flops: $0.flops,
        bytesMoved: $0.bytesMoved)
    }
  }
}

// MARK: - Words
extension ExplainPage {
  var text: String {
    """
    \(model), entry point \(entry), for \(level)
      graph    \(nodes) nodes, \(Quantity.count(parameters)) parameters
      plan     \(steps.count) steps with \(kernels) kernels; \(prepareSteps) steps prepare the weights
      work     \(Quantity.flops(flops)), \(Quantity.bytes(bytesMoved)) moved
      memory   arena \(Quantity.bytes(memory.arenaBytes)), scratch \
    \(Quantity.bytes(memory.scratchBytes)) a worker, prepared weights \
    \(Quantity.bytes(memory.preparedBytes)), constants \(Quantity.bytes(memory.constantBytes)), \
    inputs \(Quantity.bytes(memory.inputBytes)), outputs \(Quantity.bytes(memory.outputBytes))
    \(measured.map(text) ?? "")\(table)
    """
  }

  private func text(_ measured: Measurement) -> String {
    """
      times    compiled in \(Quantity.seconds(measured.compileSeconds))\(measured.cacheHits > 0 ? " (cached)" : ""); median of \
    \(measured.repetitions) runs \(Quantity.seconds(measured.seconds)) on \(measured.threads) \
    \(measured.threads == 1 ? "thread" : "threads")\(rate(flops, measured.seconds).map { ", " + $0 } ?? "")

    """
  }

  private var table: String {
    var table = TextTable(heads: [
      ("step", .right), ("tasks", .right), ("work", .right), ("bytes", .right),
    ])
    if measured != nil { table.heads += [("time", .right), ("rate", .right)] }
    table.heads.append(("name", .left))
    for (index, step) in steps.enumerated() {
      var row = [
        String(index), String(step.tasks), step.flops == 0 ? "" : Quantity.flops(step.flops),
        Quantity.bytes(step.bytesMoved),
      ]
      if let seconds = measured?.stepSeconds[index] {
        row += [Quantity.seconds(seconds), rate(step.flops, seconds) ?? ""]
      }
      table.rows.append(row + [step.name])
    }
    return table.text()
  }

  private func rate(_ flops: Int, _ seconds: Double) -> String? {
    guard flops > 0, seconds > 0 else { return nil }
    return Quantity.digits(Double(flops) / seconds * 1e-9) + " GFLOP/s"
  }
}
