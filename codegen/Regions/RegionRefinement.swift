// Maps that grew into the region that they read, and are better in the one that reads them.

extension RegionGrowth {
  /// Moves maps to their only reader's region where that reads what they read anyway: then their results
  /// need not be stored.
  ///
  /// The mask of a ReLU's gradient is such a map: it reads a result that the gradient of a weight reads
  /// too. Growth meets it long before the region that reads it is there.
  mutating func refine() {
    // Readers come later, so a chain moves from its end.
    for node in graph.nodes.indices.reversed() { move(node) }
  }

  private mutating func move(_ node: Int) {
    guard case .map = graph.nodes[node].kind, !results.contains(node) else { return }
    let home = regionOf[node]
    let others = Set(readers[node].map { regionOf[$0] })
    guard others.count == 1, let target = others.first, target != home,
      let from = regions[home], let to = regions[target], from.isPrepared == to.isPrepared,
      mayShare(to.members, [node]),
      to.members.allSatisfy({ canShare($0) }), savesBytes(node, from, to)
    else { return }
    let rest = from.members.filter { $0 != node }
    guard let joined = try? make((to.members + [node]).sorted(), to.lanes),
      joined.solution.positions >= to.solution.positions, let own = try? make([node], []),
      problem(joined, own, to) == nil,
      joined.tiling.scratchByteCount
        <= max(to.tiling.scratchByteCount, limits.scratchByteCount)
    else { return }
    if !rest.isEmpty {
      guard let left = try? make(rest, from.lanes),
        left.solution.positions >= from.solution.positions
      else { return }
      regions[home] = left
      regions[home]!.isPrepared = from.isPrepared
      // A region is called by its first member.
      if home == node {
        let name = rest[0]
        regions[name] = regions[home]
        for member in rest { regionOf[member] = name }
        regions[home] = nil
      }
    } else {
      regions[home] = nil
    }
    let name = min(target, node)
    regions[target] = nil
    regions[name] = joined
    regions[name]!.isPrepared = to.isPrepared
    for member in joined.members { regionOf[member] = name }
    for read in graph.nodes[node].reads {
      guard let producer = graph.producer(read.value), regionOf[producer] != name else { continue }
      note(from: producer, to: node, RegionReason.storedAnyway)
    }
  }

  private func canShare(_ member: Int) -> Bool {
    switch graph.nodes[member].kind {
    case .gather, .reinterpret: false
    default: true
    }
  }

  /// Part of a map's bytes that its reader may read in addition.
  private static let addedShare = 0.25

  /// Whether the reader's region has what a map reads, but for a small part, and that is stored anyway.
  private func savesBytes(_ node: Int, _ from: Region, _ to: Region) -> Bool {
    let value = graph.values[graph.nodes[node].results[0]]
    var added = 0
    for read in graph.nodes[node].reads {
      let source = graph.values[read.value]
      if let producer = graph.producer(read.value) {
        let isInside = to.members.contains(producer)
        let isStored =
          !from.members.contains(producer)
          || results.contains(producer) || from.lanes.contains(producer)
          || readers[producer].contains { $0 != node && regionOf[$0] != regionOf[producer] }
        guard isInside || isStored else { return false }
        if isInside { continue }
      }
      let isReadThere = to.members.contains { member in
        graph.nodes[member].reads.contains { $0.value == read.value }
      }
      if !isReadThere { added += source.count * source.element.byteCount }
    }
    return Double(added) <= Self.addedShare * Double(value.count * value.element.byteCount)
  }
}
