import GraphIR
import TensorCore
import Testing

@Suite("the builder")
struct GraphBuilderTests {
  @Test("scopes make the paths of parameters and nodes")
  func scopesParameters() throws {
    let builder = GraphBuilder("g")
    let x = builder.argument("x", .f32([2]))
    let y = builder.scoped("encoder") {
      builder.scoped("conv") { x + x.parameter("bias", [2], .zeros) }
    }
    builder.result("y", y + x.parameter("outer", [2], .ones))
    #expect(builder.scope == "")
    let traced = try builder.finish()
    let (graph, parameters) = (traced.graph, traced.parameters)
    #expect(parameters.map(\.path) == ["encoder.conv.bias", "outer"])
    #expect(graph.parameters.map(\.name) == ["encoder.conv.bias", "outer"])
    #expect(graph.arguments.map(\.name) == ["x"])
    #expect(graph.nodes.map(\.scope) == ["encoder.conv", ""])
    try Verifier.check(graph)
  }

  @Test("a parameter asked for again is the same value")
  func sharesParameters() throws {
    let builder = GraphBuilder("g")
    let x = builder.argument("x", .f32([2]))
    let first = x.parameter("w", [2], .zeros)
    let second = x.parameter("w", [2], .zeros)
    builder.result("y", first + second)
    let traced = try builder.finish()
    let (graph, parameters) = (traced.graph, traced.parameters)
    #expect(graph.nodes[0].operands[0] == graph.nodes[0].operands[1])
    #expect(parameters.count == 1 && graph.inputs.count == 2)
  }

  @Test("another type or initialiser for a path is refused")
  func refusesRedeclaration() {
    for (dimensions, initialiser, code) in [
      ([3], Initialiser.zeros, "graph.parameter-redeclared" as Diagnostic.Code),
      ([2], .ones, "program.parameter-differs"),
    ] {
      let builder = GraphBuilder("g")
      _ = builder.parameter("w", .f32, [2], .zeros)
      _ = builder.parameter("w", .f32, dimensions, initialiser)
      #expect(refusal { _ = try builder.finish() }?.code == code)
    }
  }

  @Test("the first mistake wins and says where and in what")
  func keepsFirstMistake() {
    let builder = GraphBuilder("g")
    let x = builder.argument("x", .f32([2]))
    let n = builder.argument("n", .i32([2]))
    let bad = builder.scoped("layer") { x + n }
    builder.result("y", bad)
    _ = builder.argument("x", .f32([]))
    let fact = refusal { _ = try builder.finish() }
    #expect(fact?.code == "type.mismatch")
    #expect(fact?.place == "layer")
    #expect(fact?.notes.last == "in add of f32[2] and i32[2]")
  }

  @Test("after a mistake nothing is appended and nothing traps")
  func ignoresFailedTensors() {
    let builder = GraphBuilder("g")
    let x = builder.argument("x", .f32([2]))
    let bad = builder.fail(Diagnostic("test.first", "first"))
    #expect(builder.apply(Halves(), [bad]).count == 1)
    let sum = (bad + bad) + x
    #expect(sum.type == .f32([]))
    #expect(sum.dimension(5) == 1)
    builder.result("y", sum)
    builder.result("y", sum)
    let fact = refusal { _ = try builder.finish() }
    #expect(fact?.code == "test.first" && fact?.place == "g")
  }

  @Test("repeated names of arguments and results are refused")
  func refusesRepeatedNames() {
    let inputs = GraphBuilder("g")
    _ = inputs.argument("x", .f32([]))
    _ = inputs.argument("x", .f32([]))
    #expect(refusal { _ = try inputs.finish() }?.code == "graph.input-repeated")
    let results = GraphBuilder("g")
    let x = results.argument("x", .f32([]))
    results.result("y", x)
    results.result("y", x)
    #expect(refusal { _ = try results.finish() }?.code == "graph.result-repeated")
  }

  @Test("a shared argument is declared by whoever asks first")
  func sharesArguments() throws {
    let builder = GraphBuilder("g")
    let sum = builder.sharedArgument("x", .f32([2])) + builder.sharedArgument("x", .f32([2]))
    builder.result("y", sum)
    let graph = try builder.finish().graph
    #expect(graph.inputs.count == 1 && graph.nodes[0].operands == [0, 0].map(ValueID.init))
    _ = builder.sharedArgument("x", .f32([3]))
    #expect(refusal { _ = try builder.finish() }?.code == "graph.input-repeated")
  }

  @Test("an argument and a parameter may have one name")
  func keepsRolesApart() throws {
    let builder = GraphBuilder("g")
    builder.result("y", builder.argument("x", .f32([])) + builder.parameter("x", .f32, [], .ones))
    try Verifier.check(builder.finish().graph)
  }

  @Test("shapes from options are checked")
  func checksShapes() {
    let argument = GraphBuilder("g")
    _ = argument.argument("x", .f32, [2, -1])
    #expect(refusal { _ = try argument.finish() }?.code == "shape.negative")
    let parameter = GraphBuilder("g")
    _ = parameter.parameter("w", .f32, [1 << 40, 1 << 40], .zeros)
    #expect(refusal { _ = try parameter.finish() }?.code == "shape.too-large")
    let axis = GraphBuilder("g")
    #expect(axis.argument("x", .f32, [7]).dimension(-1) == 7)
    #expect(axis.argument("z", .f32, [7]).dimension(1) == 1)
    #expect(refusal { _ = try axis.finish() }?.code == "axis.out-of-range")
  }

  @Test("constants and scalars have the tensor's element type")
  func makesConstants() throws {
    let builder = GraphBuilder("g")
    let x = builder.argument("x", .f16([2]))
    builder.result("y", x + x.scalar(0.1))
    let constant = try builder.finish().graph.nodes[0].operation as? Constant
    #expect(constant?.value == HostTensor(.f16([]), repeating: 0.1))
  }
}

@Suite("splicing")
struct SpliceTests {
  private func inner(_ element: ElementType = .f32) throws -> Graph {
    let builder = GraphBuilder("inner")
    let x = builder.argument("x", TensorType(element, [4]))
    let parts = builder.apply(Halves(), [x + builder.parameter("w", element, [4], .zeros)])
    builder.result("second", parts[1])
    builder.result("first", parts[0])
    return try builder.finish().graph
  }

  @Test("arguments are replaced, parameters become inputs, results keep their order")
  func splices() throws {
    let builder = GraphBuilder("outer")
    let z = builder.argument("z", .f32([4]))
    let results = builder.splice(try inner(), [z])
    builder.result("sum", results[0] + results[1])
    // The spliced graph's parameter can be declared afterwards, and is the same value.
    builder.result("w", builder.parameter("w", .f32, [4], .ones))
    let traced = try builder.finish()
    let (graph, parameters) = (traced.graph, traced.parameters)
    try Verifier.check(graph)
    #expect(graph.inputs.map(\.name) == ["z", "w"])
    #expect(parameters.map(\.path) == ["w"])
    #expect(graph.nodes.map(\.operation.name) == ["add", "halves", "add"])
    #expect(graph.nodes[2].operands == [4, 3].map(ValueID.init))
  }

  @Test("mistakes inside and parameters of other types are refused")
  func refuses() throws {
    let builder = GraphBuilder("outer")
    let x = builder.argument("x", .i32([4]))
    #expect(builder.splice(try inner(), [x]).count == 2)
    #expect(refusal { _ = try builder.finish() }?.code == "type.mismatch")
    let other = GraphBuilder("outer")
    _ = other.parameter("w", .f64, [4], .zeros)
    #expect(other.splice(try inner(), [other.argument("x", .f32([4]))]).count == 2)
    #expect(refusal { _ = try other.finish() }?.code == "graph.parameter-redeclared")
  }
}
