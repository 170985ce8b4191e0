import GraphIR
import TensorCore

/// Elements along `axes` combined into one: `reduce_sum`, `reduce_product`, `reduce_maximum`,
/// `reduce_minimum`. No axes means none: the operand itself.
///
/// Over no elements a sum is 0, a product 1; a maximum or minimum is refused. A maximum or minimum
/// with a NaN is NaN.
///
/// - Shapes: `x: T[...]` → `y: T[...]` without `axes`, or with length 1 if `keepingAxes`.
/// - Errors: `axis.out-of-range`, `axis.repeated`, `type.not-number`, `reduce.empty`.
public struct Reduce: Operation {
  public let combiner: Reduction.Combiner
  public var name: String { "reduce_\(combiner.rawValue)" }
  public static let attributes = [
    Attribute("axes", \Reduce.axes), Attribute("keeping_axes", \Reduce.keepingAxes),
  ]

  public var axes: [Int] = []
  public var keepingAxes = false
  public init(_ combiner: Reduction.Combiner) { self.combiner = combiner }
}

extension Tensor {
  fileprivate func reducing(
    _ combiner: Reduction.Combiner, _ axes: [Int], _ keepingAxes: Bool
  ) -> Tensor {
    applying(Reduce(combiner).setting(\.axes, to: axes).setting(\.keepingAxes, to: keepingAxes))
  }

  /// The sum along axes; see ``Reduce``.
  public func sum(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    reducing(.sum, axes, keepingAxes)
  }
  /// The product along axes; see ``Reduce``.
  public func product(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    reducing(.product, axes, keepingAxes)
  }
  /// The largest element along axes; see ``Reduce``.
  public func maximum(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    reducing(.maximum, axes, keepingAxes)
  }
  /// The smallest element along axes; see ``Reduce``.
  public func minimum(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    reducing(.minimum, axes, keepingAxes)
  }
  package func sum(along axes: [Int], keepingAxes: Bool) -> Tensor {
    reducing(.sum, axes, keepingAxes)
  }

  /// Axes of this tensor counted from the front, ascending.
  func resolved(_ axes: [Int]) -> [Int] {
    builder.trying { () throws(Diagnostic) in try shape.axes(axes) } ?? []
  }

  /// What was reduced along `axes`, kept or not, at every position of `shape` again.
  func spread(over shape: Shape, along axes: [Int]) -> Tensor {
    reshaped(to: shape.reduced(along: axes, keepingAxes: true).dimensions)
      .broadcast(to: shape.dimensions)
  }
}

// MARK: - Types
extension Reduce {
  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(1, name)
    try operands[0].requireNumber()
    let shape = operands[0].shape
    let resolved = try shape.axes(axes)
    let isExtremum = combiner == .maximum || combiner == .minimum
    guard !isExtremum || resolved.allSatisfy({ shape[$0] > 0 }) else {
      throw .reducesNothing(name, operands[0])
    }
    return [
      TensorType(operands[0].element, shape.reduced(along: resolved, keepingAxes: keepingAxes))
    ]
  }
}

// MARK: - Meaning
extension Reduce {
  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    let x = operands[0]
    guard let type = try? resultTypes(of: [x.type])[0], let axes = try? x.shape.axes(axes) else {
      preconditionFailure("internal: \(name) of refused operands")
    }
    let function = combiner.function
    if x.element.isFloating {
      let combine = function.real2
      let start = combiner.identity
      let values = x.reducingRows(along: axes) { row in
        guard let first = row.first else { return start ?? 0 }
        return row.dropFirst().reduce(first, combine)
      }
      return [HostTensor(type, reals: values)]
    }
    let rows = Rows(x.shape, along: axes)
    let positions = rows.positions
    let integers = (0..<rows.count).map { row in
      let values = positions[row * rows.length..<(row + 1) * rows.length].map { x.integers[$0] }
      guard let first = values.first else { return Int64(combiner.identity ?? 0) }
      return values.dropFirst().reduce(first) { function.integer([$0, $1], x.element) }
    }
    return [HostTensor(type, integers: integers)]
  }
}

extension Reduction.Combiner {
  /// The function of two values that the reduction folds with.
  public var function: ScalarFunction {
    switch self {
    case .sum: .add
    case .product: .multiply
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }

  /// The value over no elements, if there is one.
  public var identity: Double? {
    switch self {
    case .sum: 0
    case .product: 1
    case .maximum, .minimum: nil
    }
  }
}

// MARK: - Gradient
extension Reduce {
  /// Elements that tie for an extremum share its gradient evenly, as in PyTorch's `amax`. A
  /// product's gradient is that of the other factors, also where some are 0. It is made with
  /// comparisons, so a second derivative is right only where no factor is 0.
  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    let x = node.operands[0]
    let axes = x.resolved(axes)
    let dy = node.gradient.spread(over: x.shape, along: axes)
    switch combiner {
    case .sum: return [.flows(dy)]
    case .product:
      let isZero = x .== x.scalar(0)
      let factors = isZero.select(x.scalar(1), x)
      let others = factors.reducing(.product, axes, true) / factors
      let zeros = isZero.cast(to: x.element).sum(along: axes, keepingAxes: true)
      let isAlone = zeros .== isZero.cast(to: x.element)
      return [.flows(isAlone.select(dy * others, x.scalar(0)))]
    case .maximum, .minimum:
      let y = node.results[0].reshaped(
        to: x.shape.reduced(along: axes, keepingAxes: true).dimensions)
      let stands = (x .== y).cast(to: x.element)
      return [.flows(dy * (stands / stands.sum(along: axes, keepingAxes: true)))]
    }
  }
}

// MARK: - Tiles
extension Reduce {
  public func form(_ operands: [Tensor]) -> StructuredForm {
    let axes = operands[0].builder.trying { () throws(Diagnostic) in
      try operands[0].shape.axes(self.axes)
    }
    return .reduce(Reduction(combiner, axes: axes ?? []))
  }
}

// MARK: - Samples, refusals
extension Reduce {
  public static let samples: [Sample] =
    [Reduction.Combiner.sum, .product, .maximum, .minimum].flatMap { combiner in
      let reduce = Reduce(combiner)
      return [
        Sample("last axis", reduce.setting(\.axes, to: [-1]), [.noise(.f32([2, 3]))]),
        Sample(
          "outer axes, kept", reduce.setting(\.axes, to: [0, 2]).setting(\.keepingAxes, to: true),
          [.noise(.f32([2, 3, 4]))]),
        Sample("middle axis", reduce.setting(\.axes, to: [1]), [.noise(.i32([2, 3, 4]))]),
        Sample("no axes", reduce, [.noise(.f32([3]))]),
        Sample("all axes", reduce.setting(\.axes, to: [0, 1]), [.noise(.f64([5, 7]))]),
        Sample("with NaN", reduce.setting(\.axes, to: [0]), [.f32([3], [1, .nan, 2])]),
      ]
    } + [
      Sample("of nothing", Reduce(.sum).setting(\.axes, to: [1]), [.f32([2, 0], [])]),
      Sample("of nothing", Reduce(.product).setting(\.axes, to: [1]), [.f32([2, 0], [])]),
    ]
  public static let refusals = [
    Refusal(
      "no such axis", Reduce(.sum).setting(\.axes, to: [2]), [.f32([2, 3])],
      "axis.out-of-range"),
    Refusal(
      "an axis twice", Reduce(.sum).setting(\.axes, to: [0, -2]), [.f32([2, 3])],
      "axis.repeated"),
    Refusal("bools", Reduce(.sum), [.bool([2])], "type.not-number"),
    Refusal("of nothing", Reduce(.maximum).setting(\.axes, to: [0]), [.f32([0])], "reduce.empty"),
  ]
}
