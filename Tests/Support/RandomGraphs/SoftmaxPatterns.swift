import GraphIR
import GraphOps
import TensorCore

// Softmaxes as their formula, of which parts are read, and products with them.

extension Canvas {
  /// Exponentials over their sum, times values: whole or in part, with sums and maxima that lie in
  /// another order or go over another part, and exponentials that the product reads twice.
  mutating func drawHandmadeSoftmax() throws(Stuck) {
    let element = try floating(rank: 1...3).element
    let count = stream.pick([3, 8, 24, 48, 96])
    let rank = stream.number(in: 2...3)
    let leading = (0..<rank - 1).map { _ in stream.chance(15) ? count : length() }
    let x = try argument(element, leading + [count])
    let (last, lead) = (rank - 1, rows(rank - 1))
    let most = try reduced(.maximum, stream.chance(20) ? part(x) : x)
    let power = try map(.exponential, map(.subtract, x, most))
    let total = try reduced(.sum, stream.chance(20) ? part(power) : power)
    var weights = try map(.divide, power, total)
    if stream.chance(25) { weights = try part(weights) }
    let summed = weights.shape[last]
    var values: Item
    if stream.chance(20), leading[rank - 2] >= summed {
      // Rows of the exponentials in the place of values.
      values = try part(power, rank - 2, from: 0, count: summed)
      if count > 2, stream.chance(50) { values = try part(values) }
    } else {
      values = try argument(element, Array(leading.dropLast()) + [summed, length()])
    }
    let outer = lead.dropLast()
    let own = stream.pick(["\(lead)y,\(outer)yz", "\(outer)yz,\(lead)y"])
    if own.hasPrefix(lead) {
      _ = try contracted("\(own)->\(lead)z", weights, values)
    } else {
      _ = try contracted("\(own)->\(lead)z", values, weights)
    }
  }

  /// The first half of the last axis.
  private mutating func part(_ x: Item) throws(Stuck) -> Item {
    try part(x, x.rank - 1, from: 0, count: max(1, x.shape[x.rank - 1] / 2))
  }

  /// Along the last axis, which is kept; now and then with the others turned round and back.
  private mutating func reduced(_ combiner: Reduction.Combiner, _ x: Item) throws(Stuck) -> Item {
    let reduce = Reduce(combiner).setting(\.axes, to: [x.rank - 1]).setting(\.keepingAxes, to: true)
    guard x.rank == 3, stream.chance(30) else { return try one(reduce, x) }
    let turn = Transpose().setting(\.order, to: [1, 0, 2])
    return try one(turn, one(reduce, one(turn, x)))
  }
}
