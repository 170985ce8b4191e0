import GraphAutodiff
import GraphIR
import GraphOps
import RandomGraphs
import TensorCore
import Testing

/// Gradients of whole random graphs against central differences.
@Suite("Gradients of random graphs") struct RandomGradientTests {
  private enum Outcome { case checked(skipped: Int), undecided, without }

  /// Undecided: a graph that rounds, whose loss is not finite, or which is too large for differences.
  private func outcome(seed: UInt64) throws -> Outcome {
    var generator = GraphGenerator(seed: seed)
    let drawn = generator.graph()
    let graph = drawn.graph
    let stops = graph.nodes.contains { $0.operation is StopGradient }
    let rounds = graph.nodes.contains { node in
      node.operation is Cast && graph.type(node.results[0]).element.isFloating
        && graph.type(node.results[0]).element != .f64
    }
    // A formula's constants, such as 2 / n, are rounded to the type too.
    let isNarrow = graph.values.contains {
      $0.type.element.isFloating && $0.type.element.byteCount < 4
    }
    let size = graph.values.reduce(0) { $0 + $1.type.shape.count }
    guard !stops, !rounds, !isNarrow, size < 100_000 else { return .undecided }
    let builder = GraphBuilder(continuing: graph)
    let ends = graph.results.map { builder.tensor($0.value) }.filter { $0.element.isFloating }
    guard !ends.isEmpty else { return .without }
    let terms = ends.enumerated().map { number, end in
      let weighted = end * builder.constant(.noise(end.type, "weights \(number)"))
      return weighted.reshaped(to: [end.shape.count]).sum(along: 0).cast(to: .f64)
    }
    builder.result("loss", terms.dropFirst().reduce(terms[0], +))
    let losing = try builder.finish().graph
    var variables: [String] = []
    for input in losing.inputs where losing.type(input.value).element.isFloating {
      do {
        _ = try losing.differentiated("loss", withRespectTo: [input.name])
        variables.append(input.name)
      } catch { #expect(error.code == "gradient.no-path", "seed \(seed): \(error)") }
    }
    guard !variables.isEmpty else { return .without }
    let values = drawn.values(.argument).merging(drawn.values(.parameter)) { $1 }
    let differences = try CentralDifferences(losing, values, variables)
    guard try differences.losses(near: variables).allSatisfy({ abs($0) < 1e6 }) else {
      return .undecided
    }
    let (words, skipped) = try differences.difference(elements: 6)
    #expect(words == nil, "seed \(seed)\n\(losing)")
    return .checked(skipped: skipped)
  }

  @Test("gradients are slopes") func areSlopes() throws {
    var (checked, skipped) = (0, 0)
    for seed in 0..<400 as Range<UInt64> {
      if case .checked(let count) = try outcome(seed: seed) { checked += 1; skipped += count }
    }
    // Corners and ties are rare in what is drawn; most graphs have floating ends.
    #expect(checked > 250)
    #expect(skipped < checked / 2)
  }
}
