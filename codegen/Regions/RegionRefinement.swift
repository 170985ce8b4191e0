// Maps that grew into the region that they read, and are better in the one that reads them.

extension RegionGrowth {
  /// Moves maps to their only reader's region where fewer bytes then cross between regions: what they
  /// read is stored anyway, for other readers, or comes from outside.
  ///
  /// The mask of a ReLU's gradient is such a map: it reads a result that a weight's gradient needs too.
  /// Growth meets it long before the region that reads it is there.
  mutating func refine() {
    // Readers come later, so a chain moves from its end.
    for node in graph.nodes.indices.reversed() { move(node) }
  }

  private mutating func move(_ node: Int) {
    guard case .map = graph.nodes[node].kind, !results.contains(node) else { return }
    let own = regionOf[node]
    let others = Set(readers[node].map { regionOf[$0] })
    guard others.count == 1, let target = others.first, target != own,
      let from = regions[own], let to = regions[target], from.isPrepared == to.isPrepared,
      mayShare(to.members, [node]),
      to.members.allSatisfy({ canShare($0) }), savesBytes(node, from, to)
    else { return }
    let rest = from.members.filter { $0 != node }
    guard let joined = try? make((to.members + [node]).sorted(), to.lanes),
      joined.solution.positions >= to.solution.positions,
      joined.tiling.scratchByteCount
        <= max(to.tiling.scratchByteCount, limits.scratchByteCount)
    else { return }
    if !rest.isEmpty {
      guard let left = try? make(rest, from.lanes),
        left.solution.positions >= from.solution.positions
      else { return }
      regions[own] = left
      regions[own]!.isPrepared = from.isPrepared
      // A region is called by its first member.
      if own == node {
        let name = rest[0]
        regions[name] = regions[own]
        for member in rest { regionOf[member] = name }
        regions[own] = nil
      }
    } else {
      regions[own] = nil
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

  /// Whether storing and reading a map's result moves more bytes than reading its operands there.
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
    return 2 * value.count * value.element.byteCount > added
  }
}
