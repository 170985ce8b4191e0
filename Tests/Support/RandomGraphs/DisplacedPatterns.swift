import GraphIR
import GraphOps
import TensorCore

// Cheap values that are read elsewhere than at the reader's own position, so that computing them again
// there costs less than storing them.

extension Canvas {
  /// A chain of cheap maps, and readers of its end or its middle at other positions.
  mutating func drawDisplacedReaders() throws(Stuck) {
    let x = try floating(rank: 1...4)
    var chain = [x]
    for _ in 0..<stream.number(in: 1...3) { chain.append(try cheap(chain[chain.count - 1])) }
    let y = chain[chain.count - 1]
    for _ in 0..<stream.number(in: 1...3) {
      let source = stream.chance(80) ? y : stream.pick(chain)
      switch stream.number(5) {
      case 0:
        let axis = try axis(of: source)
        let count = source.shape[axis] - 1
        _ = try map(
          .subtract, part(source, axis, from: 1, count: count),
          part(source, axis, from: 0, count: count))
      case 1: _ = try map(stream.pick([.tanh, .negate]), sliced(source))
      case 2:
        // Every position again and again: what a copy must not do at any price.
        let axis = try axis(of: source)
        let last = try part(source, axis, from: source.shape[axis] - 1, count: 1)
        _ = try map(.add, source, last)
      case 3: _ = try linear(sliced(source), outputs: length(), isRectified: false)
      default:
        let part = try sliced(source)
        _ = try one(
          Reduce(stream.pick([.sum, .maximum])).setting(\.axes, to: axes(of: part)), part)
      }
    }
    if stream.chance(40) { _ = try map(.sine, y) }
  }

  /// An image that is scaled, beside another or padded, and then convolved or averaged.
  mutating func drawScaledImage() throws(Stuck) {
    let x = try image()
    let channels = x.shape[3]
    var y = try map(.multiply, x, parameter(x.element, [channels]))
    if stream.chance(50) { y = try map(.add, y, argument(x.element, [channels])) }
    if stream.chance(50) { y = try cheap(y) }
    if stream.chance(30) {
      let joined = stream.chance(50) ? [y, x] : [y, try cheap(x)]
      y = try apply(Concatenate().setting(\.axis, to: stream.number(in: 1...3)), joined)[0]
    }
    if stream.chance(60) { _ = try convolved(y, sameSize: stream.chance(50)) }
    if stream.chance(50) {
      let size = [stream.number(in: 1...3), stream.number(in: 1...3)]
      _ = try one(
        AveragePool().setting(\.size, to: size)
          .setting(\.strides, to: [stream.number(in: 1...2), stream.number(in: 1...2)])
          .setting(\.padding, to: (0..<4).map { _ in stream.chance(80) ? 0 : size.min()! - 1 }), y)
    }
  }

  private mutating func cheap(_ x: Item) throws(Stuck) -> Item {
    switch stream.number(6) {
    case 0: try map(.relu, x)
    case 1: try map(.negate, x)
    case 2: try map(.absolute, x)
    case 3: try map(.multiply, x, scalar(0.5, like: x))
    case 4: try map(.maximum, x, partner(of: x))
    default: try map(.add, x, scalar(0.25, like: x))
    }
  }
}
