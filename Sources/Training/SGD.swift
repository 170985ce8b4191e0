import GraphIR
import GraphOps
import TensorCore

/// Steps along the gradient, with momentum.
///
///     b = momentum · b + g,   p = p − rate · b      (nesterov: g + momentum · b instead of b)
///
/// - Source: PyTorch's `torch.optim.SGD` without dampening.
public struct SGD: Optimizer {
  public static let name = "sgd"
  public var momentum = 0.0
  public var isNesterov = false
  /// Times the parameter, added to the gradient.
  public var weightDecay = 0.0

  public init(momentum: Double = 0, isNesterov: Bool = false, weightDecay: Double = 0) {
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }

  public func check() throws(Diagnostic) {
    let check = OptionCheck(optimizer: Self.name)
    try check.notNegative("momentum", momentum)
    try check.notNegative("weight_decay", weightDecay)
    guard !isNesterov || momentum > 0 else {
      throw .trainingOption("sgd_momentum", "\(momentum)", needs: "above 0 with nesterov")
    }
  }

  public func next(
    _ parameter: Tensor, gradient: Tensor, _ step: StepScalars, _ slots: OptimizerSlots
  ) -> Tensor {
    var direction = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    if momentum != 0 {
      let buffer = slots.state("momentum")
      let next = buffer * momentum + direction
      slots.replace(buffer, with: next)
      direction = isNesterov ? direction + next * momentum : next
    }
    return parameter - direction * step.rate.cast(to: parameter.element)
  }
}
