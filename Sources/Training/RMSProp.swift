import GraphIR
import GraphOps
import TensorCore

/// Steps along the gradient over the root of a running mean of its squares, in one of the two forms
/// that are in use.
///
///     v = decay · v + (1 − decay) · g²
///     outside:  b = momentum · b + g / (√v + ε),          p = p − rate · b;   v starts at 0
///     inside:   b = momentum · b + rate · g / √(v + ε),   p = p − b;          v starts at 1
///
/// - Source: PyTorch's `torch.optim.RMSprop` (outside), TensorFlow 1's `RMSPropOptimizer` (inside).
public struct RMSProp: Optimizer {
  public static let name = "rmsprop"

  /// Where ε stands, and what comes with that.
  public enum Form: String, Sendable, Hashable { case outside, inside }

  public var form: Form
  public var decay: Double
  public var momentum: Double
  public var epsilon: Double

  /// PyTorch's form and defaults.
  public static func outside(
    decay: Double = 0.99, momentum: Double = 0, epsilon: Double = 1e-8
  ) -> RMSProp {
    RMSProp(form: .outside, decay: decay, momentum: momentum, epsilon: epsilon)
  }

  /// TensorFlow 1's form and defaults.
  public static func inside(
    decay: Double = 0.9, momentum: Double = 0, epsilon: Double = 1e-10
  ) -> RMSProp {
    RMSProp(form: .inside, decay: decay, momentum: momentum, epsilon: epsilon)
  }

  public func check() throws(Diagnostic) {
    let check = OptionCheck(optimizer: Self.name)
    try check.share("decay", decay)
    try check.notNegative("momentum", momentum)
    try check.notNegative("epsilon", epsilon)
  }

  public func next(
    _ parameter: Tensor, gradient: Tensor, _ step: StepScalars, _ slots: OptimizerSlots
  ) -> Tensor {
    let rate = step.rate.cast(to: parameter.element)
    let square = slots.state("square", form == .inside ? .ones : .zeros)
    let next = square * decay + gradient.squared() * (1 - decay)
    slots.replace(square, with: next)
    var move =
      switch form {
      case .outside: gradient / (next.squareRoot() + epsilon)
      case .inside: rate * gradient / (next + epsilon).squareRoot()
      }
    if momentum != 0 {
      let buffer = slots.state("momentum")
      move = buffer * momentum + move
      slots.replace(buffer, with: move)
    }
    return form == .inside ? parameter - move : parameter - move * rate
  }
}
