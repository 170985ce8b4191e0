import GraphIR
import GraphOps
import TensorCore

// Moves: index maps without arithmetic.

extension Canvas {
  mutating func drawMove(_ step: Step) throws(Stuck) {
    let x = stream.chance(10) ? try integer() : try floating(rank: 0...8)
    switch step {
    case .reshape: _ = try reshaped(x, factors(of: x.value.count))
    case .transpose: _ = try transposed(x)
    case .broadcast:
      var shape = x.shape
      for axis in shape.indices where shape[axis] == 1 && stream.chance(70) {
        shape[axis] = length()
      }
      if stream.chance(60) { shape = [length()] + shape }
      _ = try one(Broadcast().setting(\.dimensions, to: shape), x)
    case .slice: _ = try sliced(x)
    case .pad:
      let low = x.shape.map { _ in stream.pick([0, 0, 1, 2]) }
      let high = x.shape.map { _ in stream.pick([0, 0, 1, 3]) }
      let value = x.element.isFloating ? Double(stream.pick([0, 0, 1, -2])) : 0
      _ = try one(
        Pad().setting(\.low, to: low).setting(\.high, to: high).setting(\.value, to: value), x)
    case .concatenate: try drawConcatenation(x)
    case .scatter: try drawScatter(x)
    case .patches:
      let size = [stream.number(in: 1...3), stream.number(in: 1...3)]
      let patches = Patches().setting(\.size, to: size)
        .setting(\.strides, to: [stream.number(in: 1...3), stream.number(in: 1...2)])
        .setting(\.padding, to: (0..<4).map { stream.number(size[$0 % 2]) })
        .setting(\.dilations, to: stream.chance(20) && size == [2, 2] ? [2, 1] : [1, 1])
      _ = try one(patches, image())
    default: try drawGather(x)
    }
  }

  mutating func reshaped(_ x: Item, _ dimensions: [Int]) throws(Stuck) -> Item {
    try one(Reshape().setting(\.dimensions, to: dimensions), x)
  }

  mutating func transposed(_ x: Item) throws(Stuck) -> Item {
    try one(Transpose().setting(\.order, to: stream.shuffled(Array(0..<x.rank))), x)
  }

  /// A box of `x` with steps.
  mutating func sliced(_ x: Item) throws(Stuck) -> Item {
    var slice = Slice()
    for length in x.shape {
      guard length > 0, stream.chance(60) else {
        slice.starts.append(0)
        slice.counts.append(length)
        slice.steps.append(1)
        continue
      }
      let start = stream.number(min(length, 4))
      let step = stream.pick([1, 1, 2, 3])
      let most = (length - 1 - start) / step + 1
      slice.starts.append(start)
      slice.steps.append(step)
      slice.counts.append(stream.chance(3) ? 0 : stream.chance(60) ? most : 1 + stream.number(most))
    }
    return try one(slice, x)
  }

  /// `count` positions of `x` along `axis` from `start`.
  mutating func part(_ x: Item, _ axis: Int, from start: Int, count: Int) throws(Stuck) -> Item {
    var slice = Slice()
    slice.starts = x.shape.map { _ in 0 }
    slice.counts = x.shape
    slice.steps = x.shape.map { _ in 1 }
    guard count >= 0, x.shape.indices.contains(axis) else { throw Stuck() }
    slice.starts[axis] = start
    slice.counts[axis] = count
    return try one(slice, x)
  }

  private mutating func drawConcatenation(_ x: Item) throws(Stuck) {
    let axis = try axis(of: x)
    var parts = [x]
    for _ in 0..<stream.number(in: 1...3) {
      func fits(_ item: Item) -> Bool {
        item.element == x.element && item.rank == x.rank
          && item.shape.indices.allSatisfy { $0 == axis || item.shape[$0] == x.shape[$0] }
      }
      var shape = x.shape
      shape[axis] = length()
      let part =
        stream.chance(75)
        ? try existing(where: fits) : try argument(x.element, shape)
      parts.append(part)
    }
    let concatenate = Concatenate().setting(\.axis, to: spelled(axis, rank: x.rank))
    _ = try apply(concatenate, stream.shuffled(parts))
  }

  private mutating func drawScatter(_ x: Item) throws(Stuck) {
    let axis = try axis(of: x)
    let indices = try argument(.i32, [x.shape[axis]])
    let scatter = ScatterSum().setting(\.axis, to: axis).setting(\.length, to: max(1, length()))
    _ = try one(scatter, x, indices)
  }

  private mutating func drawGather(_ x: Item) throws(Stuck) {
    let axis = try axis(of: x)
    let indices = try integer()
    guard x.shape[axis] > 0, indices.isExact else { throw Stuck() }
    _ = try one(Gather().setting(\.axis, to: spelled(axis, rank: x.rank)), x, indices)
  }
}
