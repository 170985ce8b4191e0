// Whether two regions become one, and if not, why.

extension RegionGrowth {
  func joined(_ from: Int, _ to: Int, at node: Int) -> Result<Region, Refusal> {
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
      return .success(region)
    }
    return refuse(reason)
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
    for member in region.lanes
    where accumulatorBytes(member) > limits.accumulatorByteCount
      || accumulatorBytes(member) * limits.laneCount > graph.readByteCount(member) / 2
    {
      return "accumulators would be as large as what is accumulated"
    }
    return nil
  }

  private func accumulatorBytes(_ member: Int) -> Int {
    let element = graph.values[graph.nodes[member].results[0]].element
    return graph.resultCount(member) * element.byteCount
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
}
