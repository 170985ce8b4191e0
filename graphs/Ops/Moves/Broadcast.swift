import GraphIR
import TensorCore

/// The operand stretched to a shape by NumPy's rule: aligned at the last axis, a length of 1
/// repeats. Elementwise operations do this by themselves; the rest may need it said.
///
/// - Shapes: `x: T[...]` → `y: T[shape]`.
/// - Errors: `shape.no-broadcast`.
public struct Broadcast: UnaryOperation {
  public static let name = "broadcast"
  public static let attributes = [Attribute("shape", \Broadcast.dimensions)]

  public var dimensions: [Int] = []
  public init() {}
}

extension Tensor {
  /// Stretched to a shape; see ``Broadcast``.
  public func broadcast(to dimensions: [Int]) -> Tensor {
    dimensions == shape.dimensions
      ? self : applying(Broadcast().setting(\.dimensions, to: dimensions))
  }

  /// The sum over every axis along which `shape` was stretched to this tensor's: the gradient of
  /// broadcasting.
  func summed(to shape: Shape) -> Tensor {
    guard shape != self.shape else { return self }
    let lead = rank - shape.rank
    let axes = (0..<rank).filter { $0 < lead || (shape[$0 - lead] == 1 && self.shape[$0] != 1) }
    return sum(along: axes, keepingAxes: false).reshaped(to: shape.dimensions)
  }
}

extension Broadcast {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    let shape = try Shape(checking: dimensions)
    guard x.shape.broadcasts(to: shape) else { throw .cannotStretch(x, shape) }
    return TensorType(x.element, shape)
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    x.broadcast(to: Shape(trusted: dimensions))
  }

  public func form(_ x: Tensor) -> StructuredForm {
    let lead = dimensions.count - x.rank
    let indices = (0..<x.rank).map { dimension in
      Move.AffineIndex(axis: x.dimension(dimension) == 1 ? nil : dimension + lead)
    }
    let piece = Move.Piece(
      operand: 0, offset: dimensions.map { _ in 0 }, lengths: dimensions, dimensions: indices)
    return .move(.pieces([piece], fill: 0))
  }

  /// The sum over what was repeated.
  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    .flows(dy.summed(to: x.shape))
  }

  public static let samples = [
    Sample("a scalar", Broadcast().setting(\.dimensions, to: [2, 3]), [.noise(.f32([]))]),
    Sample("a column", Broadcast().setting(\.dimensions, to: [2, 3, 4]), [.noise(.f32([3, 1]))]),
    Sample("to nothing", Broadcast().setting(\.dimensions, to: [0, 3]), [.noise(.i32([1, 3]))]),
  ]
  public static let refusals = [
    Refusal(
      "lengths", Broadcast().setting(\.dimensions, to: [4]), [.f32([2])], "shape.no-broadcast"),
    Refusal(
      "rank", Broadcast().setting(\.dimensions, to: [4]), [.f32([1, 4])], "shape.no-broadcast"),
  ]
}
