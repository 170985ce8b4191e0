import GraphIR
import GraphOps
import TensorCore

/// How a parameter moves: a formula over its gradient and the optimiser's own states.
///
/// The formula is part of the step's graph, so it is compiled like everything else.
public protocol Optimizer: Sendable {
  /// A word for messages and files: `adam`.
  static var name: String { get }
  /// - Errors: `training.option` for numbers that make no step.
  func check() throws(Diagnostic)
  /// What the formula may need of the step at hand, once for all parameters.
  func scalars(_ step: StepScalars) -> StepScalars
  /// The parameter's next value. States are declared and replaced through `slots`.
  func next(
    _ parameter: Tensor, gradient: Tensor, _ step: StepScalars, _ slots: OptimizerSlots
  ) -> Tensor
}

extension Optimizer {
  public func check() throws(Diagnostic) {}
  public func scalars(_ step: StepScalars) -> StepScalars { step }
}

/// Checks of an optimiser's numbers, under its name: `adam_beta2`.
struct OptionCheck {
  let optimizer: String

  /// A share of what was there before: 0 or more and below 1.
  func share(_ name: String, _ value: Double) throws(Diagnostic) {
    guard (0..<1).contains(value) else {
      throw .trainingOption("\(optimizer)_\(name)", "\(value)", needs: "0 or more and below 1")
    }
  }

  func notNegative(_ name: String, _ value: Double) throws(Diagnostic) {
    guard value >= 0, value.isFinite else {
      throw .trainingOption("\(optimizer)_\(name)", "\(value)", needs: "a finite number, 0 or more")
    }
  }
}

/// Numbers of one step, as scalars of the graph.
public struct StepScalars {
  /// The learning rate, f32.
  public var rate: Tensor
  /// How many updates there will have been after this one, f64: 1 in the first.
  public var count: Tensor
  /// What an optimiser computes from them once.
  public var derived: [Tensor] = []

  public init(rate: Tensor, count: Tensor) {
    self.rate = rate
    self.count = count
  }
}

/// The states that an optimiser keeps beside one parameter, at `optimizer.STATE.PATH`: the step opens the
/// outer scope.
public final class OptimizerSlots {
  private let parameter: Tensor
  private let path: String
  /// Each state with what it becomes.
  private(set) var updates: [(state: Tensor, value: Tensor)] = []

  init(_ parameter: Tensor, path: String) {
    self.parameter = parameter
    self.path = path
  }

  /// A state of the parameter's type.
  public func state(_ name: String, _ start: Initialiser = .zeros) -> Tensor {
    parameter.builder.scoped(name) {
      parameter.builder.state(path, parameter.element, parameter.shape.dimensions, start)
    }
  }

  /// What the state becomes, if the step is taken.
  public func replace(_ state: Tensor, with value: Tensor) { updates.append((state, value)) }
}
