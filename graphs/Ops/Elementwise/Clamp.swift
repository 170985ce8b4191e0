import GraphIR
import TensorCore

/// Each element, but not below `low` nor above `high`; NaN stays NaN.
///
/// - Shapes: `x: T[...]` → `y: T[...]`, `T` floating.
/// - Errors: `type.not-floating`, `attribute.range`.
public struct Clamp: UnaryOperation {
  public static let name = "clamp"
  public static let attributes = [
    Attribute("low", \Clamp.low), Attribute("high", \Clamp.high),
  ]

  public var low = -Double.infinity
  public var high = Double.infinity
  public init() {}
}

extension Tensor {
  /// Elements kept within [low, high]; see ``Clamp``.
  public func clamped(_ low: Double, _ high: Double) -> Tensor {
    applying(Clamp().setting(\.low, to: low).setting(\.high, to: high))
  }
}

extension Clamp {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireFloating()
    guard low <= high else {
      throw .attributeRange("clamp needs low <= high, got \(low) and \(high)", help: "swap them")
    }
    return x
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    let low = x.element.rounding(low)
    let high = x.element.rounding(high)
    return x.mappingReals { $0 < low ? low : $0 > high ? high : $0 }
  }

  public func form(_ x: Tensor) -> StructuredForm {
    let bounds = (
      ScalarExpression.constant(x.element.rounding(low), x.element),
      ScalarExpression.constant(x.element.rounding(high), x.element)
    )
    return .map(.apply(.minimum, [.apply(.maximum, [.operand(0), bounds.0]), bounds.1]))
  }

  /// Passes strictly inside the range; 0 at its ends, as in PyTorch.
  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    // The ends as the form has them: rounded to the element type.
    let isInside = x > x.scalar(low) && x < x.scalar(high)
    return .flows(isInside.select(dy, dy.scalar(0)))
  }

  public static let samples = [
    Sample("defaults", Clamp(), [.noise(.f32([5]))]),
    Sample(
      "both ends", Clamp().setting(\.low, to: -0.5).setting(\.high, to: 0.25),
      [.f32([6], [-1, -0.5, 0, 0.25, 1, .nan])]),
  ]
  public static let refusals = [
    Refusal("integers", Clamp(), [.i32([2])], "type.not-floating"),
    Refusal(
      "empty range", Clamp().setting(\.low, to: .infinity).setting(\.high, to: 0),
      [.f32([2])], "attribute.range"),
  ]
}
