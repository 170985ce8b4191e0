import GraphIR
import GraphOps
import TensorCore

// How an operand, a shape or an axis is chosen.

extension Canvas {
  /// A value that `fits`, one of the last few as often as not: old ones get several readers so.
  mutating func existing(where fits: (Item) -> Bool) throws(Stuck) -> Item {
    if isLarge, stream.chance(60) {
      // So that something becomes of the many rows.
      let large = items.filter { $0.value.count > 2000 && fits($0) }
      if !large.isEmpty { return stream.pick(large) }
    }
    let recent = items.suffix(4).filter(fits)
    if !recent.isEmpty, stream.chance(45) { return stream.pick(recent) }
    let all = items.filter(fits)
    if all.isEmpty { throw Stuck() }
    return stream.pick(all)
  }

  /// A value of the main floating type with at least `rank` axes and one element.
  mutating func floating(rank: ClosedRange<Int> = 0...8) throws(Stuck) -> Item {
    let element = element
    func fits(_ item: Item) -> Bool {
      item.element == element && rank.contains(item.rank) && item.value.count > 0
    }
    if let found = try? existing(where: fits) { return found }
    let wanted = stream.number(in: rank.lowerBound...min(rank.upperBound, rank.lowerBound + 2))
    return try argument(element, (0..<wanted).map { _ in length() })
  }

  /// A value whose bits nothing can change, so that a jump of it is the same everywhere; now and
  /// then another one.
  mutating func steady(rank: ClosedRange<Int> = 0...8) throws(Stuck) -> Item {
    if stream.chance(4) { return try floating(rank: rank) }
    let element = element
    func fits(_ item: Item) -> Bool {
      item.element == element && item.isExact && rank.contains(item.rank)
        && item.value.count > 0
    }
    if let found = try? existing(where: fits) { return found }
    let wanted = stream.number(in: rank.lowerBound...min(rank.upperBound, rank.lowerBound + 2))
    return try argument(element, (0..<wanted).map { _ in length() })
  }

  /// A whole-number value that is no key.
  mutating func integer() throws(Stuck) -> Item {
    func fits(_ item: Item) -> Bool { item.element.isInteger && item.value.type != .u64([]) }
    if stream.chance(80), let found = try? existing(where: fits) { return found }
    let kinds: [ElementType] = [.i32, .i32, .i64, .i8, .i16, .u8, .u16, .u32]
    let rank = stream.number(in: 1...2)
    return try argument(stream.pick(kinds), (0..<rank).map { _ in length() })
  }

  mutating func key() throws(Stuck) -> Item {
    if stream.chance(70),
      let found = try? existing(where: { $0.value.type == .u64([]) })
    {
      return found
    }
    return try argument(.u64, [])
  }

  mutating func length() -> Int { stream.pick(lengths) }

  mutating func axis(of item: Item) throws(Stuck) -> Int {
    guard item.rank > 0 else { throw Stuck() }
    return stream.number(item.rank)
  }

  /// An axis, from the front or from the back.
  mutating func spelled(_ axis: Int, rank: Int) -> Int {
    stream.chance(30) ? axis - rank : axis
  }

  mutating func axes(of item: Item) -> [Int] {
    let axes = (0..<item.rank).filter { _ in stream.chance(45) }
    return stream.chance(20) ? stream.shuffled(axes) : axes
  }

  /// A value that broadcasts with `item`: of its shape, a part of it, a scalar, or new.
  mutating func partner(of item: Item) throws(Stuck) -> Item {
    func fits(_ other: Item) -> Bool {
      other.element == item.element
        && (try? other.value.shape.broadcast(with: item.value.shape)) != nil
    }
    switch stream.number(10) {
    case 0...6: return try existing(where: fits)
    case 7: return try scalar(Double(stream.number(in: -8...8)) / 4, like: item)
    default:
      var shape = item.shape
      for axis in shape.indices where stream.chance(50) { shape[axis] = 1 }
      if stream.chance(50) { shape = Array(shape.drop { $0 == 1 }) }
      return try argument(item.element, shape)
    }
  }

  /// An operand in the domain of `function`: the value itself, or a map of it that is.
  mutating func guarded(_ function: ScalarFunction, _ item: Item) throws(Stuck) -> Item {
    switch function {
    case .logarithm, .squareRoot, .reciprocalSquareRoot, .power, .divide:
      return try map(.add, map(.square, item), scalar(0.5, like: item))
    case .logarithmPlusOne: return try map(.softplus, item)
    case .exponential, .exponentialMinusOne: return try map(.tanh, item)
    default: return item
    }
  }

  /// Two or three lengths with the product `count`, which share no factor with `shape` if possible.
  mutating func factors(of count: Int) -> [Int] {
    guard count > 0 else { return stream.shuffled([0, length(), 1]) }
    var rest = count
    var lengths: [Int] = []
    for _ in 0..<stream.number(in: 0...3) {
      let divisors = (1...max(1, min(rest, 64))).filter { rest % $0 == 0 }
      lengths.append(stream.pick(divisors))
      rest /= lengths[lengths.count - 1]
    }
    return stream.shuffled(lengths + [rest])
  }
}
