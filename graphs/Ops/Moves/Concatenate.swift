import GraphIR
import TensorCore

/// Operands one after another along `axis`.
///
/// - Shapes: `T[..., n_i, ...]` each → `y: T[..., Σ n_i, ...]`.
/// - Errors: `operation.operand-count` (none), `type.mismatch`, `shape.wrong-rank`,
///   `shape.mismatch`, `axis.out-of-range`.
public struct Concatenate: NamedOperation {
  public static let name = "concatenate"
  public static let attributes = [Attribute("axis", \Concatenate.axis)]

  public var axis = -1
  public init() {}
}

extension Tensor {
  /// This tensor and then `others` along `axis`; see ``Concatenate``.
  public func concatenated(with others: Tensor..., along axis: Int) -> Tensor {
    builder.apply(Concatenate().setting(\.axis, to: axis), [self] + others)[0]
  }
}

extension Concatenate {
  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    guard let first = operands.first else { try operands.requireCount(1, name); return [] }
    let axis = try first.shape.axis(axis)
    var length = 0
    for other in operands {
      try first.requireElement(of: other)
      try other.requireRank(first.rank)
      for dimension in 0..<first.rank where dimension != axis {
        guard other.shape[dimension] == first.shape[dimension] else {
          throw .concatenateDiffers(first, other, axis: axis)
        }
      }
      length += other.shape[axis]
    }
    var lengths = first.shape.dimensions
    lengths[axis] = length
    return [TensorType(first.element, try Shape(checking: lengths))]
  }

  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    guard let type = try? resultTypes(of: operands.map(\.type))[0] else {
      preconditionFailure("internal: concatenate of refused operands")
    }
    let axis = axis < 0 ? axis + type.rank : axis
    let outer = type.shape.dimensions[..<axis].reduce(1, *)
    if type.element.isFloating {
      return [HostTensor(type, reals: Self.interleaved(operands.map(\.reals), outer))]
    }
    return [HostTensor(type, integers: Self.interleaved(operands.map(\.integers), outer))]
  }

  /// For each outer position the run of every operand in turn.
  private static func interleaved<Element>(_ operands: [[Element]], _ outer: Int) -> [Element] {
    var values: [Element] = []
    values.reserveCapacity(operands.reduce(0) { $0 + $1.count })
    for position in 0..<outer {
      for operand in operands {
        let run = operand.count / outer
        values += operand[position * run..<(position + 1) * run]
      }
    }
    return values
  }

  public func form(_ operands: [Tensor]) -> StructuredForm {
    let rank = operands[0].rank
    let axis = axis < 0 ? axis + rank : axis
    var pieces: [Move.Piece] = []
    var start = 0
    for (index, operand) in operands.enumerated() {
      var offset = [Int](repeating: 0, count: rank)
      offset[axis] = start
      // Positions count from the start of the piece, so every index starts at 0.
      pieces.append(
        Move.Piece(
          operand: index, offset: offset, lengths: operand.shape.dimensions,
          dimensions: (0..<rank).map { Move.AffineIndex(axis: $0) }))
      start += operand.dimension(axis)
    }
    return .move(.pieces(pieces, fill: 0))
  }

  /// Each operand has its own part.
  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    let axis = axis < 0 ? axis + node.operands[0].rank : axis
    var start = 0
    return node.operands.map { operand in
      defer { start += operand.shape[axis] }
      return .flows(node.gradient.sliced(start..<start + operand.shape[axis], along: axis))
    }
  }

  public static let samples = [
    Sample(
      "last axis", Concatenate(),
      [.noise(.f32([2, 3]), "a"), .noise(.f32([2, 1]), "b"), .noise(.f32([2, 4]), "c")]),
    Sample(
      "first axis", Concatenate().setting(\.axis, to: 0),
      [.noise(.i32([2, 3]), "a"), .noise(.i32([0, 3]), "b"), .noise(.i32([1, 3]), "c")]),
    Sample("one", Concatenate(), [.noise(.f32([3]))]),
  ]
  public static let refusals = [
    Refusal("none", Concatenate(), [], "operation.operand-count"),
    Refusal("lengths", Concatenate(), [.f32([2, 3]), .f32([3, 3])], "shape.mismatch"),
    Refusal("types", Concatenate(), [.f32([2]), .i32([2])], "type.mismatch"),
    Refusal("rank", Concatenate(), [.f32([2]), .f32([2, 2])], "shape.wrong-rank"),
    Refusal("scalars", Concatenate(), [.f32([]), .f32([])], "axis.out-of-range"),
  ]
}
