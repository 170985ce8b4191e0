import ExecutionPlan
import GraphLowering
import RandomGraphs
import TensorCore
import Testing
import TileIR

/// One block of prepared weights for several plans of a graph: each computes what it would with a block
/// of its own.
@Suite("Shared preparation")
struct SharedPreparationTests {
  private static func plans(_ drawn: RandomGraph) throws -> [EntryPlan] {
    var wide = LoweringOptions()
    wide.panelLevel = .x86v4
    return [
      try EntryPlan(drawn.graph, .x86v3, Variant.fused.options),
      try EntryPlan(drawn.graph, .x86v3, Variant.unfused.options),
      try EntryPlan(drawn.graph, .x86v3, wide),
      try EntryPlan(drawn.graph, .x86v3, Variant.fused.options),
    ]
  }

  @Test("gives the results that each plan has by itself, and obeys the laws of plans")
  func keepsResults() throws {
    var (compared, shared) = (0, 0)
    for drawn in GeneratorTests.graphs where !drawn.graph.parameters.isEmpty {
      let plans = try Self.plans(drawn)
      guard plans.allSatisfy({ PlanInterpreter.work($0) < 3000 }) else { continue }
      let preparation = SharedPreparation(plans, named: "prepare")
      if !preparation.prepare.outputs.isEmpty { try PlanVerifier.verify(preparation.prepare) }
      for (plan, run) in zip(plans, preparation.runs) {
        try PlanVerifier.verify(run)
        var merged = plan
        merged.run = run
        merged.prepare = preparation.prepare
        merged.kernels = plans.flatMap(\.kernels)
        let arguments = drawn.values(.argument)
        let parameters = drawn.values(.parameter)
        let alone = try PlanInterpreter.run(plan, drawn.graph, arguments, parameters: parameters)
        let together = try PlanInterpreter.run(
          merged, drawn.graph, arguments, parameters: parameters)
        #expect(alone.map(\.bytes) == together.map(\.bytes), "seed \(drawn.seed)")
      }
      // Equal plans prepare nothing twice.
      let twice = SharedPreparation([plans[0], plans[0]], named: "prepare").prepare
      let once = SharedPreparation([plans[0]], named: "prepare").prepare
      #expect(twice == once, "seed \(drawn.seed)")
      let separate = plans.reduce(0) { $0 + ($1.prepare.outputs.first?.byteCount ?? 0) }
      shared += (preparation.prepare.outputs.first?.byteCount ?? 0) * 2 < separate ? 1 : 0
      compared += 1
    }
    #expect(compared > 30 && shared > 20, "\(compared) graphs, \(shared) share")
  }
}
