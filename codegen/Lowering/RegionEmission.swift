import GraphIR
import GraphRegions
import TensorCore
import TileIR

/// Makes the tile program of a region: every member computes its tile, inner values in scratch.
struct RegionEmission {
  let lowering: EntryLowering
  let graph: AccessGraph
  let region: Region
  let name: String
  var builder = ProgramBuilder()
  /// Parallel axes, then walked ones.
  var axes: [TileAxis] = []
  /// For each member the axis that each of its own axes is; nil means whole in the tile.
  var labels: [Int: [Int?]]
  /// Where values of the region lie, by value.
  var places: [Int: Place] = [:]
  /// Statements of the innermost open body.
  var statements: [Statement] = []
  /// Maps that are computed where they are read.
  var inlined: Set<Int> = []
  /// Products that are stored by the map that reads them.
  var merged: Set<Int> = []
  var flops = 0

  /// An axis that tasks or loops step along.
  struct TileAxis {
    var length: Int
    var tile: Int
    var start: AffineExpression

    var extent: TileExtent {
      length.isMultiple(of: tile) || tile == 1
        ? TileExtent(tile) : TileExtent(tile, of: length, from: start)
    }
  }

  init(_ lowering: EntryLowering, _ region: Region, name: String) {
    self.lowering = lowering
    self.region = region
    self.name = name
    graph = lowering.graph
    labels = region.solution.labels
  }

  mutating func emit() {
    findInlined()
    findMerged()
    if region.lanes.isEmpty {
      openGrid()
      emitMembers()
      finish()
    } else {
      emitLanes()
    }
  }

  /// One step of the grid for each tile.
  private mutating func openGrid() {
    for axis in region.solution.lengths.indices {
      let tiled = TiledAxis(
        region.solution.lengths[axis], tile: region.tiling.tiles[axis], &builder)
      axes.append(TileAxis(length: tiled.length, tile: tiled.tile, start: tiled.start))
    }
  }

  private mutating func finish() {
    for statement in statements { builder.append(statement) }
    lowering.append(builder.step(name, flops: flops))
  }

  mutating func append(_ statement: Statement) {
    if case .compute(let compute) = statement {
      statements.append(.compute(compute.collapsed()))
    } else {
      statements.append(statement)
    }
  }

  /// What `body` appends, apart from the open statements.
  mutating func collected(_ body: (inout RegionEmission) -> Void) -> [Statement] {
    let outer = statements
    statements = []
    body(&self)
    defer { statements = outer }
    return statements
  }

  /// Loops over `extents`, whose body gets the counters.
  mutating func looped(
    _ extents: [TileExtent], _ body: (inout RegionEmission, [AffineExpression]) -> Void
  ) {
    var counters: [AffineExpression] = []
    var opened: [(number: Int, count: TileExtent)] = []
    for extent in extents {
      if extent.fixed == 1 {
        counters.append(AffineExpression())
      } else {
        let number = builder.newLoop()
        opened.append((number, extent))
        counters.append(.variable(.loop(number)))
      }
    }
    var inner = collected { body(&$0, counters) }
    for (number, count) in opened.reversed() {
      inner = [.loop(number: number, count: count, body: inner)]
    }
    statements += inner
  }

  // MARK: - Members
  /// Every member, or walk, after what it reads; lanes take in a tile as soon as it is there.
  mutating func emitMembers(_ accumulators: [Accumulator] = []) {
    for item in items() {
      switch item {
      case .member(let member):
        if let accumulator = accumulators.first(where: { $0.member == member }) {
          accumulate(accumulator)
        } else {
          emit(member)
        }
      case .walk(let walk): emit(walk)
      }
    }
  }

  private enum Item {
    case member(Int)
    case walk(Walk)
  }

  /// Members and walks in an order in which each comes after what it reads.
  private func items() -> [Item] {
    var items: [Item] = []
    var done: Set<Int> = []
    var pending = region.members
    func isReady(_ members: Set<Int>) -> Bool {
      members.allSatisfy { member in
        graph.nodes[member].reads.allSatisfy { read in
          guard let producer = graph.producer(read.value), region.members.contains(producer) else {
            return true
          }
          return members.contains(producer) || done.contains(producer)
        }
      }
    }
    func next() -> Int? {
      pending.firstIndex { region.lanes.contains($0) && isReady([$0]) }
        ?? pending.firstIndex { isReady(together($0)) }
    }
    while let place = next() {
      let group = together(pending[place])
      if let walk = region.walks.first(where: { $0.members == group }), group.count > 1 {
        items.append(.walk(walk))
      } else {
        items.append(.member(pending[place]))
      }
      done.formUnion(group)
      pending.removeAll { group.contains($0) }
    }
    precondition(pending.isEmpty, "internal: members in a circle")
    return items
  }

  private func together(_ member: Int) -> Set<Int> {
    region.walks.first { $0.members.contains(member) }?.members ?? [member]
  }

  private mutating func emit(_ walk: Walk) {
    let number = builder.newLoop()
    let label = axes.count
    axes.append(TileAxis(length: walk.length, tile: 1, start: .variable(.loop(number))))
    for (member, axis) in walk.axes { labels[member]![axis] = label }
    let body = collected { emission in
      for member in walk.members.sorted() { emission.emit(member) }
    }
    statements.append(.loop(number: number, count: TileExtent(walk.length), body: body))
  }

  mutating func emit(_ member: Int) {
    if inlined.contains(member) || merged.contains(member) { return }
    let node = graph.nodes[member]
    switch node.kind {
    case .map: emitMap(member)
    case .fold(let combiner, _, let givesIndex): emitFold(member, combiner, givesIndex)
    case .moments: emitMoments(member)
    case .product(let axes): emitProduct(member, axes, into: member, nil)
    case .convolution(let axes): emitConvolution(member, axes, into: member, nil)
    case .pieces(let boxes, let fill): emitPieces(member, boxes, fill)
    case .random(let draw): emitRandom(member, draw)
    case .gather, .reinterpret: preconditionFailure("internal: form in a region")
    }
  }

  // MARK: - Axes of members
  func start(_ member: Int, _ axis: Int) -> AffineExpression {
    labels[member]![axis].map { axes[$0].start } ?? AffineExpression()
  }

  func extent(_ member: Int, _ axis: Int) -> TileExtent {
    labels[member]![axis].map { axes[$0].extent } ?? TileExtent(graph.nodes[member].space[axis])
  }

  func extents(_ member: Int, _ own: some Sequence<Int>) -> [TileExtent] {
    own.map { extent(member, $0) }
  }

  func isWalked(_ label: Int) -> Bool { label >= region.solution.lengths.count }
}
