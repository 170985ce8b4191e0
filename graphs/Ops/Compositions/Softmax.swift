import GraphIR
import RealModule
import TensorCore

/// Exponentials along `axis`, divided by their sum.
///
///     y[i] = exp(x[i] - m) / sum_j exp(x[j] - m),   m = max_j x[j]
///
/// Subtracting `m` changes nothing in exact arithmetic and keeps `exp` from overflowing.
///
/// - Shapes: `x: T[..., n, ...]` → `y: T[..., n, ...]`; `T` is a floating type, `n` at least 1.
/// - Errors: `type.not-floating`, `axis.out-of-range`, `reduce.empty`.
/// - Source: ONNX Softmax-13.
public struct Softmax: UnaryOperation {
  public static let name = "softmax"
  public static let attributes = [Attribute("axis", \Softmax.axis)]

  public var axis = -1
  public init() {}
}

extension Tensor {
  /// The softmax along `axis`; see ``Softmax``.
  public func softmax(along axis: Int = -1) -> Tensor {
    applying(Softmax().setting(\.axis, to: axis))
  }
}

extension Softmax {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireFloating()
    guard x.shape[try x.shape.axis(axis)] > 0 else { throw .reducesNothing(name, x) }
    return x
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    let axis = axis < 0 ? axis + x.type.rank : axis
    return x.mappingRows(along: [axis]) { row in
      let peak = row.contains(where: \.isNaN) ? .nan : row.max() ?? 0
      let powers = row.map { Double.exp($0 - peak) }
      let total = powers.reduce(0, +)
      return powers.map { $0 / total }
    }
  }

  public func form(_ x: Tensor) -> StructuredForm {
    let powers = (x - x.maximum(along: axis, keepingAxes: true)).exponential()
    return .decompose(powers / powers.sum(along: axis, keepingAxes: true))
  }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    .flows(y * (dy - (dy * y).sum(along: axis, keepingAxes: true)))
  }

  public static let samples = [
    Sample("rows", Softmax(), [.noise(.f32([3, 5]))]),
    Sample("a middle axis", Softmax().setting(\.axis, to: 1), [.noise(.f32([2, 3, 4]))]),
    Sample("large numbers", Softmax(), [.f32([2], [1e4, 1e4 + 1])]),
    Sample("with NaN", Softmax(), [.f32([2, 2], [1, .nan, 3, 4])]),
  ]
  public static let refusals = [
    Refusal("integers", Softmax(), [.i32([4])], "type.not-floating"),
    Refusal("a scalar", Softmax(), [.f32([])], "axis.out-of-range"),
    Refusal("nothing", Softmax(), [.f32([2, 0])], "reduce.empty"),
  ]
}
