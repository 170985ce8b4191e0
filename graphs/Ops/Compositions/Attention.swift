import GraphIR
import RealModule
import TensorCore

/// Each query's mean of the values, weighted by the softmax of its scaled products with the keys.
///
///     y[n] = sum_m softmax_m(scale · q[n]·k[m]) v[m]
///
/// - Shapes: `q: T[..., n, d]`, `k: T[..., m, d]`, `v: T[..., m, e]` → `y: T[..., n, e]`, with equal
///   leading dimensions (batch, heads); `T` floating, `m` at least 1. A scale of 0 means 1/sqrt(d).
/// - Errors: `type.not-floating`, `type.mismatch`, `shape.wrong-rank`, `shape.mismatch`,
///   `reduce.empty`.
/// - Source: Vaswani et al., "Attention is all you need", 2017.
public struct Attention: NamedOperation {
  public static let name = "attention"
  public static let attributes = [Attribute("scale", \Attention.scale)]

  public var scale = 0.0
  public init() {}
}

extension Tensor {
  /// Attention of these queries over keys and values; see ``Attention``.
  public func attention(keys: Tensor, values: Tensor, scale: Double = 0) -> Tensor {
    applying(Attention().setting(\.scale, to: scale), keys, values)
  }
}

extension Attention {
  private func factor(_ depth: Int) -> Double {
    scale == 0 ? 1 / Double(max(depth, 1)).squareRoot() : scale
  }

  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(3, name)
    let (q, k, v) = (operands[0], operands[1], operands[2])
    try q.requireFloating()
    guard q.rank >= 2 else { throw .attentionRank(q) }
    for other in [k, v] {
      try q.requireElement(of: other)
      try other.requireRank(q.rank)
    }
    let leading = q.shape.dimensions.dropLast(2)
    let (n, d) = (q.shape[q.rank - 2], q.shape[q.rank - 1])
    let (m, e) = (k.shape[k.rank - 2], v.shape[v.rank - 1])
    let keys = try Shape(checking: leading + [m, d])
    let values = try Shape(checking: leading + [m, e])
    guard k.shape == keys else { throw .operandShape("keys of attention", expected: keys, got: k) }
    guard v.shape == values else {
      throw .operandShape("values of attention", expected: values, got: v)
    }
    guard m > 0 else { throw .reducesNothing(name, k) }
    return [TensorType(q.element, try Shape(checking: leading + [n, e]))]
  }

  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    guard let type = try? resultTypes(of: operands.map(\.type))[0] else {
      preconditionFailure("internal: attention of refused operands")
    }
    let (q, k, v) = (operands[0], operands[1], operands[2])
    let rank = type.rank
    let (n, d) = (q.shape[rank - 2], q.shape[rank - 1])
    let (m, e) = (k.shape[rank - 2], v.shape[rank - 1])
    let batch = type.shape.dimensions.dropLast(2).reduce(1, *)
    let transposed = k.gathered(
      Shape(trusted: [batch, d, m]), strides: [m * d, 1, d])
    let scores = ProductSize(batch: batch, rows: n, columns: m, depth: d)
      .product(q.reals, transposed.reals)
    let factor = q.element.rounding(factor(d))
    let weights = HostTensor(.f64([batch * n, m]), reals: scores.map { $0 * factor })
    let softmax = Softmax().evaluate(weights)
    let values = ProductSize(batch: batch, rows: n, columns: e, depth: m)
      .product(softmax.reals, v.reals)
    return [HostTensor(type, reals: values)]
  }

  public func form(_ operands: [Tensor]) -> StructuredForm {
    // Capitals, apart from the letters of the axes below.
    let lead = String("ABCDEF".prefix(operands[0].rank - 2))
    let (q, k, v) = (operands[0], operands[1], operands[2])
    let scores = q.contracted("\(lead)nd,\(lead)md->\(lead)nm", k) * factor(q.dimension(-1))
    return .decompose(scores.softmax().contracted("\(lead)nm,\(lead)me->\(lead)ne", v))
  }

  /// The weights are computed again rather than kept: they are by far the largest part.
  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    let (q, k, v, dy) = (node.operands[0], node.operands[1], node.operands[2], node.gradient)
    let lead = String("ABCDEF".prefix(q.rank - 2))
    let factor = factor(q.dimension(-1))
    let weights = (q.contracted("\(lead)nd,\(lead)md->\(lead)nm", k) * factor).softmax()
    let dv = weights.contracted("\(lead)nm,\(lead)ne->\(lead)me", dy)
    let dweights = dy.contracted("\(lead)ne,\(lead)me->\(lead)nm", v)
    // The mean of a row's gradient under its weights, from the result instead of the row.
    let mean = (dy * node.results[0]).sum(along: -1, keepingAxes: true)
    let dscores = weights * (dweights - mean) * factor
    let dq = dscores.contracted("\(lead)nm,\(lead)md->\(lead)nd", k)
    let dk = dscores.contracted("\(lead)nm,\(lead)nd->\(lead)md", q)
    return [.flows(dq), .flows(dk), .flows(dv)]
  }

  public static let samples = [
    Sample(
      "heads", Attention(),
      [
        .noise(.f32([2, 3, 4, 5]), "q"), .noise(.f32([2, 3, 6, 5]), "k"),
        .noise(.f32([2, 3, 6, 2]), "v"),
      ]),
    Sample(
      "eight axes", Attention(),
      [
        .noise(.f32([1, 2, 1, 1, 2, 1, 2, 3]), "q"), .noise(.f32([1, 2, 1, 1, 2, 1, 4, 3]), "k"),
        .noise(.f32([1, 2, 1, 1, 2, 1, 4, 2]), "v"),
      ]),
    Sample(
      "unscaled", Attention().setting(\.scale, to: 1),
      [.noise(.f32([4, 5]), "q"), .noise(.f32([3, 5]), "k"), .noise(.f32([3, 5]), "v")]),
  ]
  public static let refusals = [
    Refusal("a vector", Attention(), [.f32([2]), .f32([2]), .f32([2])], "shape.wrong-rank"),
    Refusal(
      "depths", Attention(), [.f32([4, 5]), .f32([3, 4]), .f32([3, 5])], "shape.mismatch"),
    Refusal("no keys", Attention(), [.f32([4, 5]), .f32([0, 5]), .f32([0, 5])], "reduce.empty"),
  ]
}

extension Array where Element == Int {
  fileprivate static func + (leading: ArraySlice<Int>, rest: [Int]) -> [Int] {
    Array(leading) + rest
  }
}
