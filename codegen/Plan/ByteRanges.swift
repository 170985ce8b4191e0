/// A set of bytes, kept as sorted ranges that neither touch nor overlap.
package struct ByteRanges: Sendable, Hashable {
  package private(set) var ranges: [Range<Int>] = []

  package init() {}

  package init(_ range: Range<Int>) {
    insert(range)
  }

  /// Adds `range`, joining what it touches.
  package mutating func insert(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    let start = firstIndex { $0.upperBound >= range.lowerBound }
    var joined = range
    var end = start
    while end < ranges.count, ranges[end].lowerBound <= range.upperBound {
      let first = min(joined.lowerBound, ranges[end].lowerBound)
      joined = first..<max(joined.upperBound, ranges[end].upperBound)
      end += 1
    }
    ranges.replaceSubrange(start..<end, with: CollectionOfOne(joined))
  }

  /// Whether every gap ends at the next multiple of the alignment.
  package func isPadding(_ byte: Int) -> Bool {
    zip(ranges, ranges.dropFirst()).allSatisfy { left, right in
      right.lowerBound == (left.upperBound + 63) / 64 * 64
    }
  }

  /// The first byte of `range` that is not in the set.
  package func firstGap(in range: Range<Int>) -> Int? {
    guard !range.isEmpty else { return nil }
    let index = firstIndex { $0.upperBound > range.lowerBound }
    guard index < ranges.count, ranges[index].lowerBound <= range.lowerBound else {
      return range.lowerBound
    }
    return ranges[index].upperBound < range.upperBound ? ranges[index].upperBound : nil
  }

  /// The first index whose range satisfies `condition`, which holds from some range on.
  private func firstIndex(where condition: (Range<Int>) -> Bool) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if condition(ranges[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
