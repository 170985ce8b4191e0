import TensorCore

/// One node as reverse mode sees it: what it read, what it computed, and how the loss changes with
/// each of its results.
///
/// An operation answers with an ``OperandGradient`` for every operand, as formulas over these: a
/// gradient is a graph like any other.
public struct BackwardNode {
  public let operands: [Tensor]
  public let results: [Tensor]
  /// The loss's gradient with respect to each result; nil for a result that it does not depend on.
  /// At least one is there.
  public let resultGradients: [Tensor?]

  public init(operands: [Tensor], results: [Tensor], resultGradients: [Tensor?]) {
    self.operands = operands
    self.results = results
    self.resultGradients = resultGradients
  }

  /// The gradient of an operation's only floating result.
  ///
  /// - Precondition: there is one.
  public var gradient: Tensor {
    guard let gradient = resultGradients.compactMap({ $0 }).first else {
      preconditionFailure("internal: a node without a gradient is differentiated")
    }
    return gradient
  }
}

/// What reverse mode learns of one operand.
public enum OperandGradient {
  /// The loss's gradient with respect to it, of its type.
  case flows(Tensor)
  /// The loss has no gradient there.
  case stops(GradientStop)
}

/// Why an operand has no gradient.
public enum GradientStop: String, Sendable, Hashable {
  /// It holds integers or bools, which have no small changes.
  case integer
  /// It says which elements are read, not how large they are.
  case index
  /// The result is constant around almost every value of it, as that of `floor` is.
  case flat
  /// The graph asks for it: ``StopGradient``.
  case stopped
}

extension GradientStop: CustomStringConvertible {
  public var description: String {
    switch self {
    case .integer: "integers and bools have no small changes"
    case .index: "an index says which elements are read, not how large they are"
    case .flat: "the result is constant around almost every value"
    case .stopped: "the graph stops it"
    }
  }
}
