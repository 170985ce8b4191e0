import GraphRegions

extension FusedLowering {
  /// What people read about a region.
  func summarize(_ region: Region, _ number: Int, steps: Range<Int>) {
    var summary = RegionSummary(name(region))
    for member in region.members {
      let label = graph.label(member)
      if summary.nodes.last != label, !summary.nodes.contains(label) { summary.nodes.append(label) }
    }
    summary.axes = zip(region.solution.lengths, region.tiling.tiles).map {
      RegionSummary.Axis(length: $0, tile: $1)
    }
    summary.isPrepared = region.isPrepared
    summary.steps = Array(steps)
    summary.flops = entry.steps[steps].reduce(0) { $0 + $1.flops }
    summary.scratchByteCount = entry.steps[steps].map(\.program.scratchByteCount).max() ?? 0
    summary.boundaries = partition.boundaries.filter { region.members.contains($0.to) }.map {
      RegionSummary.Boundary(
        from: graph.label($0.from), to: graph.label($0.to), reason: $0.reason)
    }
    summaries.append(summary)
  }
}
