import TensorCore

/// How long a region's tiles are along its parallel axes.
///
/// Tiles grow from the innermost axis outwards, so that what a task touches lies together, as long
/// as scratch stays small, the largest value stays near, and enough tasks remain.
package struct Tiling {
  /// By parallel axis.
  package var tiles: [Int]
  /// Of one worker, about: values alive at the same time.
  package var scratchByteCount: Int { scratch(tiles) }

  private let graph: AccessGraph
  private let members: [Int]
  private let solution: AxisSolution
  private let limits: RegionLimits
  /// Tiles along an axis are multiples of these, or the whole axis.
  private let alignments: [Int]
  private let lives: [Life]
  private let wantedTasks: Int
  private let walks: [Walk]

  /// One value in scratch.
  private struct Life {
    var node: Int
    var byteCount: Int
    var last: Int
  }

  init(
    _ graph: AccessGraph, _ members: [Int], _ solution: AxisSolution, outputs: Set<Int>,
    walks: [Walk], alignments: [Int], _ limits: RegionLimits
  ) {
    self.graph = graph
    self.members = members
    self.solution = solution
    self.limits = limits
    self.alignments = alignments
    self.walks = walks
    lives = Self.lives(graph, members, outputs)
    let work = members.reduce(0) { $0 + graph.work($1) }
    wantedTasks = min(max(work / limits.workPerTask, 1), limits.taskCount)
    tiles = zip(solution.lengths, alignments).map { min($0, $1) }
    grow()
  }

  /// Tiles along an axis.
  package func count(_ axis: Int) -> Int {
    (solution.lengths[axis] + tiles[axis] - 1) / max(tiles[axis], 1)
  }

  package var taskCount: Int { tiles.indices.reduce(1) { $0 * count($1) } }

  // MARK: - Growth
  private mutating func grow() {
    for axis in tiles.indices.reversed() {
      let length = solution.lengths[axis]
      func size(_ parts: Int) -> Int {
        let even = (length + parts - 1) / parts
        let aligned = (even + alignments[axis] - 1) / alignments[axis] * alignments[axis]
        return min(aligned, length)
      }
      // The fewest parts that fit: sizes fall as parts rise.
      var (fits, fails) = (length, 0)
      while fits - fails > 1 {
        let parts = (fits + fails) / 2
        var trial = tiles
        trial[axis] = size(parts)
        if isGood(trial, grown: axis) { fits = parts } else { fails = parts }
      }
      let grown = size(fits)
      if grown > tiles[axis] {
        var trial = tiles
        trial[axis] = grown
        if isGood(trial, grown: axis) { tiles = trial }
      }
      if tiles[axis] < length { return }
    }
  }

  private func isGood(_ tiles: [Int], grown axis: Int) -> Bool {
    let tasks = tiles.indices.reduce(1) {
      $0 * ((solution.lengths[$1] + tiles[$1] - 1) / max(tiles[$1], 1))
    }
    let largest = members.reduce(0) { max($0, elements($1, tiles)) }
    let rows = rows(tiles)
    // A few rows are worth more than many tasks, but only rows are.
    let isShort =
      rows.map { $0 <= limits.rows.lowerBound && isRow(axis) } ?? (largest <= 2048)
    guard tasks >= wantedTasks || isShort else { return false }
    if let rows {
      guard rows <= limits.rows.upperBound, largest <= limits.productTileCount else { return false }
    } else {
      guard largest <= limits.tileCount else { return false }
    }
    return scratch(tiles) <= limits.scratchByteCount
  }

  /// Whether some product has rows along a parallel axis.
  private func isRow(_ axis: Int) -> Bool {
    members.contains { member in
      rowAxes(member).contains { solution.labels[member]![$0] == axis }
    }
  }

  private func rowAxes(_ member: Int) -> [Int] {
    switch graph.nodes[member].kind {
    case .product(let product): product.rows + product.batch
    case .convolution(let convolution): convolution.result.prefix(2).compactMap { $0 }
    default: []
    }
  }

  /// Positions that one task computes of a member, or combines into them; of a product only what it
  /// computes.
  private func elements(_ member: Int, _ tiles: [Int]) -> Int {
    let node = graph.nodes[member]
    let axes = node.isTiledProduct ? node.resultAxes : node.space.indices
    return axes.reduce(1) { product, axis in
      product * (solution.labels[member]![axis].map { tiles[$0] } ?? node.space[axis])
    }
  }

  /// Rows of the region's products in one task, the fewest of all; nil without products.
  private func rows(_ tiles: [Int]) -> Int? {
    var fewest: Int?
    for member in members where graph.nodes[member].isTiledProduct {
      let rows = rowAxes(member).reduce(1) { product, axis in
        product
          * (solution.labels[member]![axis].map { tiles[$0] } ?? graph.nodes[member].space[axis])
      }
      fewest = min(fewest ?? rows, rows)
    }
    return fewest
  }

  // MARK: - Scratch
  private static func lives(
    _ graph: AccessGraph, _ members: [Int], _ outputs: Set<Int>
  ) -> [Life] {
    var last: [Int: Int] = [:]
    var readers: [Int: [Int]] = [:]
    for (position, member) in members.enumerated() {
      for read in graph.nodes[member].reads {
        guard let producer = graph.producer(read.value) else { continue }
        last[producer] = position
        readers[producer, default: []].append(member)
      }
    }
    return members.compactMap { member in
      guard let end = last[member] else { return nil }
      if readers[member]!.count == 1, !outputs.contains(member),
        case .map = graph.nodes[member].kind
      {
        // Computed where it is read, unless that is a product.
        if case .product = graph.nodes[readers[member]![0]].kind {} else { return nil }
      }
      let element = graph.values[graph.nodes[member].results[0]].element
      return Life(node: member, byteCount: element.byteCount, last: end)
    }
  }

  private func scratch(_ tiles: [Int]) -> Int {
    var most = 0
    var alive: [(bytes: Int, last: Int)] = []
    var next = 0
    for (position, member) in members.enumerated() {
      alive.removeAll { $0.last < position }
      if next < lives.count, lives[next].node == member {
        let node = graph.nodes[member]
        let count = node.resultAxes.reduce(1) { product, axis in
          if walks.contains(where: { $0.shrinks(member, axis) }) { return product }
          return product * (solution.labels[member]![axis].map { tiles[$0] } ?? node.space[axis])
        }
        alive.append((count * lives[next].byteCount, lives[next].last))
        next += 1
      }
      most = max(most, alive.reduce(0) { $0 + $1.bytes })
    }
    return most
  }
}
