import Goldens
import GraphLowering
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
    let outcome = try SavedGraph(file.content).outcome()
    for finding in outcome.findings { Issue.record("\(finding)") }
    #expect(outcome.undecidedCount == 0)
  }

  @Test("a saved finding comes back with its seed, level and passes")
  func findingsAreReadBack() throws {
    var generator = GraphGenerator(seed: 7)
    let drawn = generator.graph()
    let variant = Variant(without: [.growRegions, .shareScratch])
    let finding = Finding(.wrongResult, variant, .x86v3, "two\nlines", drawn)
    let saved = try SavedGraph("\(finding)")
    #expect(saved.drawn.seed == 7 && saved.variant == variant && saved.level == .x86v3)
    #expect("\(saved.drawn.graph)" == "\(drawn.graph)")
    let unfused = Finding(.crash, .unfused, .x86v4, "signal", drawn)
    #expect(try SavedGraph("\(unfused)").variant == .unfused)
  }
}
