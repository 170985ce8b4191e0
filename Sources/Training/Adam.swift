import GraphIR
import GraphOps
import RealModule
import TensorCore

/// Steps of about the learning rate, along a running mean of gradients over the root of that of their
/// squares.
///
///     m = β₁ m + (1 − β₁) g,   v = β₂ v + (1 − β₂) g²
///     p = p − rate / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// - Source: Kingma, Ba, "Adam: a method for stochastic optimization", 2015; PyTorch's
///   `torch.optim.Adam` and `AdamW` (Loshchilov, Hutter, "Decoupled weight decay regularization", 2019).
public struct Adam: Optimizer {
  public static let name = "adam"

  /// Where weight decay acts.
  public enum Decay: Sendable, Hashable {
    case none
    /// Added to the gradient, so that both running means see it: Adam with L2.
    case inGradient(Double)
    /// Takes its share of the parameter itself: AdamW.
    case decoupled(Double)
  }

  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  public var decay = Decay.none

  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, decay: Decay = .none
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.decay = decay
  }

  /// Adam with decoupled weight decay, by PyTorch's default 0.01.
  public static func adamW(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01
  ) -> Adam {
    Adam(beta1: beta1, beta2: beta2, epsilon: epsilon, decay: .decoupled(weightDecay))
  }

  public func check() throws(Diagnostic) {
    let check = OptionCheck(optimizer: Self.name)
    try check.share("beta1", beta1)
    try check.share("beta2", beta2)
    try check.notNegative("epsilon", epsilon)
    switch decay {
    case .none: break
    case .inGradient(let share), .decoupled(let share):
      try check.notNegative("weight_decay", share)
    }
  }

  /// `rate / (1 − β₁ᵗ)` and `1 / √(1 − β₂ᵗ)`, computed in f64: 1 − 0.999 has few digits in f32.
  public func scalars(_ step: StepScalars) -> StepScalars {
    func correction(_ beta: Double) -> Tensor {
      beta == 0
        ? step.count.scalar(1)
        : -(step.count * Double.log(beta)).exponentialMinusOne()
    }
    var result = step
    let rate = step.rate.cast(to: .f64)
    result.derived = [
      (rate / correction(beta1)).cast(to: step.rate.element),
      correction(beta2).reciprocalSquareRoot().cast(to: step.rate.element),
    ]
    return result
  }

  public func next(
    _ parameter: Tensor, gradient: Tensor, _ step: StepScalars, _ slots: OptimizerSlots
  ) -> Tensor {
    let (rate, scale) = (
      step.derived[0].cast(to: parameter.element), step.derived[1].cast(to: parameter.element)
    )
    var (gradient, start) = (gradient, parameter)
    switch decay {
    case .none: break
    case .inGradient(let share): gradient = gradient + parameter * share
    case .decoupled(let share):
      start = parameter - parameter * (step.rate.cast(to: parameter.element) * share)
    }
    let (first, second) = (slots.state("first"), slots.state("second"))
    let mean = first * beta1 + gradient * (1 - beta1)
    let square = second * beta2 + gradient.squared() * (1 - beta2)
    slots.replace(first, with: mean)
    slots.replace(second, with: square)
    return start - rate * (mean / (square.squareRoot() * scale + epsilon))
  }
}
