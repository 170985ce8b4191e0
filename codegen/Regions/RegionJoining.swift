// Whether two regions become one, and if not, why.

extension RegionGrowth {
  func joined(_ from: Int, _ to: Int, at node: Int) -> Result<Region, Refusal> {
    let (first, second) = (regions[from]!, regions[to]!)
    func refuse(_ reason: String) -> Result<Region, Refusal> { .failure(Refusal(reason: reason)) }
    guard mayShare(first.members, second.members) else { return refuse(RegionReason.oneOperation) }
    guard canShareHome(first, second) else { return refuse(RegionReason.recomputed) }
    guard first.isPrepared == second.isPrepared else {
      return refuse(RegionReason.isPrepared)
    }
    for member in [node] + second.members {
      switch graph.nodes[member].kind {
      case .gather: return refuse(RegionReason.gathers)
      case .reinterpret: return refuse(RegionReason.reinterprets)
      default: continue
      }
    }
    if let reason = unfinished(first, second) { return refuse(reason) }
    if leavesAndReturns(from, to) { return refuse(RegionReason.between) }

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
      var region: Region
      do {
        region = try make(members, lanes)
      } catch {
        if reason.isEmpty { reason = words(error, first, second) }
        continue
      }
      if let problem = problem(region, first, second) {
        // Why a product cannot be whole says more than why it cannot be in lanes either.
        if reason.isEmpty || !graph.nodes[node].isProduct { reason = problem }
        continue
      }
      region.isPrepared = first.isPrepared
      if let plain = found, !isBetter(region, than: plain, summing: node) { continue }
      found = region
      if !graph.nodes[node].isProduct { break }
    }
    return found.map { .success($0) } ?? refuse(reason)
  }

  func mayShare(_ first: [Int], _ second: [Int]) -> Bool {
    guard let mayJoin else { return true }
    return first.allSatisfy { a in
      second.allSatisfy { mayJoin(graph.nodes[a], graph.nodes[$0]) }
    }
  }

  /// A chain that is computed again grows around those that read it, never back into where it was
  /// computed first.
  private func canShareHome(_ first: Region, _ second: Region) -> Bool {
    let members = first.members + second.members
    guard let chain = members.first(where: { graph.nodes[$0].isRecomputed }) else { return true }
    return members.allSatisfy { graph.nodes[$0].home == graph.nodes[chain].home }
  }

  private func words(_ problem: AxisProblem, _ first: Region, _ second: Region) -> String {
    switch problem {
    case .readsLanes(let node): return RegionReason.unfinished(graph.label(node))
    case .repeats(let node):
      return RegionReason.repeats(graph.label(node), wideRead(first, second, nil))
    case .lanesDisagree: return wideRead(first, second, nil) ?? RegionReason.axesDisagree
    }
  }

  /// Operands that must be finished before they are read.
  private func unfinished(_ first: Region, _ second: Region) -> String? {
    for member in second.members {
      let node = graph.nodes[member]
      guard case .convolution = node.kind else { continue }
      // Panels of a kernel are packed by a step of their own.
      if let producer = graph.producer(node.reads[node.reads.count - 1].value),
        first.members.contains(producer)
      {
        return RegionReason.kernel
      }
    }
    for member in first.members {
      switch graph.nodes[member].kind {
      case .gather: return RegionReason.gathers
      case .reinterpret: return RegionReason.reinterprets
      default: continue
      }
    }
    return nil
  }

  func problem(_ region: Region, _ first: Region, _ second: Region) -> String? {
    let positions = region.solution.positions
    let before = max(first.solution.positions, second.solution.positions)
    let wanted = wantedPositions(region.members)
    if positions < min(wanted, before) {
      return RegionReason.positions(
        positions, of: before, wideRead(first, second, region.solution))
    }
    let bytes = region.tiling.scratchByteCount
    if bytes > 2 * limits.scratchByteCount {
      return RegionReason.scratch(bytes, budget: limits.scratchByteCount)
    }
    if let rows = region.tiling.productRows {
      let alone = [first, second].compactMap(\.tiling.productRows).min() ?? rows
      if rows < min(alone, limits.rows.lowerBound) {
        return RegionReason.rows(rows, of: alone)
      }
    }
    let total = work(region.members)
    let again = recomputed(region)
    if again > limits.recomputedShare * Double(total) {
      return RegionReason.recomputes(
        again / Double(max(total, 1)), wideRead(first, second, nil))
    }
    for member in region.lanes.sorted() where !graph.nodes[member].isProduct {
      let bytes = graph.accumulatorByteCount(member)
      if bytes > limits.accumulatorByteCount
        || bytes * limits.laneCount > graph.readByteCount(member) / 2
      {
        return RegionReason.accumulators(
          bytes * limits.laneCount, of: graph.readByteCount(member))
      }
    }
    if region.lanes.contains(where: { graph.nodes[$0].isProduct }) {
      let lanes = min(wanted, limits.laneTaskCount)
      if region.laneTaskCount < lanes {
        return RegionReason.lanes(region.laneLimit, of: lanes)
      }
    }
    return nil
  }

  /// Work that tasks repeat because a member does not have all parallel axes: all of it by each of
  /// thousands of tasks may be more than an integer holds.
  private func recomputed(_ region: Region) -> Double {
    region.members.reduce(0) { $0 + Double(graph.work($1)) * Double(repeats($1, region) - 1) }
  }

  /// How many tasks compute the same tile of a member.
  private func repeats(_ member: Int, _ region: Region) -> Int {
    let own = Set(region.solution.labels[member]!.compactMap { $0 })
    return region.solution.lengths.indices.reduce(1) {
      own.contains($1) ? $0 : $0 * region.tiling.count($1)
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

  /// The read between two regions that best says why they are two; nil if each touches only its own
  /// position.
  private func wideRead(_ first: Region, _ second: Region, _ joint: AxisSolution?) -> String? {
    for member in second.members {
      for read in graph.nodes[member].reads {
        if let producer = graph.producer(read.value), first.lanes.contains(producer) {
          return RegionReason.unfinished(graph.label(producer))
        }
      }
    }
    return WideRead.all(graph, of: first, in: second, joint: joint).first?.words(graph)
  }
}
