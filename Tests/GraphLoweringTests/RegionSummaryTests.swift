import GraphLowering
import ModelZoo
import Testing
import TileIR

@Suite("Region summaries")
struct RegionSummaryTests {
  @Test("every step of the zoo's plans belongs to one region, and work adds up")
  func partition() throws {
    for graph in try Zoo.model("simone:tiny").program().graphs {
      let entry = try EntryPlan(graph, .x86v4)
      for (plan, isPrepared) in [(entry.prepare, true), (entry.run, false)] {
        let regions = entry.regions.filter { $0.isPrepared == isPrepared }
        #expect(regions.flatMap(\.steps).sorted() == Array(plan.steps.indices))
        #expect(regions.reduce(0) { $0 + $1.flops } == plan.flops)
        for region in regions {
          #expect(!region.nodes.isEmpty && !region.name.isEmpty)
          #expect(region.bytesMoved > 0)
          #expect(region.unfusedBytesMoved >= region.bytesMoved)
          #expect(region.predictedSeconds > 0)
        }
      }
    }
  }

  @Test("predictions are the slower of arithmetic and memory")
  func prediction() {
    let machine = ReferenceMachine(.x86v4)
    #expect(machine.peak == 160e9)
    #expect(ReferenceMachine(.x86v3).peak == 80e9)
    #expect(ReferenceMachine(.aarch64).peak == 40e9)
    #expect(machine.bandwidth == 10e9)
    #expect(machine.seconds(flops: 320_000_000_000, bytes: 10) == 2)
    #expect(machine.seconds(flops: 16, bytes: 30_000_000_000) == 3)
    #expect(machine.seconds(flops: 0, bytes: 0) == 0)
  }
}
