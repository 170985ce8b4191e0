import GraphAutodiff
import GraphIR
import GraphOps
import TensorCore

/// Traces one entry point of a step.
struct StepTracing {
  private let options: TrainingStep
  private let program: Program
  private let builder: GraphBuilder
  private let results: [(name: String, value: Tensor)]
  /// Those that are trained.
  private let parameters: [(path: String, value: Tensor)]
  /// What the loss itself replaces.
  private let updates: [(input: Tensor, value: Tensor)]
  private let batches: Tensor
  private let scheduled: [(name: String, value: Tensor)]

  init(_ options: TrainingStep, _ program: Program, _ loss: Graph, _ entry: String) {
    self.options = options
    self.program = program
    let builder = GraphBuilder(entry)
    self.builder = builder
    batches = builder.scoped("training") { builder.state("batches", .u64, [], .zeros) }
    let batches = batches
    let scheduled = Self.scheduled(options, builder)
    self.scheduled = scheduled
    let arguments = loss.arguments.map { input in
      if let given = scheduled.first(where: { $0.name == input.name }) { return given.value }
      let argument = builder.argument(input.name, loss.type(input.value))
      return input.name == "key" && argument.type == .u64([]) ? argument.folded(batches) : argument
    }
    var parameters: [(path: String, value: Tensor)] = []
    for input in loss.parameters {
      guard let declared = program.parameter(at: input.name) else {
        preconditionFailure("internal: parameter \(input.name) is in no table")
      }
      let value = builder.declared(declared)
      if options.isTrained(input.name) { parameters.append((input.name, value)) }
    }
    for input in loss.states {
      guard let declared = program.states.first(where: { $0.path == input.name }) else {
        preconditionFailure("internal: state \(input.name) is in no table")
      }
      _ = builder.state(
        declared.path, declared.type.element, declared.type.shape.dimensions, declared.initialiser)
    }
    self.parameters = parameters
    let values: [Tensor]
    (values, updates) = builder.spliceWithoutUpdates(loss, arguments)
    results = zip(loss.results, values).map { ($0.name, $1) }
  }

  /// The values of arguments that have a schedule.
  private static func scheduled(
    _ options: TrainingStep, _ builder: GraphBuilder
  ) -> [(name: String, value: Tensor)] {
    guard !options.scheduledArguments.isEmpty else { return [] }
    return builder.scoped("training") {
      let count = builder.state("steps", .u64, [], .zeros).cast(to: .f64)
      return options.scheduledArguments.map {
        ($0.name, $0.schedule.rate(after: count).cast(to: .f32))
      }
    }
  }

  private var loss: Tensor { results[0].value.reshaped(to: []) }

  /// The entry point, without what nothing needs.
  ///
  /// - Errors: those of tracing; `gradient.no-path` names the remedy here.
  private func finish() throws(Diagnostic) -> TracedGraph {
    do {
      var traced = try builder.finish()
      traced.graph = traced.graph.pruned()
      return traced
    } catch {
      guard error.code == "gradient.no-path" else { throw error }
      var error = error
      error.help = "name it in frozen, or mend the path"
      throw error
    }
  }

  /// x − x is 0 for every finite x and NaN for all others.
  private static func isFinite(_ x: Tensor) -> Tensor { x - x .== x.scalar(0) }

  private func replaceStates(if isFinite: Tensor) {
    for (input, value) in updates {
      builder.update(input, with: isFinite.select(value, input))
    }
  }

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
    replaceStates(if: Self.isFinite(loss))
    returnResults()
    return try finish()
  }

  func step() throws(Diagnostic) -> TracedGraph {
    var gradients = gradients()
    builder.update(batches, with: batches + 1)
    if options.microBatches > 1 { gradients = takingAccumulated(gradients) }
    let squares = builder.scoped("training") { gradients.map(Self.squaredNorm) }
    let norm = builder.scoped("training") { Self.sum(squares).squareRoot() }
    let isFinite = Self.isFinite(norm) && Self.isFinite(loss)
    if let clip = options.gradientClip {
      let share = (norm.scalar(clip) / (norm + 1e-6)).minimum(norm.scalar(1))
      gradients = gradients.map { $0 * share.cast(to: $0.element) }
    }
    let (before, scalars) = counted(isFinite)
    for ((path, value), gradient) in zip(parameters, gradients) {
      update(path, value, gradient, before, scalars, isFinite)
    }
    replaceStates(if: isFinite)
    returnResults()
    builder.result("gradient_norm", norm)
    builder.result("learning_rate", scalars.rate)
    for (name, value) in scheduled { builder.result(name, value) }
    if options.reportsModules { returnModules(squares) }
    return try finish()
  }

  private func takingAccumulated(_ gradients: [Tensor]) -> [Tensor] {
    zip(parameters, gradients).map { parameter, gradient in
      let sum = accumulated(parameter.path, like: parameter.value)
      builder.update(sum, with: sum.scalar(0).broadcast(to: sum.shape.dimensions))
      return (sum + gradient) * (1 / Double(options.microBatches))
    }
  }

  /// The sum of all squares, in f32 or wider.
  private static func squaredNorm(_ gradient: Tensor) -> Tensor {
    let wide = gradient.element.byteCount < 4 ? gradient.cast(to: .f32) : gradient
    return wide.squared().sum(along: Array(0..<wide.rank), keepingAxes: false).cast(to: .f32)
  }

  private static func sum(_ terms: [Tensor]) -> Tensor { terms.dropFirst().reduce(terms[0], +) }

  /// The norm of each module's gradients, in the order of their first parameters.
  private func returnModules(_ squares: [Tensor]) {
    var modules: [(name: String, squares: [Tensor])] = []
    for (parameter, square) in zip(parameters, squares) {
      let name = parameter.path.split(separator: ".").prefix(2).joined(separator: ".")
      if let known = modules.firstIndex(where: { $0.name == name }) {
        modules[known].squares.append(square)
      } else {
        modules.append((name, [square]))
      }
    }
    for module in modules {
      let norm = builder.scoped("training") { Self.sum(module.squares).squareRoot() }
      builder.result("gradient_norm.\(module.name)", norm)
    }
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
    let moved = isFirst.select(next, average * decay + next * (1 - decay))
    builder.update(average, with: isFinite.select(moved, average))
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
