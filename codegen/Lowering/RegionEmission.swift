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

  /// A value in scratch or in a buffer.
  struct Place {
    var base: TileLocation.Base
    var offset = 0
    var strides: [Int]
    /// Dimensions of which only the task's tile is here.
    var isLocal: [Bool]
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
  mutating func emitMembers(without others: Set<Int> = []) {
    for item in items() {
      switch item {
      case .member(let member): if !others.contains(member) { emit(member) }
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
    while let place = pending.firstIndex(where: { isReady(together($0)) }) {
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

  // MARK: - Places
  /// Where a member's result goes: scratch, or straight to its buffer if nothing inside reads it.
  mutating func target(_ member: Int, result: Int = 0, rowRank: Int? = nil) -> Place {
    let value = graph.nodes[member].results[result]
    if let known = places[value] { return known }
    if let direct = directTarget(member, value) {
      places[value] = direct
      return direct
    }
    let place = scratchPlace(member, value, rowRank: rowRank)
    places[value] = place
    return place
  }

  /// Dimensions along which tasks, or passes of a walk, have a tile each.
  func isTiled(_ member: Int) -> [Bool] {
    graph.nodes[member].resultAxes.map { axis in
      guard let label = labels[member]![axis] else { return false }
      return axes[label].tile < axes[label].length
    }
  }

  private mutating func directTarget(_ member: Int, _ value: Int) -> Place? {
    guard region.outputs.contains(member), !region.lanes.contains(member), !isReadInside(value),
      lowering.wantedPanels[value] == nil
    else { return nil }
    let boxes = lowering.boxes(value, region, isTiled: isTiled(member))
    guard boxes.count == 1, boxes[0] == graph.wholeBox(value) else { return nil }
    let stored = lowering.store(value, boxes[0], graph.label(member))
    let base = builder.parameter(
      stored.view.buffer, offset: stored.view.offset, graph.values[value].element, .write)
    return Place(
      base: base, strides: stored.view.strides, isLocal: stored.lengths.map { _ in false })
  }

  func isReadInside(_ value: Int) -> Bool {
    region.members.contains { member in
      graph.nodes[member].reads.contains { $0.value == value }
    }
  }

  /// Scratch for a tile of a value, or for the whole of what is walked and read after the walk.
  ///
  /// - Parameter rowRank: how many of the innermost dimensions are a row of a matrix. Rows that are a
  ///   multiple of 1 KiB apart share few sets of an L1 cache, so a line is left between them.
  mutating func scratchPlace(_ member: Int, _ value: Int, rowRank: Int?) -> Place {
    let node = graph.nodes[member]
    let element = graph.values[value].element
    var isLocal: [Bool] = []
    var lengths: [Int] = []
    for axis in node.resultAxes {
      let label = labels[member]![axis]
      let local = label.map { !isWalked($0) || isInner(member) } ?? false
      isLocal.append(local)
      lengths.append(local ? axes[label!].tile : node.space[axis])
    }
    let order = storageOrder(member)
    var strides = [Int](repeating: 0, count: lengths.count)
    var next = 1
    let row = rowRank.map { order.count - $0 - 1 }
    for place in order.indices.reversed() {
      if place == row, next * element.byteCount % 1024 == 0 { next += 64 / element.byteCount }
      strides[order[place]] = next
      next *= max(lengths[order[place]], 1)
    }
    let base = builder.scratch(element, next)
    return Place(base: base, strides: strides, isLocal: isLocal)
  }

  private func isInner(_ member: Int) -> Bool {
    region.walks.contains { $0.inner.contains(member) }
  }

  /// Dimensions of a member's result as scratch holds them: columns of a product lie together.
  private func storageOrder(_ member: Int) -> [Int] {
    let node = graph.nodes[member]
    guard case .product(let axes) = node.kind else { return Array(node.resultAxes) }
    return axes.batch + axes.rows + axes.columns
  }

  /// Where a member reads a value: the place of its tile and the distance along each of its axes.
  mutating func access(_ member: Int, _ read: AccessGraph.Read) -> TileAccess {
    let place = place(member, read)
    return access(member, read.index, place)
  }

  /// The place of a value as a member reads it.
  mutating func place(_ member: Int, _ read: AccessGraph.Read) -> Place {
    if let place = places[read.value] { return place }
    let view = lowering.view(read.value, box(member, read))
    let base = builder.parameter(
      view.buffer, offset: 0, graph.values[read.value].element, .read)
    return Place(
      base: base, offset: view.offset, strides: view.strides,
      isLocal: view.strides.map { _ in false })
  }

  /// The box that a read through inlined maps touches.
  private func box(_ member: Int, _ read: AccessGraph.Read) -> AccessGraph.Box {
    var box = graph.wholeBox(read.value)
    switch graph.nodes[member].kind {
    case .pieces: return box
    case .convolution where read.value != graph.nodes[member].reads.last?.value: return box
    default: break
    }
    for (dimension, access) in read.index.enumerated() where !access.isIndirect {
      guard access.terms.allSatisfy({ $0.step > 0 }) else { continue }
      box.offset[dimension] = access.start
      box.lengths[dimension] =
        1 + access.terms.reduce(0) { $0 + $1.step * (graph.nodes[member].space[$1.axis] - 1) }
    }
    return box
  }

  func access(_ member: Int, _ index: [DimensionAccess], _ place: Place) -> TileAccess {
    var offset = AffineExpression(place.offset)
    var strides = [Int](repeating: 0, count: graph.nodes[member].space.count)
    for (dimension, access) in index.enumerated() {
      let stride = place.strides[dimension]
      offset = offset + AffineExpression(access.start * stride)
      for term in access.terms {
        strides[term.axis] += term.step * stride
        // Of a local dimension the tile's own first position is position 0.
        if place.isLocal[dimension] { continue }
        offset = offset + start(member, term.axis) * (term.step * stride)
      }
    }
    return TileAccess(TileLocation(place.base, offset), strides: strides)
  }

  /// The access of a member to its own result.
  func access(_ member: Int, _ place: Place) -> TileAccess {
    access(member, graph.nodes[member].resultAxes.map { .point($0) }, place)
  }
}
