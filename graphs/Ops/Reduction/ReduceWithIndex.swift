import GraphIR
import TensorCore

/// The largest (or smallest) element along `axis` and the first index at which it stands:
/// `maximum_with_index`, `minimum_with_index`. The first NaN wins over every number.
///
/// - Shapes: `x: T[..., n, ...]` → `y: T[...]`, `index: i32[...]`, without the axis.
/// - Errors: `axis.out-of-range`, `type.not-number`, `reduce.empty`.
public struct ReduceWithIndex: Operation {
  public let combiner: Reduction.Combiner
  public var name: String { "\(combiner.rawValue)_with_index" }
  public static let attributes = [Attribute("axis", \ReduceWithIndex.axis)]

  public var axis = -1
  /// - Precondition: `combiner` is `.maximum` or `.minimum`.
  public init(_ combiner: Reduction.Combiner) { self.combiner = combiner }
}

extension Tensor {
  /// The largest element along `axis` and where it stands; see ``ReduceWithIndex``.
  public func maximumWithIndex(along axis: Int) -> (value: Tensor, index: Tensor) {
    let results = builder.apply(ReduceWithIndex(.maximum).setting(\.axis, to: axis), [self])
    return (results[0], results[results.count - 1])
  }
  /// The smallest element along `axis` and where it stands; see ``ReduceWithIndex``.
  public func minimumWithIndex(along axis: Int) -> (value: Tensor, index: Tensor) {
    let results = builder.apply(ReduceWithIndex(.minimum).setting(\.axis, to: axis), [self])
    return (results[0], results[results.count - 1])
  }
}

extension ReduceWithIndex {
  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(1, name)
    try operands[0].requireNumber()
    let axis = try operands[0].shape.axis(axis)
    guard operands[0].shape[axis] > 0 else { throw .reducesNothing(name, operands[0]) }
    let shape = operands[0].shape.reduced(along: [axis], keepingAxes: false)
    return [TensorType(operands[0].element, shape), TensorType(.i32, shape)]
  }

  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    let x = operands[0]
    guard let types = try? resultTypes(of: [x.type]), let axis = try? x.shape.axis(axis) else {
      preconditionFailure("internal: \(name) of refused operands")
    }
    let rows = Rows(x.shape, along: [axis])
    let indices: HostTensor
    let best: HostTensor
    switch x.storage {
    case .reals(let values):
      let found = rows.best(of: values, beats)
      best = HostTensor(types[0], reals: found.map(\.value))
      indices = HostTensor(types[1], integers: found.map { Int64($0.index) })
    case .integers(let values):
      let order: ScalarFunction = combiner == .maximum ? .greater : .less
      let found = rows.best(of: values) { order.integer([$0, $1], x.element) == 1 }
      best = HostTensor(types[0], integers: found.map(\.value))
      indices = HostTensor(types[1], integers: found.map { Int64($0.index) })
    }
    return [best, indices]
  }

  private func beats(_ a: Double, _ b: Double) -> Bool {
    if a.isNaN || b.isNaN { return a.isNaN && !b.isNaN }
    return combiner == .maximum ? a > b : a < b
  }

  public func form(_ operands: [Tensor]) -> StructuredForm {
    let axis = axis < 0 ? axis + operands[0].rank : axis
    return .reduce(Reduction(combiner, axes: [axis], givesIndex: true))
  }

  /// All of it to the element at the index, as in PyTorch's `max` along an axis.
  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    guard let dy = node.resultGradients[0] else { return [.stops(.index)] }
    let x = node.operands[0]
    let axis = axis < 0 ? axis + x.rank : axis
    let stands =
      x.builder.iota(.i32, x.shape.dimensions, axis: axis)
      .== node.results[1].spread(over: x.shape, along: [axis])
    return [.flows(stands.select(dy.spread(over: x.shape, along: [axis]), x.scalar(0)))]
  }

  public static let samples: [Sample] = [Reduction.Combiner.maximum, .minimum].flatMap { combiner in
    let operation = ReduceWithIndex(combiner)
    return [
      Sample("last axis", operation, [.noise(.f32([3, 5]))]),
      Sample("first axis", operation.setting(\.axis, to: 0), [.noise(.i32([3, 5]))]),
      Sample("ties", operation, [.f32([4], [1, 2, 2, 1])]),
      Sample("with NaN", operation, [.f32([4], [1, .nan, 2, .nan])]),
    ]
  }
  public static let refusals = [
    Refusal("a scalar", ReduceWithIndex(.maximum), [.f32([])], "axis.out-of-range"),
    Refusal("of nothing", ReduceWithIndex(.minimum), [.f32([2, 0])], "reduce.empty"),
  ]
}
