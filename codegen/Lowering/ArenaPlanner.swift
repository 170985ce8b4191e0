/// Places buffers in one arena, so that those alive at the same time do not overlap.
///
/// Largest first, each at the lowest place that is free for its whole life: simple, and within a few
/// percent of the widest cut for chains. The plan's verifier checks the result by code of its own.
enum ArenaPlanner {
  struct Item {
    var byteCount: Int
    var life: ClosedRange<Int>
  }

  static let alignment = 64

  /// The offset of each item, and the size of the arena.
  static func place(_ items: [Item]) -> (offsets: [Int], byteCount: Int) {
    var offsets = [Int](repeating: 0, count: items.count)
    var placed: [Int] = []
    var total = 0
    let order = items.indices.sorted {
      (items[$1].byteCount, $0) < (items[$0].byteCount, $1)
    }
    for index in order {
      let item = items[index]
      let neighbours = placed.filter { items[$0].life.overlaps(item.life) }
        .sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for other in neighbours {
        if offset + item.byteCount <= offsets[other] { break }
        offset = max(offset, aligned(offsets[other] + items[other].byteCount))
      }
      offsets[index] = offset
      placed.append(index)
      total = max(total, offset + item.byteCount)
    }
    return (offsets, aligned(total))
  }

  static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }
}
