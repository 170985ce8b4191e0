import GraphIR
import TensorCore

/// The mean along `axes` and the biased variance about it.
///
///     mean = Σ x / n,   variance = Σ (x − mean)² / n
///
/// The variance is taken of the centred values, never as E[x²] − E[x]²: under a mean of 1e4 the two
/// terms of that difference agree in every digit that f32 has. No axes means none: the operand itself,
/// and zeros.
///
/// - Shapes: `x: T[...]` → `mean: T[...]`, `variance: T[...]`, with length 1 along `axes`; `T` floating.
/// - Errors: `axis.out-of-range`, `axis.repeated`, `type.not-floating`, `reduce.empty`,
///   `operation.operand-count`.
/// - Source: two passes; Chan, Golub, LeVeque, "Algorithms for computing the sample variance", 1983.
public struct Moments: NamedOperation {
  public static let name = "moments"
  public static let attributes = [Attribute("axes", \Moments.axes)]

  public var axes: [Int] = []
  public init() {}
}

extension Tensor {
  /// The mean and the biased variance along axes, which stay with length 1; see ``Moments``.
  public func moments(along axes: Int...) -> (mean: Tensor, variance: Tensor) {
    moments(along: axes)
  }
  package func moments(along axes: [Int]) -> (mean: Tensor, variance: Tensor) {
    let results = builder.apply(Moments().setting(\.axes, to: axes), [self])
    return (results[0], results[results.count - 1])
  }
}

extension Moments {
  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(1, name)
    let x = operands[0]
    try x.requireFloating()
    let axes = try x.shape.axes(axes)
    guard axes.allSatisfy({ x.shape[$0] > 0 }) else { throw .reducesNothing(name, x) }
    let type = TensorType(x.element, x.shape.reduced(along: axes, keepingAxes: true))
    return [type, type]
  }

  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    let x = operands[0]
    guard let types = try? resultTypes(of: [x.type]), let axes = try? x.shape.axes(axes) else {
      preconditionFailure("internal: \(name) of refused operands")
    }
    let means = x.reducingRows(along: axes) { Self.of($0).mean }
    let variances = x.reducingRows(along: axes) { Self.of($0).variance }
    return [HostTensor(types[0], reals: means), HostTensor(types[1], reals: variances)]
  }

  /// The moments of a row with at least one value.
  static func of(_ row: [Double]) -> (mean: Double, variance: Double) {
    let mean = row.reduce(0, +) / Double(row.count)
    let squares = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, squares / Double(row.count))
  }

  public func form(_ operands: [Tensor]) -> StructuredForm {
    let axes = operands[0].builder.trying { () throws(Diagnostic) in
      try operands[0].shape.axes(self.axes)
    }
    return .moments(axes: axes ?? [])
  }

  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    let x = node.operands[0]
    let axes = x.resolved(axes)
    let count = Double(axes.reduce(1) { $0 * x.shape[$1] })
    var parts: [Tensor] = []
    if let mean = node.resultGradients[0] {
      parts.append(mean.scaledWide(by: 1 / count).broadcast(to: x.shape.dimensions))
    }
    if let variance = node.resultGradients[1] {
      // The mean moves too, but deviations from it sum to zero.
      parts.append((x - node.results[0]) * variance.scaledWide(by: 2 / count))
    }
    return [.flows(parts.dropFirst().reduce(parts[0], +))]
  }

  public static let samples: [Sample] = {
    func along(_ axes: Int...) -> Moments { Moments().setting(\.axes, to: axes) }
    let offset = HostTensor.noise(.f32([3, 64])).mappingReals { $0 + 1e4 }.roundedToElement()
    return [
      Sample("rows", along(-1), [.noise(.f32([3, 8]))]),
      Sample("outer axes", along(0, 2), [.noise(.f32([2, 3, 4]))]),
      Sample("three axes, one from the back", along(3, 1, -4), [.noise(.f32([2, 3, 4, 5]))]),
      Sample("a length of 1", along(1), [.noise(.f32([3, 1, 2]))]),
      Sample("no axes", along(), [.noise(.f32([3]))]),
      Sample("all axes", along(0, 1), [.noise(.f64([5, 7]))]),
      Sample("a large offset", along(-1), [offset]),
      Sample("with NaN", along(1), [.f32([2, 3], [1, .nan, 2, 4, 5, 9])]),
      Sample("a count beyond f16", along(0), [.noise(.f16([70_001]))]),
      Sample("of no rows", along(1), [.f32([0, 3], [])]),
    ]
  }()
  public static let refusals = [
    Refusal("integers", Moments(), [.i32([2])], "type.not-floating"),
    Refusal(
      "no such axis", Moments().setting(\.axes, to: [2]), [.f32([2, 3])], "axis.out-of-range"),
    Refusal(
      "an axis twice", Moments().setting(\.axes, to: [0, -2]), [.f32([2, 3])], "axis.repeated"),
    Refusal("of nothing", Moments().setting(\.axes, to: [0]), [.f32([0])], "reduce.empty"),
    Refusal("two operands", Moments(), [.f32([2]), .f32([2])], "operation.operand-count"),
  ]
}
