import TensorCore

/// Grows regions along edges: each node in order joins the regions of what it reads, wherever all of
/// them together still have parallel axes, small scratch and little to compute twice.
package struct RegionGrowth {
  let graph: AccessGraph
  let limits: RegionLimits
  /// Which nodes may share a region at all; nil means all.
  let mayJoin: ((AccessGraph.Node, AccessGraph.Node) -> Bool)?
  let usesLanes: Bool
  private let usesProductLanes: Bool
  private let usesWalks: Bool
  /// Number of elements that tiles of a product's columns are multiples of.
  private let panelWidth: (AccessGraph.Node) -> Int
  private let isPrepared: [Bool]
  let readers: [[Int]]
  let results: Set<Int>
  var regions: [Int: Region] = [:]
  var regionOf: [Int]
  private var boundaries: [RegionBoundary] = []

  package init(
    _ graph: AccessGraph, limits: RegionLimits = RegionLimits(), usesLanes: Bool = true,
    usesProductLanes: Bool = true, usesWalks: Bool = true,
    panelWidth: @escaping (AccessGraph.Node) -> Int,
    mayJoin: ((AccessGraph.Node, AccessGraph.Node) -> Bool)?
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
    growth.refine()
    let order = growth.order()
    var numbers: [Int: Int] = [:]
    for (number, region) in order.enumerated() { numbers[region] = number }
    let partition = Partition(
      graph: graph, regions: order.map { growth.regions[$0]! },
      regionOf: growth.regionOf.map { numbers[$0]! },
      boundaries: growth.boundaries.filter { growth.regionOf[$0.from] != growth.regionOf[$0.to] })
    let problem = { RegionVerifier.problems(in: partition).first }
    assert(problem() == nil, "internal: \(problem()!)")
    return partition
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
        let reason = refusal.reason + graph.whyKept(producer, for: node)
        note(from: producer, to: node, reason)
      }
    }
  }

  /// Says why an edge leaves a region.
  mutating func note(from: Int, to: Int, _ reason: String) {
    boundaries.append(RegionBoundary(from: from, to: to, reason: reason))
  }

  struct Refusal: Error { var reason: String }

  /// A region of one node: with lanes if what it keeps gives too little to share.
  private func alone(_ node: Int) -> Region {
    guard var region = try? make([node], []) else {
      preconditionFailure("internal: a node that is no region")
    }
    if usesLanes, canUseLanes(node), let lanes = try? make([node], [node]),
      lanes.solution.positions > region.solution.positions,
      graph.nodes[node].isProduct
        ? isBetter(lanes, than: region, summing: node) : isTooSerial(region)
    {
      region = lanes
    }
    region.isPrepared = isPrepared[node]
    return region
  }

  func canUseLanes(_ node: Int) -> Bool {
    switch graph.nodes[node].kind {
    case .fold(_, _, let givesIndex): return !givesIndex
    case .moments: return true
    case .product: return usesProductLanes && graph.canAccumulate(node, isPrepared)
    default: return false
    }
  }

  /// Whether a product is better summed tile by tile than all at once: if a task would bring together
  /// more than scratch is for or read its panels for few rows, or if there are more tasks and they
  /// are wanted.
  func isBetter(_ lanes: Region, than plain: Region, summing node: Int) -> Bool {
    if graph.packedByteCount(node, plain) > limits.scratchByteCount { return true }
    if graph.readsPanelsForFewRows(node, plain, limits) { return true }
    let tasks = plain.tiling.taskCount
    return tasks < wantedPositions(plain.members) && lanes.laneTaskCount > tasks
  }

  func work(_ members: [Int]) -> Int { members.reduce(0) { $0 + graph.work($1) } }

  func wantedPositions(_ members: [Int]) -> Int {
    min(max(work(members) / limits.workPerTask, 1), limits.taskCount)
  }

  private func isTooSerial(_ region: Region) -> Bool {
    region.solution.positions < wantedPositions(region.members)
  }

  // MARK: - Regions
  func make(_ members: [Int], _ lanes: Set<Int>) throws(AxisProblem) -> Region {
    let inside = Set(members)
    let outputs = inside.filter { member in
      results.contains(member) || readers[member].contains { !inside.contains($0) }
        || lanes.contains(member)
    }
    let solution = try AxisSolution(
      graph, members, lanes: lanes, outputs: outputs.subtracting(lanes),
      isSmall: members.count == 1 || work(members) <= limits.smallWork)
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
}
