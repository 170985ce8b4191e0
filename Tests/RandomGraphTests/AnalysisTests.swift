import GraphIR
import GraphLowering
import GraphOps
import RandomGraphs
import TensorCore
import Testing

/// A comparison is worth what it refuses: wrong results must not pass, right ones must.
@Suite("The judge of results")
struct AnalysisTests {
  @Test("allows little: hardly any result may be off by a hundredth")
  func tolerancesAreSmall() throws {
    var count = 0
    var loose = 0
    for drawn in GeneratorTests.graphs.prefix(400) {
      let analysis = try RoundingAnalysis(drawn)
      for (exact, tolerances) in zip(analysis.exact, analysis.tolerances) {
        guard exact.element == .f32 || exact.element == .f64, exact.count > 0 else { continue }
        let largest = exact.numbers.reduce(0) { max($0, abs($1)) }
        count += 1
        loose += tolerances.contains { $0 > 0.01 * largest } && largest > 0 ? 1 : 0
      }
    }
    #expect(count > 500)
    #expect(loose <= count / 50, "\(loose) of \(count) results")
  }

  @Test("sees that an operation is missing, whenever that changes a result")
  func seesMissingOperations() throws {
    var altered = 0
    for drawn in GeneratorTests.graphs.prefix(400) {
      guard let wrong = withoutOneNode(drawn.graph) else { continue }
      let analysis = try RoundingAnalysis(drawn)
      guard analysis.undecided == nil else { continue }
      let results = try Interpreter().run(
        wrong, drawn.values(.argument), parameters: drawn.values(.parameter))
      let isNarrow = drawn.graph.values.contains { [.f16, .bf16].contains($0.type.element) }
      let differences = zip(results, analysis.exact).map { $0.relativeDifference(to: $1) }
      // Else what is left out did not change a value: relu of positive numbers, a slice of all.
      guard differences.contains(where: { $0 > (isNarrow ? 0.5 : 0.02) }) else { continue }
      altered += 1
      #expect(
        results.indices.contains { !analysis.differences(results[$0], result: $0).isEmpty },
        "seed \(drawn.seed)")
    }
    #expect(altered > 150)
  }

  @Test("sees that a step of a plan is missing")
  func seesMissingSteps() throws {
    var altered = 0
    for drawn in GeneratorTests.graphs.prefix(150) {
      var entry = try EntryPlan(drawn.graph, .x86v3, Variant.unfused.options)
      guard entry.run.steps.count > 1, PlanInterpreter.work(entry) < 4000 else { continue }
      let analysis = try RoundingAnalysis(drawn)
      // What nothing writes is all ones, which is NaN, or -1, or true, as right results may be.
      let results = drawn.graph.results.map { drawn.graph.type($0.value).element }
      guard analysis.undecided == nil,
        let last = entry.run.steps.lastIndex(where: { step in
          step.bindings.contains {
            $0.space == .output && $0.byteCount > 0 && results[$0.index] != .bool
          }
        })
      else { continue }
      entry.run.steps.remove(at: last)
      for index in entry.run.buffers.indices {
        // Lives are counted in steps.
        if entry.run.buffers[index].firstStep > last { entry.run.buffers[index].firstStep -= 1 }
      }
      let got = try PlanInterpreter.run(
        entry, drawn.graph, drawn.values(.argument), parameters: drawn.values(.parameter))
      altered += 1
      #expect(
        got.indices.contains { !analysis.differences(got[$0], result: $0).isEmpty },
        "seed \(drawn.seed)")
    }
    #expect(altered > 40)
  }

  @Test("does not decide where a jump lies within the error")
  func leavesJumpsOpen() throws {
    let text = """
      graph @jump(%x: f32[64]) -> (floor: f32[64]) {
        %0 = sine %x : f32[64]
        %1 = subtract %0, %0 : f32[64]
        %2 = add %1, %0 : f32[64]
        %3 = subtract %2, %0 : f32[64]
        %4 = floor %3 : f32[64]
        return %4
      }
      """
    let graph = try Parser.graph(text, OpCatalog.table)
    #expect(try RoundingAnalysis(RandomGraph(seed: 1, graph)).undecided != nil)
    let plain = try Parser.graph(
      "graph @floor(%x: f32[64]) -> f32[64] { %0 = floor %x : f32[64] return %0 }",
      OpCatalog.table)
    #expect(try RoundingAnalysis(RandomGraph(seed: 1, plain)).undecided == nil)
  }
}

/// The graph with the last node left out that can be: its reader gets an operand instead.
private func withoutOneNode(_ graph: Graph) -> Graph? {
  func skipped(_ id: NodeID) -> ValueID? {
    let node = graph[id]
    guard node.results.count == 1, !(node.operation is Reshape) else { return nil }
    return node.operands.first { graph.type($0) == graph.type(node.results[0]) }
  }
  let returned = Set(graph.results.map(\.value))
  let last = graph.nodeIDs.last { id in
    graph[id].results.contains { returned.contains($0) } && skipped(id) != nil
      && graph.type(graph[id].results[0]).shape.count > 0
  }
  guard let last, let operand = skipped(last) else { return nil }
  var nodes = graph.nodes
  let result = graph[last].results[0]
  for index in nodes.indices {
    nodes[index].operands = nodes[index].operands.map { $0 == result ? operand : $0 }
  }
  let results = graph.results.map { kept in
    var kept = kept
    if kept.value == result { kept.value = operand }
    return kept
  }
  return Graph(
    graph.name, inputs: graph.inputs, nodes: nodes, values: graph.values, results: results)
}
