import GraphIR
import TensorCore

/// The operand, which counts as a constant when the graph is differentiated.
///
/// - Shapes: `x: T[...]` → `y: T[...]`.
/// - Errors: `operation.operand-count`.
public struct StopGradient: UnaryOperation {
  public static let name = "stop_gradient"
  public init() {}
}

extension Tensor {
  /// This tensor as a constant to reverse mode; see ``StopGradient``.
  public func stoppingGradient() -> Tensor { applying(StopGradient()) }
}

extension StopGradient {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType { x }
  public func evaluate(_ x: HostTensor) -> HostTensor { x }
  public func form(_ x: Tensor) -> StructuredForm { .map(.operand(0)) }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    .stops(.stopped)
  }

  public static let samples = [
    Sample("reals", StopGradient(), [.noise(.f32([2, 3]))]),
    Sample("integers", StopGradient(), [.noise(.i32([4]))]),
  ]
  public static let refusals = [
    Refusal("two operands", StopGradient(), [.f32([2]), .f32([2])], "operation.operand-count")
  ]
}
