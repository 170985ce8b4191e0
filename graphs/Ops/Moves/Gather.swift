import GraphIR
import TensorCore

/// Slices of `x` along `axis`, picked by `indices`. An index out of range is clamped to the nearest
/// end: a defined value, without a branch that could fail in the middle of a run.
///
/// - Shapes: `x: T[..., n, ...]`, `indices: integer[i...]` → `y: T[..., i..., ...]`.
/// - Errors: `axis.out-of-range`, `type.not-integer`, `reduce.empty`, `shape.rank`.
public struct Gather: BinaryOperation {
  public static let name = "gather"
  public static let attributes = [Attribute("axis", \Gather.axis)]

  public var axis = 0
  public init() {}
}

extension Tensor {
  /// Slices along `axis` at `indices`; see ``Gather``.
  public func gathered(_ indices: Tensor, along axis: Int) -> Tensor {
    applying(Gather().setting(\.axis, to: axis), indices)
  }
}

extension Gather {
  public func resultType(of x: TensorType, _ indices: TensorType) throws(Diagnostic) -> TensorType {
    try indices.requireInteger()
    let axis = try x.shape.axis(axis)
    guard x.shape[axis] > 0 || indices.shape.count == 0 else { throw .reducesNothing(name, x) }
    let lengths =
      Array(x.shape.dimensions[..<axis]) + indices.shape.dimensions
      + Array(x.shape.dimensions[(axis + 1)...])
    return TensorType(x.element, try Shape(checking: lengths))
  }

  public func evaluate(_ x: HostTensor, _ indices: HostTensor) -> HostTensor {
    guard let type = try? resultType(of: x.type, indices.type) else {
      preconditionFailure("internal: gather of refused operands")
    }
    let axis = axis < 0 ? axis + x.type.rank : axis
    let inner = x.shape.dimensions[(axis + 1)...].reduce(1, *)
    let outer = x.shape.dimensions[..<axis].reduce(1, *)
    let picks = indices.numbers.map { Int(min(max($0, 0), Double(x.shape[axis] - 1))) }
    let starts = (0..<outer).flatMap { o in picks.map { (o * x.shape[axis] + $0) * inner } }
    switch x.storage {
    case .reals(let values):
      return HostTensor(type, reals: Self.runs(of: values, from: starts, count: inner))
    case .integers(let values):
      return HostTensor(type, integers: Self.runs(of: values, from: starts, count: inner))
    }
  }

  private static func runs<Element>(
    of values: [Element], from starts: [Int], count: Int
  ) -> [Element] {
    var runs: [Element] = []
    runs.reserveCapacity(starts.count * count)
    for start in starts { runs += values[start..<start + count] }
    return runs
  }

  public func form(_ x: Tensor, _ indices: Tensor) -> StructuredForm {
    .gather(axis: axis < 0 ? axis + x.rank : axis)
  }

  /// Each slice's gradient is added where the slice was read, in the order of the indices.
  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    let (x, indices) = (node.operands[0], node.operands[1])
    let axis = axis < 0 ? axis + x.rank : axis
    let sums = node.gradient.scatterSum(at: indices, along: axis, length: x.shape[axis])
    return [.flows(sums), .stops(.index)]
  }

  public static let samples = [
    Sample("rows", Gather(), [.noise(.f32([4, 3])), .i32([3], [2, 0, 2])]),
    Sample(
      "a middle axis", Gather().setting(\.axis, to: 1),
      [.noise(.f32([2, 5, 3])), .i64([2, 2], [4, 0, 1, 1])]),
    Sample("out of range", Gather(), [.noise(.f32([4])), .i32([3], [-1, 9, 1])]),
    Sample("one", Gather(), [.noise(.i32([4, 2])), .i32([], [3])]),
  ]
  public static let refusals = [
    Refusal("real indices", Gather(), [.f32([4]), .f32([2])], "type.not-integer"),
    Refusal("a scalar", Gather(), [.f32([]), .i32([2])], "axis.out-of-range"),
    Refusal("from nothing", Gather(), [.f32([0, 2]), .i32([1])], "reduce.empty"),
  ]
}
