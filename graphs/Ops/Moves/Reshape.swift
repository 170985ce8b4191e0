import GraphIR
import TensorCore

/// The same elements in row-major order, in another shape.
///
/// - Shapes: `x: T[...]` → `y: T[shape]` of the same count.
/// - Errors: `shape.mismatch`, and those of shapes: `shape.negative`, `shape.rank`,
///   `shape.too-large`.
/// - Cost: none; the buffer is shared.
public struct Reshape: UnaryOperation {
  public static let name = "reshape"
  public static let attributes = [Attribute("shape", \Reshape.dimensions)]

  public var dimensions: [Int] = []
  public init() {}
}

extension Tensor {
  /// The same elements in another shape; see ``Reshape``.
  public func reshaped(to dimensions: [Int]) -> Tensor {
    dimensions == shape.dimensions
      ? self : applying(Reshape().setting(\.dimensions, to: dimensions))
  }
}

extension Reshape {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    let shape = try Shape(checking: dimensions)
    guard shape.count == x.shape.count else { throw .reshapeCount(x, shape) }
    return TensorType(x.element, shape)
  }

  public func evaluate(_ x: HostTensor) -> HostTensor { x.reshaped(to: Shape(trusted: dimensions)) }

  public func form(_ x: Tensor) -> StructuredForm { .move(.reshape) }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    .flows(dy.reshaped(to: x.shape.dimensions))
  }

  public static let samples = [
    Sample("split", Reshape().setting(\.dimensions, to: [2, 3, 2]), [.noise(.f32([6, 2]))]),
    Sample(
      "no common factors", Reshape().setting(\.dimensions, to: [4, 6]), [.noise(.i32([6, 4]))]),
    Sample("to a scalar", Reshape(), [.noise(.f32([1, 1]))]),
    Sample("no elements", Reshape().setting(\.dimensions, to: [5, 0]), [.f32([0, 2], [])]),
  ]
  public static let refusals = [
    Refusal("count", Reshape().setting(\.dimensions, to: [5]), [.f32([6])], "shape.mismatch"),
    Refusal("negative", Reshape().setting(\.dimensions, to: [-6]), [.f32([6])], "shape.negative"),
  ]
}
