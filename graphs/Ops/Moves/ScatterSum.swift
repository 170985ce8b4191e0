import GraphIR
import TensorCore

/// Slices added up where `indices` say: the gradient of ``Gather``. What no index names is 0; slices
/// with one index are added in their order; an index out of range is clamped to the nearest end.
///
/// - Shapes: `x: T[..., i..., ...]`, `indices: integer[i...]`, whose axes stand at `axis` of `x` →
///   `y: T[..., length, ...]`; `T` a number.
/// - Errors: `type.not-number`, `type.not-integer`, `axis.out-of-range`, `shape.mismatch`,
///   `attribute.range`.
public struct ScatterSum: BinaryOperation {
  public static let name = "scatter_sum"
  public static let attributes = [
    Attribute("axis", \ScatterSum.axis), Attribute("length", \ScatterSum.length),
  ]

  public var axis = 0
  public var length = 1
  public init() {}
}

extension Tensor {
  /// Slices added up at `indices` of a new axis; see ``ScatterSum``.
  public func scatterSum(at indices: Tensor, along axis: Int, length: Int) -> Tensor {
    applying(ScatterSum().setting(\.axis, to: axis).setting(\.length, to: length), indices)
  }
}

extension ScatterSum {
  public func resultType(of x: TensorType, _ indices: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireNumber()
    try indices.requireInteger()
    let end = axis.addingReportingOverflow(indices.rank).partialValue
    guard axis >= 0, (axis...x.rank).contains(end) else {
      throw .scatterAxis(axis, x, indices)
    }
    guard Array(x.shape.dimensions[axis..<end]) == indices.shape.dimensions else {
      throw .operandShape(
        "indices of scatter_sum",
        expected: try Shape(checking: Array(x.shape.dimensions[axis..<end])),
        got: indices)
    }
    guard length >= (indices.shape.count > 0 ? 1 : 0) else {
      throw .attributeRange("scatter_sum needs a length of at least 1, got \(length)")
    }
    return TensorType(
      x.element,
      try Shape(
        checking: Array(x.shape.dimensions[..<axis]) + [length] + Array(x.shape.dimensions[end...]))
    )
  }

  public func evaluate(_ x: HostTensor, _ indices: HostTensor) -> HostTensor {
    guard let type = try? resultType(of: x.type, indices.type) else {
      preconditionFailure("internal: scatter_sum of refused operands")
    }
    let inner = type.shape.dimensions[(axis + 1)...].reduce(1, *)
    let outer = type.shape.dimensions[..<axis].reduce(1, *)
    let picks = indices.numbers.map { Int(min(max($0, 0), Double(length - 1))) }
    let targets = (0..<outer).flatMap { o in picks.map { (o * length + $0) * inner } }
    switch x.storage {
    case .reals(let values):
      return HostTensor(type, reals: Self.sums(values, at: targets, inner, type.shape.count, +))
    case .integers(let values):
      let add: (Int64, Int64) -> Int64 = { ScalarFunction.add.integer([$0, $1], x.element) }
      return HostTensor(
        type, integers: Self.sums(values, at: targets, inner, type.shape.count, add))
    }
  }

  private static func sums<Element: Numeric>(
    _ values: [Element], at targets: [Int], _ inner: Int, _ count: Int,
    _ add: (Element, Element) -> Element
  ) -> [Element] {
    var sums = [Element](repeating: 0, count: count)
    for (slice, target) in targets.enumerated() {
      for position in 0..<inner {
        sums[target + position] = add(sums[target + position], values[slice * inner + position])
      }
    }
    return sums
  }

  /// A sum of those slices whose index is the position: many terms are nothing, but no two tasks
  /// write one place. The choice, unlike a product with 0, leaves infinities where they belong.
  public func form(_ x: Tensor, _ indices: Tensor) -> StructuredForm {
    let count = indices.shape.count
    let inner = x.shape.dimensions[(axis + indices.rank)...].reduce(1, *)
    let outer = x.shape.dimensions[..<axis].reduce(1, *)
    let inRange = indices.maximum(indices.scalar(0)).minimum(
      indices.scalar(Double(max(length - 1, 0))))
    let places = inRange.cast(to: .i64).reshaped(to: [1, count, 1, 1])
    let positions = x.builder.iota(.i64, [1, 1, length, 1], axis: 2)
    let slices = x.reshaped(to: [outer, count, 1, inner])
    let chosen = (places .== positions).select(slices, x.scalar(0))
    let lengths =
      Array(x.shape.dimensions[..<axis]) + [length]
      + Array(x.shape.dimensions[(axis + indices.rank)...])
    return .decompose(chosen.sum(along: 1).reshaped(to: lengths))
  }

  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    [.flows(node.gradient.gathered(node.operands[1], along: axis)), .stops(.index)]
  }

  private static func make(_ axis: Int, _ length: Int) -> ScatterSum {
    ScatterSum().setting(\.axis, to: axis).setting(\.length, to: length)
  }

  public static let samples = [
    Sample("rows", make(0, 4), [.noise(.f32([3, 2])), .i32([3], [2, 0, 2])]),
    Sample(
      "a middle axis", make(1, 5), [.noise(.f32([2, 2, 2, 3])), .i64([2, 2], [4, 0, 1, 1])]),
    Sample("out of range", make(0, 4), [.noise(.f32([3])), .i32([3], [-1, 9, 1])]),
    Sample("one", make(0, 4), [.noise(.i32([2])), .i32([], [3])]),
    Sample("nothing", make(0, 3), [.f32([0, 2], []), .i32([0], [])]),
  ]
  public static let refusals = [
    Refusal("real indices", make(0, 2), [.f32([4]), .f32([4])], "type.not-integer"),
    Refusal("bools", make(0, 2), [.bool([4]), .i32([4])], "type.not-number"),
    Refusal("axes", make(0, 2), [.f32([4]), .i32([3])], "shape.mismatch"),
    Refusal("no such axis", make(1, 2), [.f32([4]), .i32([4])], "axis.out-of-range"),
    Refusal("nowhere", make(0, 0), [.f32([4]), .i32([4])], "attribute.range"),
  ]
}
