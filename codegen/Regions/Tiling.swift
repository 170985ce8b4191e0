import TensorCore

/// How long a region's tiles are along its parallel axes.
///
/// Tiles grow from the innermost axis outwards, so that what a task touches lies together, as long
/// as scratch stays small, the largest value stays near, and enough tasks remain.
package struct Tiling: Sendable {
  /// By parallel axis.
  package var tiles: [Int]
  /// Of one worker, about: values alive at the same time.
  package var scratchByteCount: Int { scratch(tiles) }

  private let graph: AccessGraph
  /// In the order in which a task computes them.
  private let members: [Int]
  private let solution: AxisSolution
  private let limits: RegionLimits
  /// Tiles along an axis are multiples of these, or the whole axis.
  private let alignments: [Int]
  private let lives: [Life]
  private let wantedTasks: Int
  private let walks: [Walk]
  /// Products that are added up tile by tile.
  private let sums: [Int]

  /// One value in scratch.
  private struct Life {
    var node: Int
    var byteCount: Int
    var last: Int
  }

  init(
    _ graph: AccessGraph, _ members: [Int], _ solution: AxisSolution, outputs: Set<Int>,
    lanes: Set<Int>, walks: [Walk], alignments: [Int], _ limits: RegionLimits
  ) {
    let members = Self.ordered(members, lanes, graph)
    self.graph = graph
    self.members = members
    self.solution = solution
    self.limits = limits
    self.alignments = alignments
    self.walks = walks
    sums = members.filter { lanes.contains($0) && graph.nodes[$0].isProduct }
    lives = Self.lives(graph, members, outputs, lanes)
    let work = members.reduce(0) { $0 + graph.work($1) }
    wantedTasks = min(max(work / limits.workPerTask, 1), limits.taskCount)
    tiles = zip(solution.lengths, alignments).map { min($0, $1) }
    if sums.isEmpty { grow(growthOrder) } else { growSums() }
  }

  /// The same with other tiles along an axis; nil if they would not start at panels.
  func retiled(_ axis: Int, to tile: Int) -> Tiling? {
    guard tile.isMultiple(of: alignments[axis]) else { return nil }
    var result = self
    result.tiles[axis] = min(tile, solution.lengths[axis])
    return result
  }

  /// Tiles along an axis.
  package func count(_ axis: Int) -> Int {
    (solution.lengths[axis] + tiles[axis] - 1) / max(tiles[axis], 1)
  }

  package var taskCount: Int { tiles.indices.reduce(1) { $0 * count($1) } }

  // MARK: - Growth
  /// Innermost axes first, but those last that are nothing to products but batches: each position
  /// has panels of its own, so that more of them save nothing.
  private var growthOrder: [Int] {
    let inner = tiles.indices.reversed().map { (axis: $0, isBatch: isBatch($0)) }
    return (inner.filter { !$0.isBatch } + inner.filter(\.isBatch)).map(\.axis)
  }

  private func isBatch(_ axis: Int) -> Bool {
    var found = false
    for member in members {
      guard case .product(let product) = graph.nodes[member].kind else { continue }
      let labels = solution.labels[member]!
      if (product.rows + product.columns).contains(where: { labels[$0] == axis }) { return false }
      found = found || product.batch.contains { labels[$0] == axis }
    }
    return found
  }

  private mutating func grow(_ axes: some Sequence<Int>) {
    for axis in axes {
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
      let grown = even(size(fits), axis)
      if grown > tiles[axis] {
        var trial = tiles
        trial[axis] = grown
        if isGood(trial, grown: axis) { tiles = trial }
      }
      if tiles[axis] < length { return }
    }
  }

  /// A length that divides the axis, if that is no less than half: sums of a shorter last tile would
  /// need code and scratch of their own.
  private func even(_ size: Int, _ axis: Int) -> Int {
    guard !sums.isEmpty else { return size }
    let length = solution.lengths[axis]
    let divisors = stride(from: size, through: (size + 1) / 2, by: -1)
    return divisors.first { length.isMultiple(of: $0) && $0.isMultiple(of: alignments[axis]) }
      ?? size
  }

  private func isGood(_ tiles: [Int], grown axis: Int) -> Bool {
    let tasks = tiles.indices.reduce(1) {
      $0 * ((solution.lengths[$1] + tiles[$1] - 1) / max(tiles[$1], 1))
    }
    if !sums.isEmpty, !isGoodForSums(tiles, tasks) { return false }
    let largest = members.reduce(0) { max($0, elements($1, tiles)) }
    let rows = rows(tiles)
    // A few rows are worth more than many tasks, but only rows are.
    let isShort =
      rows.map { $0 <= limits.rows.lowerBound && isRow(axis) } ?? (largest <= 2048)
    guard tasks >= wantedTasks || isShort || !sums.isEmpty else { return false }
    if let rows {
      guard rows <= limits.rows.upperBound, largest <= limits.productTileCount else { return false }
    } else if sums.isEmpty {
      guard largest <= limits.tileCount else { return false }
    }
    return scratch(tiles) <= scratchLimit(tiles)
  }

  /// Sums in memory are read and written once for each tile, and cost as much as the products of a few
  /// terms: until tiles have twice the fewest rows, they may take most of L2 instead of half.
  private func scratchLimit(_ tiles: [Int]) -> Int {
    guard members.count > sums.count else { return limits.scratchByteCount }
    let isShallow = sums.contains { product in
      guard case .product(let axes) = graph.nodes[product].kind else { return false }
      return length(axes.summed, of: product, tiles) <= 2 * limits.rows.lowerBound
    }
    return isShallow ? limits.scratchByteCount * 15 / 8 : limits.scratchByteCount
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
      if walks.contains(where: { $0.axes[member] == axis }) { return product }
      return product * (solution.labels[member]![axis].map { tiles[$0] } ?? node.space[axis])
    }
  }

  /// Rows that a panel is read for in one task, the fewest of all products; nil without products.
  var productRows: Int? {
    var fewest: Int?
    for member in members where !sums.contains(member) {
      guard case .product(let product) = graph.nodes[member].kind else { continue }
      let rows = length(product.rows, of: member, tiles)
      fewest = min(fewest ?? rows, rows)
    }
    return fewest
  }

  /// Rows of the region's products in one task, the fewest of all; nil without products.
  private func rows(_ tiles: [Int]) -> Int? {
    var fewest: Int?
    for member in members where graph.nodes[member].isTiledProduct && !sums.contains(member) {
      let rows = rowAxes(member).reduce(1) { product, axis in
        // What is walked has one position at a time.
        if walks.contains(where: { $0.axes[member] == axis }) { return product }
        return product
          * (solution.labels[member]![axis].map { tiles[$0] } ?? graph.nodes[member].space[axis])
      }
      fewest = min(fewest ?? rows, rows)
    }
    return fewest
  }

  // MARK: - Scratch
  /// Members in order, but lanes as soon as what they take in is there.
  private static func ordered(_ members: [Int], _ lanes: Set<Int>, _ graph: AccessGraph) -> [Int] {
    guard !lanes.isEmpty else { return members }
    let inside = Set(members)
    var waiting: [Int: [Int]] = [:]
    for lane in lanes.sorted() {
      let producers = graph.nodes[lane].reads.compactMap { graph.producer($0.value) }
      waiting[producers.filter(inside.contains).max() ?? -1, default: []].append(lane)
    }
    return (waiting[-1] ?? [])
      + members.flatMap { lanes.contains($0) ? [] : [$0] + (waiting[$0] ?? []) }
  }

  private static func lives(
    _ graph: AccessGraph, _ members: [Int], _ outputs: Set<Int>, _ lanes: Set<Int>
  ) -> [Life] {
    var last: [Int: Int] = [:]
    var readers: [Int: [Int]] = [:]
    for (position, member) in members.enumerated() {
      for read in graph.nodes[member].reads {
        guard let producer = graph.producer(read.value) else { continue }
        last[producer] = max(last[producer] ?? 0, position)
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
      if sums.contains(member) {
        let packed = packedByteCount(member, tiles)
        most = max(most, alive.reduce(packed) { $0 + $1.bytes })
      }
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

// MARK: - Products that are added up tile by tile
extension Tiling {
  /// First what the products keep, then the summed axes, then what all members have.
  ///
  /// Rows and columns stay whole: a member that lacks one of them would be computed once per tile.
  /// Where both operands are finished, tiles of sums stay near instead.
  private mutating func growSums() {
    let labels = solution.lengths.indices.filter { !solution.laneAxes.contains($0) }
    let others = members.filter { !sums.contains($0) }
    let shared = labels.filter { label in
      others.allSatisfy { solution.labels[$0]!.contains(label) }
        && sums.allSatisfy { !isMatrixAxis(label, of: $0) }
    }
    for label in labels.reversed() where !shared.contains(label) {
      if others.isEmpty { grow([label]) } else { tiles[label] = solution.lengths[label] }
    }
    let accumulated = solution.laneAxes.sorted()
    grow(accumulated.reversed())
    let isWhole = accumulated.allSatisfy { tiles[$0] == solution.lengths[$0] }
    if isWhole { grow(shared.reversed()) }
  }

  private func isMatrixAxis(_ label: Int, of product: Int) -> Bool {
    guard case .product(let axes) = graph.nodes[product].kind else { return false }
    return (axes.rows + axes.columns).contains { solution.labels[product]![$0] == label }
  }

  private func isGoodForSums(_ tiles: [Int], _ tasks: Int) -> Bool {
    let others = members.count > sums.count
    return sums.allSatisfy { product in
      guard case .product(let axes) = graph.nodes[product].kind else { return true }
      let depth = length(axes.summed, of: product, tiles)
      guard depth <= limits.sumDepth, tasks >= wantedTasks || depth <= limits.rows.lowerBound
      else { return false }
      return others
        || (length(axes.rows, of: product, tiles) <= limits.sumRows
          && length(axes.columns, of: product, tiles) <= limits.sumColumns)
    }
  }

  private func length(_ axes: [Int], of member: Int, _ tiles: [Int]) -> Int {
    axes.reduce(1) { product, axis in
      product
        * (solution.labels[member]![axis].map { tiles[$0] } ?? graph.nodes[member].space[axis])
    }
  }

  /// What a task brings together of a product's operands: the left one, and of the right one panels,
  /// one after the other (64 columns are more than any has).
  private func packedByteCount(_ product: Int, _ tiles: [Int]) -> Int {
    guard case .product(let axes) = graph.nodes[product].kind else { return 0 }
    let element = graph.values[graph.nodes[product].results[0]].element
    let columns = length(axes.columns, of: product, tiles)
    let lines =
      length(axes.batch + axes.rows, of: product, tiles)
      + min(columns, axes.rows.count <= 1 ? 64 : columns)
    return lines * length(axes.summed, of: product, tiles) * element.byteCount
  }
}
