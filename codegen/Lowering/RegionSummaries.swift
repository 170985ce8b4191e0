import ExecutionPlan
import TileIR

extension EntryPlan {
  /// One region for each step of both plans, preparation first: what a plan without fusion is.
  func regionPerStep(_ target: TargetLevel) -> [RegionSummary] {
    summaries(of: prepare, isPrepared: true, target)
      + summaries(of: run, isPrepared: false, target)
  }

  private func summaries(
    of plan: Plan, isPrepared: Bool, _ target: TargetLevel
  ) -> [RegionSummary] {
    let scratch = Dictionary(
      uniqueKeysWithValues: kernels.map { ($0.name, $0.program.scratchByteCount) })
    return plan.steps.enumerated().map { index, step in
      var region = RegionSummary(step.name)
      region.nodes = [step.name]
      region.isPrepared = isPrepared
      region.steps = [index]
      region.flops = step.flops
      region.bytesMoved = step.bytesMoved
      region.unfusedBytesMoved = step.bytesMoved
      // A library's product has no kernel, and keeps its scratch to itself.
      region.scratchByteCount = scratch[step.kernel] ?? 0
      let written = Set(
        step.bindings.filter { $0.space == .arena && $0.access.writes }.map(\.index))
      region.arenaByteCount = written.reduce(0) { $0 + plan.buffers[$1].byteCount }
      region.predictedSeconds = ReferenceMachine(target)
        .seconds(flops: step.flops, bytes: step.bytesMoved)
      return region
    }
  }
}
