import TensorCore

/// A map that is read elsewhere than at the reader's own position (a shift, a stride, a window) would
/// have to be finished and stored before. Where that moves more bytes than computing it again is
/// worth, each such reader gets a copy of the map at the positions that it reads:
///
///     z(i) = y(i + 1) - y(i),  y(i) = f(x(i))   becomes   z(i) = f(x(i + 1)) - f(x(i))
///
/// The copy reads what the map reads, at composed accesses, and its reader reads it at one position,
/// so both grow into one region. A convolution needs no copy: it brings its rows together in scratch
/// anyway, and computes the map meanwhile.
///
/// Sound because an element of a map depends on one position of what it reads. Where a short axis lies
/// whole in the tile, readers share what is there and nothing changes.
extension AccessGraph {
  /// - Parameter grow: the regions of a graph; asked for at most once.
  package func recomputingMaps(
    _ limits: RegionLimits = RegionLimits(), grow: (AccessGraph) -> Partition
  ) -> AccessGraph {
    var pass = RecomputedMaps(self, limits)
    // Readers come first: what they copy may read other maps elsewhere too.
    for node in nodes.indices.reversed() where pass.mayRecompute(node) {
      pass.recompute(node, grow)
    }
    return pass.graph.withoutDeadNodes()
  }
}

private struct RecomputedMaps {
  /// Nodes up to the one at hand keep their numbers; copies stand after it.
  private(set) var graph: AccessGraph
  private let limits: RegionLimits
  private let isPrepared: [Bool]
  private var uses: [[MapUse]]
  private let results: Set<Int>
  private var regions: StoredValues?

  init(_ graph: AccessGraph, _ limits: RegionLimits) {
    self.graph = graph
    self.limits = limits
    isPrepared = graph.preparedNodes
    uses = graph.uses
    results = Set(graph.results.map(\.value))
  }

  /// Whether a node is a map that runs and that nobody wants but its readers.
  func mayRecompute(_ node: Int) -> Bool {
    guard case .map = graph.nodes[node].kind else { return false }
    return !isPrepared[node] && !results.contains(graph.nodes[node].results[0])
  }

  mutating func recompute(_ node: Int, _ grow: (AccessGraph) -> Partition) {
    let value = graph.nodes[node].results[0]
    let own = uses[value]
    let displaced = own.filter { graph.isDisplaced($0) && graph.canRecompute($0) }
    guard !displaced.isEmpty else { return }
    let cone = MapCone(graph, node, uses, limits, mayJoin: mayRecompute)
    // At best, what anything else reads is stored anyway.
    func isShared(_ value: Int) -> Bool {
      results.contains(value) || uses[value].contains { !cone.members.contains($0.node) }
        || graph.producer(value).map { graph.nodes[$0].isAlone } ?? false
    }
    if let problem = problem(cone, displaced, keeps: displaced != own, isStored: isShared) {
      graph.keptMaps[value] = problem
      return
    }
    if regions == nil { regions = StoredValues(grow(graph)) }
    let regions = regions!
    func crosses(_ use: MapUse) -> Bool { regions.isBoundary(value, to: use.node, graph) }
    // A tile that is as long as an axis keeps other readers out, and is itself no better than memory.
    let isLong = regions.wholeByteCount(value) > limits.wholeByteCount
    let costly = isLong ? displaced : displaced.filter(crosses)
    guard !costly.isEmpty else { return }
    let others = own.filter { !costly.contains($0) }
    let mayShare = isLong && !displaced.allSatisfy(crosses)
    if others.contains(where: { crosses($0) && (!mayShare || graph.isDisplaced($0)) }) {
      graph.keptMaps[value] = "others need it stored"
    } else if let problem = problem(
      cone, costly, keeps: !others.isEmpty, isStored: regions.isStored)
    {
      graph.keptMaps[value] = problem
    } else {
      replace(costly, cone)
    }
  }

  /// Why a map is better stored.
  ///
  /// - Parameters:
  ///   - uses: reads that would compute it again.
  ///   - keeps: whether it is computed for others too.
  ///   - isStored: whether a value of a node lies in memory anyway.
  private func problem(
    _ cone: MapCone, _ uses: [MapUse], keeps: Bool, isStored: (Int) -> Bool
  ) -> String? {
    let value = graph.nodes[cone.root].results[0]
    let count = graph.values[value].count
    var (work, readers) = (0.0, [Int: Int]())
    var sources: Set<Int> = []
    for use in uses {
      guard let copy = cone.expression(at: graph.nodes[use.node].reads[use.operand].index) else {
        return "its expression is too long to compute it there"
      }
      if case .convolution = graph.nodes[use.node].kind, copy.body.usesCoordinates {
        return "it counts positions, so it is not computed there"
      }
      work += Double(copy.body.work) * Double(graph.evaluations(use))
      readers[use.node] = min(
        count, readers[use.node, default: 0] + min(count, graph.evaluations(use)))
      sources.formUnion(copy.reads.map(\.value))
    }
    if !keeps { work -= cone.members.reduce(0) { $0 + Double(graph.work($1)) } }
    // Written once, and read by each reader.
    var bytes = readers.values.reduce(count, +) * graph.values[value].element.byteCount
    for source in sources {
      let own = graph.values[source]
      var moved = readers.values.reduce(0) { $0 + min(own.count, $1) }
      if !isFree(source), !isStored(source) {
        moved += own.count
      } else if !keeps {
        moved -= min(own.count, count)
      }
      bytes -= moved * own.element.byteCount
    }
    if bytes <= 0 { return "computing it there would move no fewer bytes" }
    // In any order: a sum of whole numbers.
    let all = readers.keys.reduce(0) { $0 + graph.work($1) }
    if work > limits.recomputedShare * Double(all), work > Double(limits.workPerByte * bytes) {
      let operations = Int(min(work, 0x1p62))
      return "computing it there would take \(operations) operations to save \(bytes) bytes"
    }
    return nil
  }

  /// Whether a value comes from outside or is computed once.
  private func isFree(_ value: Int) -> Bool {
    guard let producer = graph.producer(value) else { return true }
    return producer < isPrepared.count && isPrepared[producer]
  }
}

// MARK: - Rewriting
extension RecomputedMaps {
  private mutating func replace(_ uses: [MapUse], _ cone: MapCone) {
    var result = graph
    result.nodes = []
    for (number, node) in graph.nodes.enumerated() {
      var node = node
      var own = uses.filter { $0.node == number }.sorted { $0.operand < $1.operand }
      // From the last operand on, so that the others keep their numbers.
      if case .convolution = node.kind { own.reverse() }
      for use in own {
        let groups = Set(cone.members.map { graph.nodes[$0].group })
        let read = node.reads[use.operand]
        let copy = cone.expression(at: read.index)!
        if case .convolution(let axes) = node.kind {
          node.replace(use.operand, by: copy, axes)
          node.absorbed.formUnion(groups)
        } else {
          node.reads[use.operand] = append(copy, for: read, node, cone, groups, to: &result)
        }
      }
      result.append(node)
    }
    graph = result
    self.uses = graph.uses
  }

  /// A copy of the map with those of a reader's axes that it reads along.
  private mutating func append(
    _ copy: (body: ScalarExpression, reads: [AccessGraph.Read]), for read: AccessGraph.Read,
    _ reader: AccessGraph.Node, _ cone: MapCone, _ groups: Set<Int>, to result: inout AccessGraph
  ) -> AccessGraph.Read {
    let axes = graph.axes(of: read)
    let space = axes.map { reader.space[$0] }
    func place(_ axis: Int) -> Int { axes.firstIndex(of: axis)! }
    let element = graph.values[read.value].element
    result.values.append(.init(element: element, lengths: space, source: .node(-1)))
    let value = result.values.count - 1
    let root = graph.nodes[cone.root]
    result.append(
      .init(
        kind: .map(
          copy.body.substituting((copy.reads.indices).map { .operand($0) }) {
            .coordinate(axis: place($0))
          }), space: space, resultRank: space.count,
        reads: copy.reads.map { own in .init(own.value, own.index.map { $0.renamed(place) }) },
        results: [value], group: root.group, absorbed: groups.subtracting([root.group])))
    regions!.add(value, beside: reader.results[0])
    return .init(value, axes.map { .point($0) })
  }
}

extension AccessGraph.Node {
  /// A convolution that computes an operand of its image while it copies it.
  fileprivate mutating func replace(
    _ operand: Int, by copy: (body: ScalarExpression, reads: [AccessGraph.Read]),
    _ axes: AccessGraph.ConvolutionAxes
  ) {
    var axes = axes
    let own = copy.body.substituting(copy.reads.indices.map { .operand(operand + $0) })
    let moved = reads.indices.map { number -> ScalarExpression in
      if number == operand { return own }
      return .operand(number < operand ? number : number + copy.reads.count - 1)
    }
    axes.bodies = axes.parts.map { $0.body.substituting(moved) }
    reads.replaceSubrange(operand...operand, with: copy.reads)
    kind = .convolution(axes)
  }
}
