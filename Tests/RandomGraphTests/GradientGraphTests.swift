import GraphAutodiff
import GraphIR
import GraphOps
import RandomGraphs
import TensorCore
import Testing

/// Gradients of random graphs, compiled in several ways, against the interpreter: what backward passes
/// look like to the compiler, beyond the models at hand.
@Suite("Compiled gradients of random graphs") struct GradientGraphTests {
  /// The graph with the gradients of all its floating inputs; nil where nothing has one.
  static func gradient(seed: UInt64) throws -> RandomGraph? {
    var generator = GraphGenerator(seed: seed)
    let drawn = generator.graph()
    let graph = drawn.graph
    let size = graph.values.reduce(0) { $0 + $1.type.shape.count }
    let isNarrow = graph.values.contains {
      $0.type.element.isFloating && $0.type.element.byteCount < 4
    }
    guard size < 60_000, !isNarrow else { return nil }
    let builder = GraphBuilder(continuing: graph)
    let ends = graph.results.map { builder.tensor($0.value) }.filter { $0.element == .f32 }
    guard !ends.isEmpty else { return nil }
    let terms = ends.map { $0.tanh().reshaped(to: [$0.shape.count]).sum(along: 0) }
    builder.result("loss", terms.dropFirst().reduce(terms[0], +))
    let losing = try builder.finish().graph
    let variables = try losing.inputs.filter { input in
      guard losing.type(input.value).element.isFloating else { return false }
      do {
        _ = try losing.differentiated("loss", withRespectTo: [input.name])
        return true
      } catch let mistake as Diagnostic where mistake.code == "gradient.no-path" {
        return false
      }
    }
    guard !variables.isEmpty else { return nil }
    let gradient = try losing.differentiated(
      "loss", withRespectTo: variables.map(\.name), keepingResults: false)
    return RandomGraph(seed: seed, gradient)
  }

  @Test("agree with the interpreter") func agree() throws {
    var outcome = Comparison.Outcome()
    var count = 0
    for seed in 5000..<5080 as Range<UInt64> {
      guard let graph = try Self.gradient(seed: seed) else { continue }
      count += 1
      var comparison = Comparison.drawn(seed: seed)
      comparison.interpretedWork = 2000
      let own = comparison.outcome(of: [graph])
      for finding in own.findings { Issue.record("\(finding)") }
      outcome += own
    }
    #expect(count > 50)
    #expect(outcome.undecidedCount < count / 2, "\(outcome.undecidedCount) of \(count)")
  }
}
