import GraphIR
import RealModule
import TensorCore

/// The logarithm of the sum of exponentials along `axis`.
///
///     y = m + log sum_j exp(x[j] - m),   m = max_j x[j]
///
/// - Shapes: `x: T[..., n, ...]` → `y: T[..., ...]`, or with length 1 if `keepingAxis`.
/// - Errors: `type.not-floating`, `axis.out-of-range`, `reduce.empty`.
public struct LogSumExp: UnaryOperation {
  public static let name = "log_sum_exp"
  public static let attributes = [
    Attribute("axis", \LogSumExp.axis), Attribute("keeping_axis", \LogSumExp.keepingAxis),
  ]

  public var axis = -1
  public var keepingAxis = false
  public init() {}
}

extension Tensor {
  /// log Σ exp along `axis`; see ``LogSumExp``.
  public func logSumExp(along axis: Int, keepingAxis: Bool = false) -> Tensor {
    applying(LogSumExp().setting(\.axis, to: axis).setting(\.keepingAxis, to: keepingAxis))
  }
}

extension LogSumExp {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireFloating()
    let axis = try x.shape.axis(axis)
    guard x.shape[axis] > 0 else { throw .reducesNothing(name, x) }
    return TensorType(x.element, x.shape.reduced(along: [axis], keepingAxes: keepingAxis))
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    guard let type = try? resultType(of: x.type), let axis = try? x.shape.axis(axis) else {
      preconditionFailure("internal: log_sum_exp of refused operands")
    }
    let values = x.reducingRows(along: [axis]) { row in
      let peak = row.contains(where: \.isNaN) ? .nan : row.max() ?? 0
      // An infinite peak is the answer; subtracting it would give NaN.
      if peak.isInfinite { return peak }
      return peak + Double.log(row.reduce(0) { $0 + Double.exp($1 - peak) })
    }
    return HostTensor(type, reals: values)
  }

  public func form(_ x: Tensor) -> StructuredForm {
    let peak = x.maximum(along: axis, keepingAxes: true)
    let infinite = peak.absolute() .== peak.scalar(.infinity)
    let shift = infinite.select(peak.scalar(0), peak)
    let total = (x - shift).exponential().sum(along: axis, keepingAxes: true)
    let result = shift + total.logarithm()
    if keepingAxis { return .decompose(result) }
    let axis = axis < 0 ? axis + x.rank : axis
    let shape = x.shape.reduced(along: [axis], keepingAxes: false)
    return .decompose(result.reshaped(to: shape.dimensions))
  }

  /// The softmax's share of it; NaN where every operand is −∞, as in PyTorch.
  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    let axis = axis < 0 ? axis + x.rank : axis
    let shape = x.shape.reduced(along: [axis], keepingAxes: true).dimensions
    return .flows((x - y.reshaped(to: shape)).exponential() * dy.reshaped(to: shape))
  }

  public static let samples = [
    Sample("rows", LogSumExp(), [.noise(.f32([3, 5]))]),
    Sample(
      "a kept axis", LogSumExp().setting(\.axis, to: 1).setting(\.keepingAxis, to: true),
      [.noise(.f32([2, 3, 4]))]),
    Sample("large numbers", LogSumExp(), [.f32([2], [1e4, 1e4 + 1])]),
    Sample(
      "infinities", LogSumExp(), [.f32([2, 2], [-.infinity, -.infinity, .infinity, 1])]),
  ]
  public static let refusals = [
    Refusal("integers", LogSumExp(), [.i32([4])], "type.not-floating"),
    Refusal("nothing", LogSumExp(), [.f32([2, 0])], "reduce.empty"),
  ]
}
