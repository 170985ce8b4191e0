import GraphIR
import TensorCore

/// Along each axis, `counts` positions from `starts`, `steps` apart.
///
/// - Shapes: `x: T[...]` → `y: T[counts]`.
/// - Errors: `slice.out-of-range`, `attribute.range`.
public struct Slice: UnaryOperation {
  public static let name = "slice"
  public static let attributes = [
    Attribute("starts", \Slice.starts), Attribute("counts", \Slice.counts),
    Attribute("steps", \Slice.steps),
  ]

  public var starts: [Int] = []
  public var counts: [Int] = []
  public var steps: [Int] = []
  public init() {}
}

extension Tensor {
  /// Positions `range` along `axis`, every `step`-th of them; see ``Slice``.
  public func sliced(_ range: Range<Int>, along axis: Int, by step: Int = 1) -> Tensor {
    guard
      let axis = builder.trying({ () throws(Diagnostic) in try shape.axis(axis) })
    else { return self }
    // A range too long for an Int starts below 0, which is refused whatever the count.
    let length = range.upperBound &- range.lowerBound
    let count = length < 1 || step < 1 ? 0 : (length - 1) / step + 1
    return slicing(range.lowerBound, count, step, axis)
  }

  /// The tensor at one position along `axis`, without that axis.
  public func element(_ position: Int, along axis: Int) -> Tensor {
    guard
      let axis = builder.trying({ () throws(Diagnostic) in try shape.axis(axis) })
    else { return self }
    return slicing(position, 1, 1, axis)
      .reshaped(to: shape.reduced(along: [axis], keepingAxes: false).dimensions)
  }

  /// With `step` − 1 zeros between neighbours along `axis`.
  func spaced(along axis: Int, by step: Int) -> Tensor {
    guard step > 1, shape[axis] > 1 else { return self }
    // Other axes as two, so that one more still fits a tensor of the highest rank.
    let outer = shape.dimensions[..<axis].reduce(1, *)
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let padded = reshaped(to: [outer, shape[axis], 1, inner])
      .padded(low: [0, 0, 0, 0], high: [0, 0, step - 1, 0])
    var merged = shape.dimensions
    merged[axis] *= step
    // The zeros after the last one belong to nobody.
    return padded.reshaped(to: merged).sliced(0..<merged[axis] - step + 1, along: axis)
  }

  /// - Precondition: `axis` is an axis, counted from the front.
  private func slicing(_ start: Int, _ count: Int, _ step: Int, _ axis: Int) -> Tensor {
    var slice = Slice()
    slice.starts = [Int](repeating: 0, count: rank)
    slice.counts = shape.dimensions
    slice.steps = [Int](repeating: 1, count: rank)
    slice.starts[axis] = start
    slice.counts[axis] = count
    slice.steps[axis] = step
    return applying(slice)
  }
}

extension Slice {
  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    guard [starts, counts, steps].allSatisfy({ $0.count == x.rank }) else {
      throw .attributeRange(
        "a slice of \(x) needs \(x.rank) starts, counts and steps, got \(starts), \(counts) and "
          + "\(steps)")
    }
    for axis in 0..<x.rank {
      let (start, count, step) = (starts[axis], counts[axis], steps[axis])
      let length = x.shape[axis]
      // Compared without products, which could overflow.
      let fits =
        start >= 0 && step >= 1 && count >= 0
        && (count == 0
          ? start <= length : start < length && (length - 1 - start) / step >= count - 1)
      guard fits else {
        throw .sliceRange(axis: axis, start: start, count: count, step: step, length: length)
      }
    }
    return TensorType(x.element, try Shape(checking: counts))
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    let strides = x.shape.strides
    let offset = zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    // A step longer than the axis is never taken; as it stands its product could overflow.
    let paces = zip(steps, x.shape.dimensions).map { min($0, $1) }
    return x.gathered(
      Shape(trusted: counts), strides: zip(paces, strides).map { $0 * $1 }, offset: offset)
  }

  public func form(_ x: Tensor) -> StructuredForm {
    let indices = (0..<x.rank).map {
      Move.AffineIndex(start: starts[$0], axis: $0, step: steps[$0])
    }
    let piece = Move.Piece(
      operand: 0, offset: counts.map { _ in 0 }, lengths: counts, dimensions: indices)
    return .move(.pieces([piece], fill: 0))
  }

  /// Put back where it was read, among zeros.
  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    var spread = dy
    for axis in 0..<x.rank where counts[axis] > 1 {
      spread = spread.spaced(along: axis, by: steps[axis])
    }
    let high = (0..<x.rank).map { x.shape[$0] - starts[$0] - spread.shape[$0] }
    return .flows(spread.padded(low: starts, high: high))
  }

  private static func make(_ starts: [Int], _ counts: [Int], _ steps: [Int]) -> Slice {
    Slice().setting(\.starts, to: starts).setting(\.counts, to: counts).setting(\.steps, to: steps)
  }

  public static let samples = [
    Sample("a box", make([1, 0], [2, 3], [1, 1]), [.noise(.f32([4, 5]))]),
    Sample("every second", make([0, 1], [2, 2], [2, 3]), [.noise(.i32([4, 5]))]),
    Sample("a step past the end", make([1, 0], [1, 5], [.max, 1]), [.noise(.f32([4, 5]))]),
    Sample("nothing", make([4, 0], [0, 5], [1, 1]), [.noise(.f32([4, 5]))]),
  ]
  public static let refusals = [
    Refusal("past the end", make([3], [2], [1]), [.f32([4])], "slice.out-of-range"),
    Refusal("step 0", make([0], [1], [0]), [.f32([4])], "slice.out-of-range"),
    Refusal("overflow", make([0], [2], [.max]), [.f32([4])], "slice.out-of-range"),
    Refusal("rank", make([0], [1], [1]), [.f32([4, 4])], "attribute.range"),
  ]
}
