import GraphAutodiff
import GraphIR
import GraphOps
import TensorCore

/// One step of training as a graph: forward, backward, clipping by the global norm, update.
///
/// Parameters, the optimiser's states and the counters are replaced by the graph itself, so a compiled
/// step works in place and needs nothing between calls. A step whose loss or gradient norm is not
/// finite leaves parameters and the optimiser's states as they were, bit for bit, and counts as
/// skipped.
///
/// States: `training.batches` and `training.steps` count calls and steps, `training.skipped` those that
/// were skipped; `optimizer.NAME.PATH` are the optimiser's; `accumulated.PATH` and `average.PATH` are
/// there with ``microBatches`` and ``averageDecay``.
public struct TrainingStep: Sendable {
  public var optimizer: any Optimizer
  public var schedule: Schedule
  /// Gradients are scaled down to this norm, all parameters together; nil leaves them.
  public var gradientClip: Double?
  /// Batches whose mean gradient makes one step. With more than one the program has an entry point
  /// `accumulate` for all but the last, which `step` takes.
  public var microBatches = 1
  /// The share of the old value in the running average of parameters; nil keeps none.
  public var averageDecay: Double?

  public init(
    _ optimizer: any Optimizer = Adam(), schedule: Schedule = .constant(1e-3),
    gradientClip: Double? = nil
  ) {
    self.optimizer = optimizer
    self.schedule = schedule
    self.gradientClip = gradientClip
  }

  /// The states in which Adam has a step's gradients: after the first one, clipped and times 1 − β₁.
  public static let gradientStates = "optimizer.first."

  public static let entry = "step"
  public static let accumulatingEntry = "accumulate"

  /// The program of the step: `step`, which returns what `entry` of `program` returns, the gradients'
  /// norm before clipping as `gradient_norm` and the rate as `learning_rate`.
  ///
  /// The first result of `entry` is the loss. An argument `key` is folded with the number of batches
  /// before, so each batch draws its own numbers.
  ///
  /// - Errors: `training.option`, `program.no-entry`, and those of gradients.
  public func program(
    _ program: Program, entry: String = "loss"
  ) throws(Diagnostic) -> Program {
    try check()
    let loss = try program.entry(entry)
    var entries: [TracedGraph] = []
    if microBatches > 1 {
      entries.append(try StepTracing(self, program, loss, Self.accumulatingEntry).accumulate())
    }
    entries.append(try StepTracing(self, program, loss, Self.entry).step())
    return try Program("\(program.name)_training", entries)
  }

  private func check() throws(Diagnostic) {
    if let clip = gradientClip, !(clip > 0) {
      throw .trainingOption("gradient_clip", "\(clip)", needs: "a number above 0")
    }
    guard (1...1 << 20).contains(microBatches) else {
      throw .trainingOption("micro_batches", "\(microBatches)", needs: "1 to 2^20")
    }
    if let decay = averageDecay, !(0..<1).contains(decay) {
      throw .trainingOption("average_decay", "\(decay)", needs: "0 or more and below 1")
    }
  }
}

/// Traces one entry point of a step.
private struct StepTracing {
  private let options: TrainingStep
  private let program: Program
  private let builder: GraphBuilder
  private let results: [(name: String, value: Tensor)]
  private let parameters: [(path: String, value: Tensor)]
  private let batches: Tensor

  init(_ options: TrainingStep, _ program: Program, _ loss: Graph, _ entry: String) {
    self.options = options
    self.program = program
    let builder = GraphBuilder(entry)
    self.builder = builder
    batches = builder.scoped("training") { builder.state("batches", .u64, [], .zeros) }
    let batches = batches
    let arguments = loss.arguments.map { input in
      let argument = builder.argument(input.name, loss.type(input.value))
      return input.name == "key" && argument.type == .u64([]) ? argument.folded(batches) : argument
    }
    var parameters: [(path: String, value: Tensor)] = []
    for input in loss.parameters {
      guard let declared = program.parameter(at: input.name) else {
        preconditionFailure("internal: parameter \(input.name) is in no table")
      }
      parameters.append((input.name, builder.declared(declared)))
    }
    self.parameters = parameters
    let values = builder.splice(loss, arguments)
    results = zip(loss.results, values).map { ($0.name, $1) }
  }

  private var loss: Tensor { results[0].value }

  private func gradients() -> [Tensor] {
    builder.gradients(of: loss, withRespectTo: parameters.map(\.value))
  }

  private func returnResults() {
    for (name, value) in results { builder.result(name, value) }
  }

  private func accumulated(_ path: String, like value: Tensor) -> Tensor {
    builder.scoped("accumulated") {
      builder.state(path, value.element, value.shape.dimensions, .zeros)
    }
  }

  // MARK: - Entry points
  /// Adds a batch's gradients to those that wait.
  func accumulate() throws(Diagnostic) -> TracedGraph {
    let gradients = gradients()
    for ((path, value), gradient) in zip(parameters, gradients) {
      let sum = accumulated(path, like: value)
      builder.update(sum, with: sum + gradient)
    }
    builder.update(batches, with: batches + 1)
    returnResults()
    return try builder.finish()
  }

  func step() throws(Diagnostic) -> TracedGraph {
    var gradients = gradients()
    builder.update(batches, with: batches + 1)
    if options.microBatches > 1 { gradients = takingAccumulated(gradients) }
    let norm = builder.scoped("training") { Self.norm(gradients) }
    // x − x is 0 for every finite x and NaN for all others.
    let isFinite = norm - norm .== norm.scalar(0) && loss - loss .== loss.scalar(0)
    if let clip = options.gradientClip {
      let share = (norm.scalar(clip) / (norm + 1e-6)).minimum(norm.scalar(1))
      gradients = gradients.map { $0 * share.cast(to: $0.element) }
    }
    let (before, scalars) = counted(isFinite)
    for ((path, value), gradient) in zip(parameters, gradients) {
      update(path, value, gradient, before, scalars, isFinite)
    }
    returnResults()
    builder.result("gradient_norm", norm)
    builder.result("learning_rate", scalars.rate)
    return try builder.finish()
  }

  private func takingAccumulated(_ gradients: [Tensor]) -> [Tensor] {
    zip(parameters, gradients).map { parameter, gradient in
      let sum = accumulated(parameter.path, like: parameter.value)
      builder.update(sum, with: sum.scalar(0).broadcast(to: sum.shape.dimensions))
      return (sum + gradient) * (1 / Double(options.microBatches))
    }
  }

  /// The root of the sum of all squares, in f32 or wider.
  private static func norm(_ gradients: [Tensor]) -> Tensor {
    let squares = gradients.map { gradient in
      let wide = gradient.element.byteCount < 4 ? gradient.cast(to: .f32) : gradient
      return wide.squared().sum(along: Array(0..<wide.rank), keepingAxes: false).cast(to: .f32)
    }
    return squares.dropFirst().reduce(squares[0], +).squareRoot()
  }

  /// Counters, replaced; how many updates there were before, and the scalars of this one.
  private func counted(_ isFinite: Tensor) -> (before: Tensor, scalars: StepScalars) {
    let (steps, skipped) = builder.scoped("training") {
      (builder.state("steps", .u64, [], .zeros), builder.state("skipped", .u64, [], .zeros))
    }
    builder.update(steps, with: steps + 1)
    builder.update(skipped, with: skipped + isFinite.select(skipped.scalar(0), skipped.scalar(1)))
    return builder.scoped("optimizer") {
      let before = (steps - skipped).cast(to: .f64)
      let rate = options.schedule.rate(after: steps.cast(to: .f64)).cast(to: .f32)
      return (before, options.optimizer.scalars(StepScalars(rate: rate, count: before + 1)))
    }
  }

  private func update(
    _ path: String, _ value: Tensor, _ gradient: Tensor, _ before: Tensor,
    _ scalars: StepScalars, _ isFinite: Tensor
  ) {
    let slots = OptimizerSlots(value, path: path)
    let next = builder.scoped("optimizer") {
      options.optimizer.next(value, gradient: gradient, scalars, slots)
    }
    for (state, new) in slots.updates { builder.update(state, with: isFinite.select(new, state)) }
    let kept = isFinite.select(next, value)
    builder.update(value, with: kept)
    guard let decay = options.averageDecay else { return }
    let average = builder.scoped("average") {
      builder.state(path, value.element, value.shape.dimensions, .zeros)
    }
    let isFirst = before .== before.scalar(0)
    builder.update(average, with: isFirst.select(kept, average * decay + kept * (1 - decay)))
  }
}

extension GraphBuilder {
  /// The parameter of a program's table, at its own path.
  fileprivate func declared(_ parameter: Parameter) -> Tensor {
    self.parameter(
      parameter.path, parameter.type.element, parameter.type.shape.dimensions,
      parameter.initialiser)
  }
}
