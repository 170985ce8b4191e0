import GraphIR
import TensorCore

/// Zero mean and unit variance along `axes` together.
///
///     y = (x - mean) / sqrt(mean((x - mean)²) + epsilon)
///
/// Mean and biased variance are those of ``Moments``.
///
/// - Shapes: `x: T[...]` → `y: T[...]`; `T` floating.
/// - Errors: `type.not-floating`, `axis.out-of-range`, `axis.repeated`, `reduce.empty`,
///   `attribute.range`.
public struct Normalize: UnaryOperation {
  public static let name = "normalize"
  public static let attributes = [
    Attribute("axes", \Normalize.axes), Attribute("epsilon", \Normalize.epsilon),
  ]

  public var axes = [-1]
  public var epsilon = 1e-5
  public init() {}
}

extension Tensor {
  /// Normalised along axes; see ``Normalize``.
  public func normalized(along axes: Int..., epsilon: Double = 1e-5) -> Tensor {
    applying(Normalize().setting(\.axes, to: axes).setting(\.epsilon, to: epsilon))
  }
}

extension Normalize {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireFloating()
    let axes = try x.shape.axes(axes)
    guard axes.allSatisfy({ x.shape[$0] > 0 }) else { throw .reducesNothing(name, x) }
    guard epsilon >= 0 else { throw .attributeRange("epsilon must be 0 or more, got \(epsilon)") }
    return x
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    guard let axes = try? x.shape.axes(axes) else {
      preconditionFailure("internal: normalize of refused operands")
    }
    // Of the element type, as the constant that a graph of smaller operations would hold.
    let epsilon = x.element.rounding(epsilon)
    return x.mappingRows(along: axes) { Self.normalized($0, epsilon: epsilon) }
  }

  static func normalized(_ row: [Double], epsilon: Double) -> [Double] {
    let (mean, variance) = Moments.of(row)
    let deviation = (variance + epsilon).squareRoot()
    return row.map { ($0 - mean) / deviation }
  }

  public func form(_ x: Tensor) -> StructuredForm {
    let (mean, variance) = x.moments(along: axes)
    return .decompose((x - mean) * (variance + epsilon).reciprocalSquareRoot())
  }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    let axes = x.resolved(axes)
    let scale = (x.moments(along: axes).variance + epsilon).reciprocalSquareRoot()
    let mean = dy.mean(along: axes, keepingAxes: true)
    let slope = (dy * y).mean(along: axes, keepingAxes: true)
    return .flows((dy - mean - y * slope) * scale)
  }

  public static let samples = [
    Sample("rows", Normalize(), [.noise(.f32([3, 8]))]),
    Sample(
      "four axes", Normalize().setting(\.axes, to: [1, 2, 3]), [.noise(.f32([2, 3, 4, 5]))]),
    Sample("a large mean", Normalize(), [.f32([4], [1000, 1001, 1002, 1003])]),
  ]
  public static let refusals = [
    Refusal("integers", Normalize(), [.i32([4])], "type.not-floating"),
    Refusal("nothing", Normalize(), [.f32([2, 0])], "reduce.empty"),
    Refusal("epsilon", Normalize().setting(\.epsilon, to: -1), [.f32([2])], "attribute.range"),
  ]
}
