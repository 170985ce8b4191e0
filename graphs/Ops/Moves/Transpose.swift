import GraphIR
import TensorCore

/// Axes in another order: axis i of the result is axis `order[i]` of the operand.
///
/// - Shapes: `x: T[...]` → `y: T[x[order[0]], x[order[1]], …]`.
/// - Errors: `axis.order`.
public struct Transpose: UnaryOperation {
  public static let name = "transpose"
  public static let attributes = [Attribute("order", \Transpose.order)]

  public var order: [Int] = []
  public init() {}
}

extension Tensor {
  /// Axes in the order given; see ``Transpose``.
  public func transposed(_ order: Int...) -> Tensor { transposed(order) }

  public func transposed(_ order: [Int]) -> Tensor {
    order == Array(0..<rank) ? self : applying(Transpose().setting(\.order, to: order))
  }
}

extension Transpose {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    guard order.sorted() == Array(0..<x.rank) else { throw .orderInvalid(order, rank: x.rank) }
    return TensorType(x.element, try Shape(checking: order.map { x.shape[$0] }))
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    let strides = x.shape.strides
    return x.gathered(Shape(trusted: order.map { x.shape[$0] }), strides: order.map { strides[$0] })
  }

  public func form(_ x: Tensor) -> StructuredForm {
    let dimensions = (0..<x.rank).map { dimension in
      Move.AffineIndex(axis: order.firstIndex(of: dimension))
    }
    let piece = Move.Piece(
      operand: 0, offset: [Int](repeating: 0, count: x.rank),
      lengths: order.map { x.dimension($0) }, dimensions: dimensions)
    return .move(.pieces([piece], fill: 0))
  }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    .flows(dy.transposed(order.indices.map { order.firstIndex(of: $0)! }))
  }

  public static let samples = [
    Sample("a matrix", Transpose().setting(\.order, to: [1, 0]), [.noise(.f32([3, 5]))]),
    Sample("heads", Transpose().setting(\.order, to: [2, 0, 3, 1]), [.noise(.i32([2, 3, 4, 5]))]),
    Sample("a scalar", Transpose(), [.noise(.f32([]))]),
  ]
  public static let refusals = [
    Refusal("twice", Transpose().setting(\.order, to: [0, 0]), [.f32([2, 3])], "axis.order"),
    Refusal("too few", Transpose().setting(\.order, to: [0]), [.f32([2, 3])], "axis.order"),
  ]
}
