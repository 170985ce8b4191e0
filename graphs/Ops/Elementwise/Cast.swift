import GraphIR
import TensorCore

/// Each element converted to another type.
///
/// Floating to floating rounds to nearest even, overflow to infinity. Floating to integer rounds
/// toward zero and clamps at the ends, NaN becomes 0. Integer to integer wraps. To bool: is not 0.
///
/// - Shapes: `x: T[...]` → `y: U[...]`.
/// - Errors: `operation.operand-count`; every type converts to every other.
public struct Cast: UnaryOperation {
  public static let name = "cast"
  public static let attributes = [Attribute("to", \Cast.target)]

  public var target = ElementType.f32
  public init() {}
}

extension Tensor {
  /// Elements converted to `target`; see ``Cast``.
  public func cast(to target: ElementType) -> Tensor {
    target == element ? self : applying(Cast().setting(\.target, to: target))
  }
}

extension Cast {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    TensorType(target, x.shape)
  }

  public func evaluate(_ x: HostTensor) -> HostTensor { x.cast(to: target) }

  public func form(_ x: Tensor) -> StructuredForm { .map(.cast(target, .operand(0))) }

  /// Rounded back to the operand's type; integers have none.
  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    x.element.isFloating ? .flows(dy.cast(to: x.element)) : .stops(.integer)
  }

  public static let samples: [Sample] =
    ElementType.allCases.flatMap { source in
      ElementType.allCases.map { target in
        Sample(
          "\(source) to \(target)", Cast().setting(\.target, to: target),
          [.noise(TensorType(source, [9]), "cast")])
      }
    } + [
      Sample(
        "out of range", Cast().setting(\.target, to: .i8),
        [.f32([6], [1e9, -1e9, .nan, .infinity, -128.9, 127.5])])
    ]
  public static let refusals = [
    Refusal("two operands", Cast(), [.f32([2]), .f32([2])], "operation.operand-count")
  ]
}
