import GraphCompiler
import GraphIR
import GraphOps
import SmaltiRuntime
import TensorCore
import Testing

/// Parameters and states that machine code replaces, against the interpreter.
@Suite("states") struct StateTests {
  /// What a program's states are after some runs, and which are copied.
  private func runs(
    _ count: Int = 3, _ formula: (GraphBuilder) -> Void
  ) throws -> [String] {
    let builder = GraphBuilder("main")
    formula(builder)
    let program = try Program("states", [builder.finish()])
    let compiled = try Compiler.compile(program)
    let loaded = try LoadedProgram(compiled, seed: Key(4))
    let session = try loaded.session("main")
    let graph = program.graphs[0]
    var stored: [String: HostTensor] = [:]
    for entry in program.parameters + program.states {
      stored[entry.path] = entry.initialValue(seed: Key(entry.path == "w" ? 4 : 0))
    }
    for run in 0..<count {
      var arguments: [String: HostTensor] = [:]
      for input in graph.arguments {
        arguments[input.name] = .noise(graph.type(input.value), "\(input.name) \(run)")
      }
      let outputs = try session.run(arguments.mapValues { AlignedBytes($0.bytes) })
      let meant = try Interpreter(.perOperation).run(graph, arguments, replacing: &stored)
      for (result, value) in zip(graph.results, meant) {
        #expect(isNear(try tensor(outputs[result.name]!, value.type), value), "\(result.name)")
      }
      for entry in program.parameters + program.states {
        let found = try tensor(loaded.states[entry.path]!, entry.type)
        #expect(isNear(found, stored[entry.path]!), "\(entry.path) after run \(run)")
      }
    }
    return try compiled.entry("main").copiedStates
  }

  private func tensor(_ bytes: AlignedBytes, _ type: TensorType) throws -> HostTensor {
    try withExtendedLifetime(bytes) {
      try HostTensor(type, bytes: UnsafeRawBufferPointer(bytes.bytes))
    }
  }

  private func isNear(_ a: HostTensor, _ b: HostTensor) -> Bool {
    zip(a.numbers, b.numbers).allSatisfy { abs($0 - $1) <= 1e-5 * (1 + abs($1)) }
  }

  @Test("what is read where it is written is replaced in place")
  func inPlace() throws {
    let copied = try runs { builder in
      let x = builder.argument("x", .f32([300, 70]))
      let mean = builder.state("mean", .f32, [300, 70], .zeros)
      let next = mean * 0.9 + x * 0.1
      builder.update(mean, with: next)
      builder.result("largest", next.maximum(along: 0, 1))
    }
    #expect(copied == [])
  }

  @Test("a parameter is read by a product, then replaced")
  func trained() throws {
    let copied = try runs { builder in
      let x = builder.argument("x", .f32([40, 30]))
      let w = builder.parameter("w", .f32, [30, 50], .fanInUniform(30))
      let y = x.matmul(w)
      builder.result("y", y)
      builder.update(w, with: w - x.contracted("nk,nm->km", y) * 1e-3)
    }
    // Both products are one region, which reads rows of the old value where others are written.
    #expect(copied == ["w"])
  }

  @Test("two states change places")
  func swapped() throws {
    let copied = try runs { builder in
      let a = builder.state("a", .f32, [64], .ones)
      let b = builder.state("b", .f32, [64], .zeros)
      let x = builder.argument("x", .f32([64]))
      builder.update(a, with: b + x)
      builder.update(b, with: a)
      builder.result("sum", (a + b).sum(along: 0))
    }
    #expect(copied.count == 1)
  }

  @Test("a state that is read in another order is copied")
  func transposed() throws {
    let copied = try runs { builder in
      let state = builder.state("s", .f32, [48, 48], .ones)
      let x = builder.argument("x", .f32([48, 48]))
      builder.update(state, with: state.transposed(1, 0) + x)
    }
    #expect(copied == ["s"])
  }

  @Test("a state that keeps its value, or takes an argument's")
  func plain() throws {
    _ = try runs { builder in
      let x = builder.argument("x", .f32([5]))
      let kept = builder.state("kept", .f32, [5], .ones)
      let taken = builder.state("taken", .f32, [5], .zeros)
      builder.update(kept, with: kept)
      builder.update(taken, with: x)
      builder.result("both", kept + taken)
    }
  }

  @Test("a comparison right after a product whose columns lie apart")
  func comparedProducts() throws {
    for equation in ["mkb,nkb->mnb", "mkb,nkb->mbn", "mkb,nkb->nbm"] {
      _ = try runs(1) { builder in
        let a = builder.argument("a", .f32([6, 10, 4]))
        let b = builder.argument("b", .f32([20, 10, 4]))
        let product = a.contracted(equation, b)
        builder.result("above", product > product.scalar(0))
      }
    }
  }

  @Test("counters of integers count")
  func counts() throws {
    _ = try runs(5) { builder in
      let count = builder.state("count", .u64, [], .zeros)
      builder.update(count, with: count + 1)
      builder.result("key", count.folded(count).normal([4]))
    }
  }
}
