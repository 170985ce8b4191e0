import GraphIR
import TensorCore

/// The operand with `low` positions before and `high` after it along each axis, holding `value`.
///
/// - Shapes: `x: T[...]` → `y: T[low + x + high]`; `T` a number.
/// - Errors: `attribute.range`, `type.not-number`.
public struct Pad: UnaryOperation {
  public static let name = "pad"
  public static let attributes = [
    Attribute("low", \Pad.low), Attribute("high", \Pad.high), Attribute("value", \Pad.value),
  ]

  public var low: [Int] = []
  public var high: [Int] = []
  public var value = 0.0
  public init() {}
}

extension Tensor {
  /// Surrounded by `value`; see ``Pad``.
  public func padded(low: [Int], high: [Int], value: Double = 0) -> Tensor {
    applying(Pad().setting(\.low, to: low).setting(\.high, to: high).setting(\.value, to: value))
  }
}

extension Pad {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireNumber()
    guard low.count == x.rank, high.count == x.rank,
      (low + high).allSatisfy({ (0...Shape.maximumCount).contains($0) })
    else {
      throw .attributeRange(
        "a padding of \(x) needs \(x.rank) lengths of 0 or more on each side, got \(low) and \(high)"
      )
    }
    let lengths = (0..<x.rank).map { low[$0] + x.shape[$0] + high[$0] }
    return TensorType(x.element, try Shape(checking: lengths))
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    guard let type = try? resultType(of: x.type) else {
      preconditionFailure("internal: pad of refused operands")
    }
    let strides = type.shape.strides
    let offset = zip(low, strides).reduce(0) { $0 + $1.0 * $1.1 }
    let targets = HostTensor.sources(x.shape, strides: strides, offset: offset)
    // Copies, never conversions: a 64-bit integer or an unrounded real keeps every bit.
    switch x.storage {
    case .reals(let values):
      var y = [Double](repeating: x.element.rounding(value), count: type.shape.count)
      for index in values.indices { y[targets[index]] = values[index] }
      return HostTensor(type, reals: y)
    case .integers(let values):
      var y = [Int64](repeating: x.element.integer(from: value), count: type.shape.count)
      for index in values.indices { y[targets[index]] = values[index] }
      return HostTensor(type, integers: y)
    }
  }

  public func form(_ x: Tensor) -> StructuredForm {
    let indices = (0..<x.rank).map { Move.AffineIndex(axis: $0) }
    let piece = Move.Piece(
      operand: 0, offset: low, lengths: x.shape.dimensions, dimensions: indices)
    return .move(.pieces([piece], fill: value))
  }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    .flows(
      (0..<x.rank).reduce(dy) { slice, axis in
        slice.sliced(low[axis]..<low[axis] + x.shape[axis], along: axis)
      })
  }

  public static let samples = [
    Sample(
      "zeros", Pad().setting(\.low, to: [1, 0]).setting(\.high, to: [0, 2]),
      [.noise(.f32([2, 3]))]),
    Sample(
      "a value", Pad().setting(\.low, to: [2]).setting(\.high, to: [1]).setting(\.value, to: -7),
      [.noise(.i32([3]))]),
    Sample(
      "integers beyond 2^53", Pad().setting(\.low, to: [1]).setting(\.high, to: [0]),
      [.i64([2], [.max, 1 << 53 | 1])]),
  ]
  public static let refusals = [
    Refusal("rank", Pad(), [.f32([2])], "attribute.range"),
    Refusal(
      "negative", Pad().setting(\.low, to: [-1]).setting(\.high, to: [0]), [.f32([2])],
      "attribute.range"),
    Refusal("bools", Pad(), [.bool([])], "type.not-number"),
  ]
}
