/// Grows regions along edges: each node in order joins the regions of what it reads, wherever all of
/// them together still have parallel axes, small scratch and little to compute twice.
package struct RegionGrowth {
  private let graph: AccessGraph
  private let limits: RegionLimits
  /// Which nodes may share a region at all.
  private let mayJoin: (AccessGraph.Node, AccessGraph.Node) -> Bool
  private let usesLanes: Bool
  private let usesProductLanes: Bool
  private let usesWalks: Bool
  /// Number of elements that tiles of a product's columns are multiples of.
  private let panelWidth: (AccessGraph.Node) -> Int
  /// Alignments that readers outside ask for: (node, axis) to a multiple.
  private let isPrepared: [Bool]
  private let readers: [[Int]]
  private let results: Set<Int>
  private var regions: [Int: Region] = [:]
  private var regionOf: [Int]
  private var boundaries: [RegionBoundary] = []

  package init(
    _ graph: AccessGraph, limits: RegionLimits = RegionLimits(), usesLanes: Bool = true,
    usesProductLanes: Bool = true, usesWalks: Bool = true,
    panelWidth: @escaping (AccessGraph.Node) -> Int,
    mayJoin: @escaping (AccessGraph.Node, AccessGraph.Node) -> Bool
  ) {
    self.graph = graph
    self.limits = limits
    self.usesLanes = usesLanes
    self.usesProductLanes = usesProductLanes
    self.usesWalks = usesWalks
    self.panelWidth = panelWidth
    self.mayJoin = mayJoin
    isPrepared = graph.preparedNodes
    readers = graph.readers
    results = Set(graph.results.compactMap { graph.producer($0.value) })
    regionOf = Array(graph.nodes.indices)
  }

  package func partition() -> Partition {
    var growth = self
    for node in graph.nodes.indices { growth.add(node) }
    let order = growth.order()
    var numbers: [Int: Int] = [:]
    for (number, region) in order.enumerated() { numbers[region] = number }
    return Partition(
      graph: graph, regions: order.map { growth.regions[$0]! },
      regionOf: growth.regionOf.map { numbers[$0]! },
      boundaries: growth.boundaries.filter { growth.regionOf[$0.from] != growth.regionOf[$0.to] })
  }

  private mutating func add(_ node: Int) {
    regionOf[node] = node
    regions[node] = alone(node)
    var tried: Set<Int> = []
    let producers = graph.nodes[node].reads.compactMap { graph.producer($0.value) }
    for producer in producers.sorted(by: >) {
      let (from, to) = (regionOf[producer], regionOf[node])
      guard from != to, tried.insert(from).inserted else { continue }
      switch joined(from, to, at: node) {
      case .success(let region):
        let name = min(from, to)
        regions[max(from, to)] = nil
        regions[name] = region
        for member in region.members { regionOf[member] = name }
      case .failure(let refusal):
        boundaries.append(RegionBoundary(from: producer, to: node, reason: refusal.reason))
      }
    }
  }

  private struct Refusal: Error { var reason: String }

  /// A region of one node: with lanes if what it keeps gives too little to share.
  private func alone(_ node: Int) -> Region {
    var region = make([node], [])
    if usesLanes, canUseLanes(node), let lanes = make([node], [node]),
      lanes.solution.positions > region!.solution.positions,
      graph.nodes[node].isProduct
        ? isBetter(lanes, than: region!, summing: node) : isTooSerial(region!)
    {
      region = lanes
    }
    region!.isPrepared = isPrepared[node]
    return region!
  }

  private func canUseLanes(_ node: Int) -> Bool {
    switch graph.nodes[node].kind {
    case .fold(_, _, let givesIndex): return !givesIndex
    case .moments: return true
    case .product: return usesProductLanes && graph.canAccumulate(node, isPrepared)
    default: return false
    }
  }

  /// Whether a product is better summed tile by tile than all at once: if a task would bring together
  /// more than scratch is for, or if there are more tasks and they are wanted.
  private func isBetter(_ lanes: Region, than plain: Region, summing node: Int) -> Bool {
    if graph.packedByteCount(node, plain) > limits.scratchByteCount { return true }
    let tasks = plain.tiling.taskCount
    return tasks < wantedPositions(plain.members) && lanes.laneTaskCount > tasks
  }

  private func work(_ members: [Int]) -> Int { members.reduce(0) { $0 + graph.work($1) } }

  private func wantedPositions(_ members: [Int]) -> Int {
    min(max(work(members) / limits.workPerTask, 1), limits.taskCount)
  }

  private func isTooSerial(_ region: Region) -> Bool {
    region.solution.positions < wantedPositions(region.members)
  }

  // MARK: - Joining
  private func joined(_ from: Int, _ to: Int, at node: Int) -> Result<Region, Refusal> {
    let (first, second) = (regions[from]!, regions[to]!)
    func refuse(_ reason: String) -> Result<Region, Refusal> { .failure(Refusal(reason: reason)) }
    guard
      first.members.allSatisfy({ a in
        second.members.allSatisfy { mayJoin(graph.nodes[a], graph.nodes[$0]) }
      })
    else { return refuse("each operation is a region of its own") }
    guard first.isPrepared == second.isPrepared else {
      return refuse("depends on parameters alone and is computed once")
    }
    for member in [graph.nodes[node]] + second.members.map({ graph.nodes[$0] }) {
      switch member.kind {
      case .gather: return refuse("picks positions by an index")
      case .reinterpret: return refuse("reshapes to lengths without common factors")
      default: continue
      }
    }
    if let reason = unfinished(first, second) { return refuse(reason) }
    if leavesAndReturns(from, to) { return refuse("another region lies between") }

    let members = (first.members + second.members).sorted()
    let kept = first.lanes.union(second.lanes)
    // A reduction is finished inside where enough positions remain, else in lanes.
    var trials: [Set<Int>] = [kept]
    if usesLanes, canUseLanes(node), !graph.isRead(node, in: members) {
      trials = second.members == [node] ? [kept.subtracting([node]), kept.union([node])] : [kept]
    }
    var reason = ""
    var found: Region?
    for lanes in trials {
      guard var region = make(members, lanes) else {
        reason = wholeRead(first, second) ?? "their parallel axes do not agree"
        continue
      }
      if let problem = problem(region, first, second) {
        reason = problem
        continue
      }
      region.isPrepared = first.isPrepared
      if let plain = found, !isBetter(region, than: plain, summing: node) { continue }
      found = region
      if !graph.nodes[node].isProduct { break }
    }
    return found.map { .success($0) } ?? refuse(reason)
  }

  /// Operands that must be finished before they are read.
  private func unfinished(_ first: Region, _ second: Region) -> String? {
    for member in second.members {
      let node = graph.nodes[member]
      guard case .convolution = node.kind else { continue }
      for read in node.reads {
        if let producer = graph.producer(read.value), first.members.contains(producer) {
          return "a window overlaps its neighbours: rows would be computed more than once"
        }
      }
    }
    for member in first.members {
      switch graph.nodes[member].kind {
      case .gather: return "picks positions by an index"
      case .reinterpret: return "reshapes to lengths without common factors"
      default: continue
      }
    }
    return nil
  }

  private func problem(_ region: Region, _ first: Region, _ second: Region) -> String? {
    let positions = region.solution.positions
    let before = max(first.solution.positions, second.solution.positions)
    let wanted = wantedPositions(region.members)
    if positions < min(wanted, before) {
      let read = wholeRead(first, second).map { ": \($0)" } ?? ""
      return "\(positions) parallel positions would be left of \(before)\(read)"
    }
    let bytes = region.tiling.scratchByteCount
    if bytes > 2 * limits.scratchByteCount {
      return "a tile would need \(bytes) bytes of scratch, the budget is \(limits.scratchByteCount)"
    }
    let total = work(region.members)
    let again = recomputed(region)
    if Double(again) > limits.recomputedShare * Double(total) {
      let share = Int((100 * Double(again) / Double(max(total, 1))).rounded(.up))
      return "\(share) % of the work would be done more than once"
    }
    for member in region.lanes where !graph.nodes[member].isProduct {
      let bytes = graph.accumulatorByteCount(member)
      if bytes > limits.accumulatorByteCount
        || bytes * limits.laneCount > graph.readByteCount(member) / 2
      {
        return "accumulators would be as large as what is accumulated"
      }
    }
    if region.lanes.contains(where: { graph.nodes[$0].isProduct }),
      region.laneTaskCount < min(wanted, limits.laneTaskCount)
    {
      return "accumulators leave room for \(region.laneLimit) of "
        + "\(min(wanted, limits.laneTaskCount)) lanes"
    }
    return nil
  }

  /// Work that tasks repeat because a member does not have all parallel axes.
  private func recomputed(_ region: Region) -> Int {
    region.members.reduce(0) { sum, member in
      let own = Set(region.solution.labels[member]!.compactMap { $0 })
      let times = region.solution.lengths.indices.reduce(1) {
        own.contains($1) ? $0 : $0 * region.tiling.count($1)
      }
      return sum + graph.work(member) * (times - 1)
    }
  }

  /// Whether a path goes from one region to the other through a third.
  private func leavesAndReturns(_ from: Int, _ to: Int) -> Bool {
    var seen: Set<Int> = [from]
    var pending = [from]
    while let region = pending.popLast() {
      for member in regions[region]!.members {
        // Nodes that are not added yet come after all that are.
        for reader in readers[member] where regions[regionOf[reader]] != nil {
          if regionOf[reader] == to {
            if region != from { return true }
          } else if seen.insert(regionOf[reader]).inserted {
            pending.append(regionOf[reader])
          }
        }
      }
    }
    return false
  }

  /// The first read between two regions that touches more than its own position, in words.
  private func wholeRead(_ first: Region, _ second: Region) -> String? {
    let inside = Set(first.members)
    for member in second.members {
      let node = graph.nodes[member]
      for read in node.reads {
        guard let producer = graph.producer(read.value), inside.contains(producer) else { continue }
        if first.lanes.contains(producer) {
          return "\(graph.label(producer)) is finished only after all tiles"
        }
        for (dimension, access) in read.index.enumerated() {
          let length = graph.values[read.value].lengths[dimension]
          let what = "\(graph.label(member)) reads \(graph.label(producer))"
          if access.isIndirect { return "\(what) through an index" }
          guard let axis = access.pointAxis else { return "\(what) at an offset along \(length)" }
          if node.innerAxes.contains(axis) { return "\(what) whole along \(length)" }
          if case .product(let roles) = node.kind, roles.columns.contains(axis) {
            return "\(what) whole along \(length)"
          }
        }
      }
    }
    return nil
  }

  // MARK: - Regions
  private func make(_ members: [Int], _ lanes: Set<Int>) -> Region? {
    let inside = Set(members)
    let outputs = inside.filter { member in
      results.contains(member) || readers[member].contains { !inside.contains($0) }
        || lanes.contains(member)
    }
    guard
      let solution = AxisSolution(
        graph, members, lanes: lanes, outputs: outputs.subtracting(lanes))
    else { return nil }
    let accumulated = lanes.flatMap { lane in
      graph.nodes[lane].reads.compactMap { graph.producer($0.value) }
    }
    let walks =
      usesWalks
      ? Walk.all(
        graph, members.filter { !lanes.contains($0) }, solution,
        readOutside: outputs.union(accumulated)) : []
    let tiling = Tiling(
      graph, members, solution, outputs: outputs, lanes: lanes, walks: walks,
      alignments: alignments(members, solution), limits)
    var region = Region(
      members: members, lanes: lanes, outputs: outputs, solution: solution, tiling: tiling,
      walks: walks)
    region.laneLimit = graph.laneLimit(region, limits)
    return region
  }

  /// Tiles of columns start at panels.
  private func alignments(_ members: [Int], _ solution: AxisSolution) -> [Int] {
    var alignments = solution.lengths.map { _ in 1 }
    for member in members {
      let node = graph.nodes[member]
      guard case .product(let axes) = node.kind, let outer = axes.columns.first,
        let label = solution.labels[member]![outer]
      else { continue }
      let inner = axes.columns.dropFirst().reduce(1) { $0 * node.space[$1] }
      let width = panelWidth(node)
      let multiple = width / greatestCommonDivisor(width, inner)
      alignments[label] =
        alignments[label] * multiple / greatestCommonDivisor(alignments[label], multiple)
    }
    return alignments
  }

  /// Regions in an order in which each comes after what it reads.
  private func order() -> [Int] {
    var ordered: [Int] = []
    var done: Set<Int> = []
    var pending = regions.keys.sorted()
    while !pending.isEmpty {
      let ready = pending.firstIndex { region in
        regions[region]!.members.allSatisfy { member in
          graph.nodes[member].reads.allSatisfy { read in
            guard let producer = graph.producer(read.value) else { return true }
            return regionOf[producer] == region || done.contains(regionOf[producer])
          }
        }
      }
      guard let ready else { preconditionFailure("internal: regions in a circle") }
      done.insert(pending[ready])
      ordered.append(pending.remove(at: ready))
    }
    return ordered
  }
}

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  b == 0 ? abs(a) : greatestCommonDivisor(b, a % b)
}

extension AccessGraph {
  /// For each node the nodes that read one of its results, in order, each once.
  package var readers: [[Int]] {
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (number, node) in nodes.enumerated() {
      for read in node.reads {
        guard let producer = producer(read.value), readers[producer].last != number else {
          continue
        }
        readers[producer].append(number)
      }
    }
    return readers
  }

  /// Whether a node depends on parameters and constants alone.
  package var preparedNodes: [Bool] {
    var isPrepared: [Bool] = []
    for node in nodes {
      isPrepared.append(
        node.reads.allSatisfy { read in
          switch values[read.value].source {
          case .argument: false
          case .parameter, .constant: true
          case .node(let producer): producer < 0 || isPrepared[producer]
          }
        })
    }
    return isPrepared
  }

  func isRead(_ node: Int, in members: [Int]) -> Bool {
    members.contains { member in
      nodes[member].reads.contains { producer($0.value) == node }
    }
  }

  func readByteCount(_ node: Int) -> Int {
    nodes[node].reads.reduce(0) { sum, read in
      sum + values[read.value].count * values[read.value].element.byteCount
    }
  }
}
