import TensorCore

/// Choices that a seed fixes: the same seed, the same choices, on every machine.
package struct RandomStream {
  private let key: Key
  private var index: UInt64 = 0

  package init(seed: UInt64) { key = Key(0x736d_616c_7469).folded(seed) }

  package mutating func bits() -> UInt64 {
    index += 1
    return key.folded(index).bits
  }

  /// A number below `limit`.
  ///
  /// - Precondition: `limit` is at least 1.
  package mutating func number(_ limit: Int) -> Int { Int(bits() % UInt64(limit)) }

  package mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + number(range.count)
  }

  /// True in `percent` of 100 cases.
  package mutating func chance(_ percent: Int) -> Bool { number(100) < percent }

  /// - Precondition: there are items.
  package mutating func pick<T>(_ items: [T]) -> T { items[number(items.count)] }

  /// An item as often as its weight says.
  ///
  /// - Precondition: a weight is positive.
  package mutating func pick<T>(weighted items: [(T, Int)]) -> T {
    var rest = number(items.reduce(0) { $0 + $1.1 })
    for (item, weight) in items {
      if rest < weight { return item }
      rest -= weight
    }
    preconditionFailure("internal: no weights")
  }

  package mutating func shuffled<T>(_ items: [T]) -> [T] {
    var items = items
    for index in items.indices.dropFirst().reversed() {
      items.swapAt(index, number(index + 1))
    }
    return items
  }
}
