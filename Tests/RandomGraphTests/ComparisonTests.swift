import Goldens
import GraphLowering
import GraphRegions
import RandomGraphs
import Testing

/// Interpreter, tile interpreter and machine code, fused, partly fused and unfused, compared.
@Suite("Ways of computing a graph")
struct ComparisonTests {
  static let graphCount: UInt64 = 1008

  @Test("agree on a thousand random graphs")
  func agreeOnRandomGraphs() async throws {
    let groups = stride(from: 0, to: Self.graphCount, by: Int(Comparison.groupSize))
    let outcome = await withTaskGroup(of: Comparison.Outcome.self) { tasks in
      for first in groups {
        tasks.addTask {
          let graphs = (first..<first + Comparison.groupSize).map { seed in
            var generator = GraphGenerator(seed: seed)
            return generator.graph()
          }
          return Comparison.drawn(seed: first).outcome(of: graphs)
        }
      }
      return await tasks.reduce(into: Comparison.Outcome()) { $0 += $1 }
    }
    let findings = outcome.findings.sorted { $0.drawn.seed < $1.drawn.seed }
    for (index, finding) in findings.enumerated() {
      // A small graph is found in seconds; the first few are enough to work on.
      Issue.record("\(index < 3 ? finding.shrunk(tryLimit: 200) : finding)")
    }
    #expect(outcome.undecidedCount <= Int(Self.graphCount) / 50)
    #expect(outcome.interpretedCount >= Int(Self.graphCount) / 2)
  }

  @Test(
    "agree on the graphs that once were computed wrong, or easily are",
    arguments: Golden.all(in: ".", extension: "graph"))
  func agreeOnSavedGraphs(_ file: Golden) throws {
    let saved = try SavedGraph(file.content)
    let outcome = saved.comparison.outcome(of: [saved.drawn])
    for finding in outcome.findings { Issue.record("\(finding)") }
    #expect(outcome.undecidedCount == 0)
  }

  @Test("a saved finding comes back with its seed, level, passes and bounds")
  func findingsAreReadBack() throws {
    var generator = GraphGenerator(seed: 7)
    let drawn = generator.graph()
    var variant = Variant(without: [.growRegions, .shareScratch])
    variant.limits.rows = 2...16
    variant.limits.longestSum = 50
    variant.memoryLimit = 0
    let finding = Finding(.wrongResult, variant, .x86v3, "two\nlines", drawn)
    let saved = try SavedGraph("\(finding)")
    #expect(saved.drawn.seed == 7 && saved.variants == [variant] && saved.level == .x86v3)
    #expect("\(saved.drawn.graph)" == "\(drawn.graph)")
    #expect(saved.comparison.variants == [variant, .fused, .unfused])
    let unfused = Finding(.crash, .unfused, .x86v4, "signal", drawn)
    #expect(try SavedGraph("\(unfused)").variants == [.unfused])
  }

  @Test("what a seed draws comes back from its text")
  func comparisonsAreReadBack() throws {
    var seen: Set<Variant> = []
    for seed in stride(from: 0, to: 200 * Comparison.groupSize, by: Int(Comparison.groupSize)) {
      let comparison = Comparison.drawn(seed: seed)
      #expect(comparison.variants == Comparison.drawn(seed: seed + 3).variants)
      #expect(comparison.variants.contains(.fused) && comparison.variants.contains(.unfused))
      seen.formUnion(comparison.variants)
      var generator = GraphGenerator(seed: seed)
      let saved = try SavedGraph(comparison.text(of: generator.graph()))
      #expect(saved.drawn.seed == seed && saved.level == comparison.level)
      #expect(saved.comparison.variants == comparison.variants)
    }
    #expect(seen.count { $0.limits != RegionLimits() } > 150)
    #expect(seen.count { $0.memoryLimit == 0 } > 10)
  }

  /// What small bounds are for: beside several of each, a few super-tiles, which are rare.
  @Test("plans within small bounds have lanes, slices, many tiles and super-tiles")
  func boundsBind() throws {
    var counts = (lanes: 0, slices: 0, tiles: 0, superTiles: 0)
    for seed in UInt64(0)..<2500 {
      let comparison = Comparison.drawn(seed: seed)
      let variant = comparison.variants[2]
      var generator = GraphGenerator(seed: seed)
      let drawn = generator.graph()
      guard seed < 500 || drawn.patterns.contains(.weightGradient) else { continue }
      let plan = try EntryPlan(drawn.graph, comparison.level, variant.options)
      let regions = plan.partition.regions
      if regions.contains(where: { $0.laneCount > 1 }) { counts.lanes += 1 }
      if regions.contains(where: { $0.tiling.taskCount > 32 }) { counts.tiles += 1 }
      if regions.contains(where: { $0.superTile != nil }) { counts.superTiles += 1 }
      var whole = variant
      whole.memoryLimit = Variant().memoryLimit
      if variant.memoryLimit != whole.memoryLimit {
        let other = try EntryPlan(drawn.graph, comparison.level, whole.options)
        if other.run.steps.count < plan.run.steps.count { counts.slices += 1 }
      }
    }
    #expect(counts.lanes > 20 && counts.slices > 20 && counts.tiles > 50, "\(counts)")
    #expect(counts.superTiles > 1, "\(counts)")
  }

  @Test("a line that states bounds which do not exist is no way of computing")
  func refusesUnknownBounds() {
    #expect(Variant(endOf: "crash: machine code, fused within tile 3") != nil)
    for line in ["fused", "machine code, half", "machine code, fused within tiles 3"] {
      #expect(Variant(endOf: line) == nil, "\(line)")
    }
  }
}
