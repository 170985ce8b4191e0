import GraphIR
import TensorCore
import Testing

/// Parameters and states that a graph replaces.
@Suite("updates")
struct UpdateTests {
  /// Adds `x` to a state and to a parameter, and returns the state as it was.
  private func counter() -> GraphBuilder {
    let builder = GraphBuilder("count")
    let x = builder.argument("x", .f32([2]))
    let total = builder.scoped("sums") { builder.state("total", .f32, [2], .zeros) }
    let weight = builder.parameter("weight", .f32, [2], .ones)
    builder.update(total, with: total + x)
    builder.update(weight, with: weight + x)
    builder.result("before", total)
    return builder
  }

  @Test("are values of the graph; what is read is what was there before")
  func replaces() throws {
    let traced = try counter().finish()
    #expect(traced.parameters.map(\.path) == ["weight"])
    #expect(traced.states.map(\.path) == ["sums.total"])
    #expect(traced.graph.states.map(\.name) == ["sums.total"])
    try Verifier.check(traced.graph)
    try Verifier.check(try Program("p", [traced]))
    var stored = ["sums.total": HostTensor.f32([2], [0, 5]), "weight": .f32([2], [1, 1])]
    for before in [[0.0, 5], [1, 7], [2, 9]] {
      let results = try Interpreter().run(
        traced.graph, ["x": .f32([2], [1, 2])], replacing: &stored)
      #expect(results[0].reals == before)
    }
    #expect(stored["sums.total"]?.reals == [3, 11])
    #expect(stored["weight"]?.reals == [4, 7])
    // Without a place to put them, they change nothing.
    let same = stored
    _ = try Interpreter().run(traced.graph, ["x": .f32([2], [1, 2])], parameters: stored)
    #expect(stored == same)
  }

  @Test("a path is a parameter's or a state's, in one graph and in a program")
  func onePath() throws {
    let builder = GraphBuilder("both")
    let w = builder.parameter("w", .f32, [2], .ones)
    builder.result("y", w + builder.state("w", .f32, [2], .zeros))
    let inGraph = #expect(throws: Diagnostic.self) { try builder.finish() }
    #expect(inGraph?.code == "graph.path-taken")
    #expect(inGraph?.message == "w is a parameter already and cannot be a state too")
    func traced(_ name: String, _ input: (GraphBuilder) -> Tensor) throws -> TracedGraph {
      let builder = GraphBuilder(name)
      builder.result("y", input(builder))
      return try builder.finish()
    }
    let entries = [
      try traced("a") { $0.parameter("w", .f32, [2], .ones) },
      try traced("b") { $0.state("w", .f32, [2], .ones) },
    ]
    for entries in [entries, entries.reversed()] {
      let mistake = #expect(throws: Diagnostic.self) { try Program("p", entries) }
      #expect(mistake?.code == "graph.path-taken")
    }
  }

  @Test("come back from text")
  func roundTrips() throws {
    let traced = try counter().finish()
    let text = "\(traced.graph)"
    #expect(
      text == """
        graph @count(%x: f32[2]) -> (before: f32[2]) {
          %0 = state "sums.total" : f32[2]
          %1 = parameter "weight" : f32[2]
          %2 = add %0, %x : f32[2]
          %3 = add %1, %x : f32[2]
          replace %0 with %2
          replace %1 with %3
          return %0
        }

        """)
    #expect("\(try Parser.graph(text, tinyTable))" == text)
    let program = "\(try Program("p", [traced]))"
    #expect(program.contains("  state \"sums.total\" : f32[2] = constant(0)\n"))
    #expect("\(try Parser.program(program, tinyTable))" == program)
  }

  @Test("keep what they need when a graph is pruned, and go along when it is spliced")
  func survive() throws {
    let graph = try counter().finish().graph
    #expect("\(graph.pruned())" == "\(graph)")
    let builder = GraphBuilder("outer")
    let results = builder.splice(graph, [builder.argument("y", .f32([2]))])
    builder.result("before", results[0])
    let outer = try builder.finish().graph
    #expect(outer.updates.count == 2)
    try Verifier.check(outer)
  }

  @Test("of anything but a parameter or state, twice, or of another type are refused")
  func refuses() {
    func code(_ wrong: (GraphBuilder, Tensor, Tensor) -> Void) -> Diagnostic.Code? {
      let builder = GraphBuilder("g")
      let x = builder.argument("x", .f32([2]))
      let state = builder.state("s", .f32, [2], .zeros)
      wrong(builder, x, state)
      return refusal { _ = try builder.finish() }?.code
    }
    #expect(code { $0.update($1, with: $2) } == "graph.update-input")
    #expect(code { $0.update($1 + $2, with: $2) } == "graph.update-input")
    #expect(
      code {
        $0.update($2, with: $1); $0.update($2, with: $1)
      } == "graph.update-repeated")
    #expect(
      code { $0.update($2, with: $0.argument("z", .f32([3]))) } == "graph.update-type")
  }

  @Test(
    "in text obey the same laws",
    arguments: [
      ("replace %x with %0", "only a parameter or state can be replaced"),
      ("replace %0 with %1\n replace %0 with %x", "it is replaced twice"),
      ("replace %0 with %2", "f32[2] is replaced by f32[3]"),
      ("replace %0 with %9", "%9 is not defined before it is read"),
    ])
  func textIsChecked(_ line: String, _ message: String) {
    let text = """
      graph @g(%x: f32[2]) -> f32[2] {
        %0 = state "s" : f32[2]
        %1 = add %0, %x : f32[2]
        %2 = state "t" : f32[3]
        \(line)
        return %1
      }
      """
    #expect(refusal { _ = try Parser.graph(text, tinyTable) }?.message == message)
  }

  @Test("the verifier sees updates that break its laws")
  func verifies() throws {
    let graph = try counter().finish().graph
    func changed(_ updates: [Graph.Update]) -> Graph {
      Graph(
        graph.name, inputs: graph.inputs, nodes: graph.nodes, values: graph.values,
        results: graph.results, updates: updates)
    }
    let own = graph.updates[0]
    let argument = graph.arguments[0].value
    for (updates, message) in [
      ([own, own], "state sums.total is replaced twice"),
      ([Graph.Update(input: argument, value: own.value)], "an update is of no parameter or state"),
      ([Graph.Update(input: own.input, value: ValueID(99))], "or by no value"),
    ] {
      let found = refusal { try Verifier.check(changed(updates)) }
      #expect(found?.message.contains(message) == true, "\(String(describing: found))")
    }
    var typed = Graph("g")
    let state = typed.appendInput("s", .state, .f32([2]))
    let other = typed.appendInput("x", .argument, .f32([3]))
    typed.appendUpdate(state, other)
    let found = refusal { try Verifier.check(typed) }
    #expect(found?.message.contains("is f32[2] and is replaced by f32[3]") == true)
  }
}
