import GraphIR
import TensorCore

/// The mean along `axes`.
///
/// - Shapes: as ``Reduce``; `T` floating.
/// - Errors: `axis.out-of-range`, `axis.repeated`, `type.not-floating`, `reduce.empty`.
public struct Mean: UnaryOperation {
  public static let name = "reduce_mean"
  public static let attributes = [
    Attribute("axes", \Mean.axes), Attribute("keeping_axes", \Mean.keepingAxes),
  ]

  public var axes: [Int] = []
  public var keepingAxes = false
  public init() {}
}

extension Tensor {
  /// The mean along axes; see ``Mean``.
  public func mean(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    mean(along: axes, keepingAxes: keepingAxes)
  }
  package func mean(along axes: [Int], keepingAxes: Bool) -> Tensor {
    applying(Mean().setting(\.axes, to: axes).setting(\.keepingAxes, to: keepingAxes))
  }
}

extension Mean {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireFloating()
    let axes = try x.shape.axes(axes)
    guard axes.allSatisfy({ x.shape[$0] > 0 }) else { throw .reducesNothing(name, x) }
    return TensorType(x.element, x.shape.reduced(along: axes, keepingAxes: keepingAxes))
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    guard let type = try? resultType(of: x.type), let axes = try? x.shape.axes(axes) else {
      preconditionFailure("internal: \(name) of refused operands")
    }
    let means = x.reducingRows(along: axes) { $0.reduce(0, +) / Double($0.count) }
    return HostTensor(type, reals: means)
  }

  public func form(_ x: Tensor) -> StructuredForm {
    let count = axes.reduce(1) { $0 * x.dimension($1) }
    // f16 and bf16 cannot hold most counts, nor a sum of many elements.
    let isNarrow = x.element.byteCount < 4
    let sum = (isNarrow ? x.cast(to: .f32) : x).sum(along: axes, keepingAxes: keepingAxes)
    return .decompose((sum / Double(count)).cast(to: x.element))
  }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    let axes = x.resolved(axes)
    let count = axes.reduce(1) { $0 * x.shape[$1] }
    return .flows(dy.scaledWide(by: 1 / Double(count)).spread(over: x.shape, along: axes))
  }

  public static let samples = [
    Sample("last axis", Mean().setting(\.axes, to: [-1]), [.noise(.f32([2, 5]))]),
    Sample(
      "outer axes, kept", Mean().setting(\.axes, to: [0, 2]).setting(\.keepingAxes, to: true),
      [.noise(.f32([2, 3, 4]))]),
    Sample("a count beyond f16", Mean().setting(\.axes, to: [0]), [.noise(.f16([70_001]))]),
  ]
  public static let refusals = [
    Refusal("integers", Mean(), [.i32([2])], "type.not-floating"),
    Refusal("of nothing", Mean().setting(\.axes, to: [0]), [.f32([0])], "reduce.empty"),
  ]
}

extension Tensor {
  /// Times a factor that f16 and bf16 may not hold, such as one over a count.
  func scaledWide(by factor: Double) -> Tensor {
    element.byteCount < 4 ? (cast(to: .f32) * factor).cast(to: element) : self * factor
  }
}
