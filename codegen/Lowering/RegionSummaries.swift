import ExecutionPlan
import GraphRegions
import TileIR

// Regions in the terms that people ask about.

extension EntryLowering {
  /// The regions of both plans, what is prepared first. A region that reads packed weights has its
  /// packing steps in the preparation, as a summary of their own.
  func summaries(
    of entry: EntryPlan, _ stepRegions: [[Int?]], _ target: TargetLevel
  ) -> [RegionSummary] {
    var summaries: [RegionSummary] = []
    for (plan, regions) in zip([entry.prepare, entry.run], stepRegions) {
      var isDone = [Bool](repeating: false, count: plan.steps.count)
      for step in plan.steps.indices where !isDone[step] {
        let steps =
          regions[step].map { region in plan.steps.indices.filter { regions[$0] == region } }
          ?? [step]
        for step in steps { isDone[step] = true }
        var summary = summary(regions[step], plan, steps, target, entry.kernels)
        summary.isPrepared = plan.name == entry.prepare.name
        summaries.append(summary)
      }
    }
    return summaries
  }

  private func summary(
    _ number: Int?, _ plan: Plan, _ steps: [Int], _ target: TargetLevel,
    _ kernels: [(name: String, program: TileProgram)]
  ) -> RegionSummary {
    var summary = RegionSummary(plan.steps[steps[0]].name)
    summary.steps = steps
    let own = steps.map { plan.steps[$0] }
    summary.flops = own.reduce(0) { $0 + $1.flops }
    summary.bytesMoved = own.reduce(0) { $0 + $1.bytesMoved }
    summary.unfusedBytesMoved = summary.bytesMoved
    // A library's product has no kernel, and keeps its scratch to itself.
    let scratch = Dictionary(
      uniqueKeysWithValues: kernels.map { ($0.name, $0.program.scratchByteCount) })
    summary.scratchByteCount = own.compactMap { scratch[$0.kernel] }.max() ?? 0
    let written = Set(
      own.flatMap(\.bindings).filter { $0.space == .arena && $0.access.writes }.map(\.index))
    summary.arenaByteCount = written.reduce(0) { $0 + plan.buffers[$1].byteCount }
    summary.predictedSeconds = ReferenceMachine(target)
      .seconds(flops: summary.flops, bytes: summary.bytesMoved)
    summary.nodes = [summary.name]
    guard let number else { return summary }
    let region = partition.regions[number]
    // Packing of a region's weights is preparation, not the region.
    let isPacking = own.allSatisfy { $0.name.hasPrefix("pack/") || $0.name.hasPrefix("reorder/") }
    if isPacking { return summary }
    summary.name = name(region)
    let groups = region.members.reduce(into: Set<Int>()) { groups, member in
      groups.formUnion(graph.nodes[member].absorbed.union([graph.nodes[member].group]))
    }.sorted()
    summary.operations = groups
    summary.nodes = groups.map { graph.groups[$0] }
    summary.axes = zip(region.solution.lengths, region.tiling.tiles).map {
      RegionSummary.Axis(length: $0, tile: $1)
    }
    if !region.lanes.isEmpty { summary.laneCount = region.laneCount }
    summary.boundaries = partition.boundaries.filter { region.members.contains($0.to) }.map {
      RegionSummary.Boundary(
        from: graph.label($0.from), to: graph.label($0.to), reason: $0.reason)
    }
    return summary
  }
}

extension EntryPlan {
  /// States what each region's operations would move as a region each, from the plan of the same
  /// graph without fusion. An operation that several regions share counts for the first.
  public mutating func compare(unfused: EntryPlan) {
    var bytes: [Int: Int] = [:]
    for region in unfused.regions where !region.isPrepared {
      for operation in region.operations.prefix(1) {
        bytes[operation, default: 0] += region.bytesMoved
      }
    }
    for index in regions.indices where !regions[index].operations.isEmpty {
      if regions[index].isPrepared { continue }
      var sum = 0
      for operation in regions[index].operations {
        sum += bytes.removeValue(forKey: operation) ?? 0
      }
      regions[index].unfusedBytesMoved = sum
    }
  }
}
