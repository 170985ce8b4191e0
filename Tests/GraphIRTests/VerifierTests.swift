import GraphIR
import TensorCore
import Testing

/// Each law is shown to catch a graph that breaks it and no other.
@Suite("the verifier")
struct VerifierTests {
  private let type = TensorType.f32([2])

  /// `x` and its double, returned as `y`.
  private func sound() -> Graph {
    var graph = Graph("g")
    let x = graph.appendInput("x", .argument, type)
    let y = graph.appendNode(Sum(), [x, x], types: [type])
    graph.appendResult("y", y[0])
    return graph
  }

  private func expectInvalid(
    _ graph: Graph, _ message: String, at place: SourceLocation = #_sourceLocation
  ) {
    let fact = refusal(at: place) { try Verifier.check(graph) }
    #expect(fact?.code == "graph.invalid", sourceLocation: place)
    #expect(
      fact?.message.contains(message) == true, "\(String(describing: fact))", sourceLocation: place)
    #expect(fact?.place == graph.name, sourceLocation: place)
  }

  /// The sound graph with its parts changed.
  private func changed(
    inputs: ((inout [Graph.Input]) -> Void)? = nil, nodes: ((inout [Graph.Node]) -> Void)? = nil,
    values: ((inout [Graph.Value]) -> Void)? = nil
  ) -> Graph {
    let graph = sound()
    var (newInputs, newNodes, newValues) = (graph.inputs, graph.nodes, graph.values)
    inputs?(&newInputs)
    nodes?(&newNodes)
    values?(&newValues)
    return Graph(
      graph.name, inputs: newInputs, nodes: newNodes, values: newValues, results: graph.results)
  }

  @Test("a sound graph passes")
  func acceptsSound() throws {
    try Verifier.check(sound())
    try Verifier.check(changed())
  }

  @Test("law 1: operands are defined before their readers", arguments: [1, 2, 99, -1])
  func catchesEarlyReads(_ operand: Int) {
    var graph = Graph("g")
    let x = graph.appendInput("x", .argument, type)
    _ = graph.appendNode(Sum(), [x, ValueID(operand)], types: [type])
    _ = graph.appendNode(Sum(), [x, x], types: [type])
    expectInvalid(graph, "node 0 (add) reads value \(operand) before it is defined")
  }

  @Test("law 2: ids and definitions agree with the arena")
  func catchesForeignIDs() {
    let input = "input x does not agree with the arena"
    expectInvalid(changed(inputs: { $0[0].value = ValueID(7) }), input)
    expectInvalid(changed(inputs: { $0[0].value = ValueID(1) }), input)
    expectInvalid(changed(values: { $0[0].definition = .input(1) }), input)
    let result = "result 0 of node 0 (add) does not agree with the arena"
    expectInvalid(changed(nodes: { $0[0].results = [ValueID(9)] }), result)
    expectInvalid(changed(nodes: { $0[0].results = [ValueID(-1)] }), result)
    expectInvalid(changed(nodes: { $0[0].results = [ValueID(0)] }), result)
    expectInvalid(changed(values: { $0[1].definition = .node(NodeID(0), result: 1) }), result)
    expectInvalid(changed(values: { $0[1].definition = .node(NodeID(1), result: 0) }), result)
    let orphan = changed(values: { $0.append($0[0]) })
    expectInvalid(orphan, "a value of the arena has no definition")
  }

  @Test("law 2: results exist", arguments: [2, -1])
  func catchesForeignResults(_ value: Int) {
    var graph = sound()
    graph.appendResult("z", ValueID(value))
    expectInvalid(graph, "result z names value \(value), which does not exist")
  }

  @Test("law 3: types are what the operations infer")
  func catchesWrongTypes() {
    var graph = Graph("g")
    let x = graph.appendInput("x", .argument, type)
    _ = graph.appendNode(Sum(), [x, x], types: [.f32([3])])
    expectInvalid(graph, "node 0 (add) is recorded as f32[3], its operation gives f32[2]")
    expectInvalid(changed(values: { $0[1].type = .f16([2]) }), "is recorded as f16[2]")

    var refused = Graph("g")
    let (a, b) = (
      refused.appendInput("a", .argument, type), refused.appendInput("b", .argument, .i32([2]))
    )
    _ = refused.appendNode(Sum(), [a, b], types: [type])
    expectInvalid(refused, "node 0 (add) refuses its operands")

    var count = Graph("g")
    let vector = count.appendInput("x", .argument, type)
    _ = count.appendNode(Halves(), [vector], types: [.f32([1])])
    expectInvalid(count, "node 0 (halves) has 1 results, its operation gives 2")
  }

  @Test("law 4: names of inputs and results are unique")
  func catchesRepeatedNames() throws {
    for role in [Graph.Input.Role.argument, .parameter] {
      var graph = Graph("g")
      _ = graph.appendInput("x", role, type)
      _ = graph.appendInput("x", role, type)
      expectInvalid(graph, "two inputs have one name")
    }
    var apart = sound()
    _ = apart.appendInput("x", .parameter, type)
    try Verifier.check(apart)
    _ = apart.appendInput("x", .state, type)
    expectInvalid(apart, "two inputs have one name")
    var results = sound()
    results.appendResult("y", ValueID(0))
    expectInvalid(results, "two results have one name")
  }

  @Test("law 5: parameters stand in the program's table with their types")
  func catchesForeignParameters() throws {
    var graph = sound()
    _ = graph.appendInput("w", .parameter, type)
    func program(_ types: [TensorType], _ graphs: [Graph]) -> Program {
      let parameters = types.map { Parameter(path: "w", type: $0, initialiser: .zeros) }
      return Program("p", parameters: parameters, graphs: graphs)
    }
    try Verifier.check(program([type], [graph]))
    let table: [(Program, String)] = [
      (program([], [graph]), "parameter w is not in the program's table"),
      (
        program([.f16([2])], [graph]),
        "parameter w is f16[2] in the table and f32[2] in the graph"
      ),
      (program([type, type], [graph]), "a path stands twice in the tables"),
      (program([type], [graph, graph]), "two entry points have one name"),
    ]
    for (program, message) in table {
      let fact = refusal { try Verifier.check(program) }
      #expect(fact?.code == "graph.invalid" && fact?.message == message)
    }
  }

  @Test("a program's graphs are checked too")
  func checksGraphsOfPrograms() {
    var graph = sound()
    graph.appendResult("z", ValueID(5))
    let program = Program("p", parameters: [], graphs: [graph])
    #expect(refusal { try Verifier.check(program) }?.place == "g")
  }
}
