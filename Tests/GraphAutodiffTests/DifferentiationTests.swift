import GraphAutodiff
import GraphIR
import GraphOps
import TensorCore
import Testing

@Suite("Differentiation") struct DifferentiationTests {
  private func traced(_ formula: (GraphBuilder) -> Void) throws -> Graph {
    let builder = GraphBuilder("main")
    formula(builder)
    return try builder.finish().graph
  }

  private func mistake(_ body: () throws -> Void) -> Diagnostic? {
    do { try body() } catch { return error as? Diagnostic }
    return nil
  }

  @Test("a value read twice gets both contributions, the last reader's first")
  func accumulates() throws {
    let graph = try traced { builder in
      let x = builder.argument("x", .f32([]))
      builder.result("loss", x * 2 + x.squared())
    }
    let gradient = try graph.differentiated("loss", withRespectTo: ["x"])
    #expect(gradient.results.map(\.name) == ["loss", "gradient.x"])
    let values = try Interpreter(.exact).run(gradient, ["x": .f32([], [3])])
    #expect(values[1].reals == [8])
    // The last reader is square, whose term is dy · 2x; then comes the product with 2.
    let last = try #require(gradient.nodes.last)
    #expect(last.operation.name == "add")
    let readX = try last.operands.map { operand in
      guard case .node(let node, _) = gradient[operand].definition else { return false }
      let factors = gradient[node].operands
      return try factors.contains { factor in
        guard case .node(let inner, _) = gradient[factor].definition else { return false }
        return gradient[inner].operands.contains(try #require(gradient.inputs.first).value)
      }
    }
    #expect(readX == [true, false])
  }

  @Test("parameters are the variables by default; other results may be dropped")
  func defaults() throws {
    let builder = GraphBuilder("main")
    let x = builder.argument("x", .f32([2, 3]))
    let weight = x.parameter("weight", [3, 4], .ones)
    let y = x.matmul(weight)
    builder.result("y", y)
    builder.result("loss", y.squared().sum(along: 0, 1))
    let graph = try builder.finish().graph
    let gradient = try graph.differentiated("loss", keepingResults: false)
    #expect(gradient.results.map(\.name) == ["loss", "gradient.weight"])
    // No gradient of x: nobody asked.
    #expect(gradient.nodes.filter { $0.operation.name == "contract" }.count == 2)
    let scoped = gradient.nodes.filter { $0.scope.hasPrefix("gradient") }
    #expect(!scoped.isEmpty)
  }

  @Test("what a graph replaces, its gradient graph replaces too")
  func keepsUpdates() throws {
    let builder = GraphBuilder("main")
    let x = builder.argument("x", .f32([]))
    let count = builder.state("count", .f32, [], .zeros)
    builder.update(count, with: count + 1)
    builder.result("loss", x * count)
    let graph = try builder.finish().graph
    let gradient = try graph.differentiated("loss", withRespectTo: ["x"])
    var stored = ["count": HostTensor.f32([], [4])]
    let values = try Interpreter(.exact).run(gradient, ["x": .f32([], [3])], replacing: &stored)
    #expect(values.map(\.reals) == [[12], [4]])
    #expect(stored["count"]?.reals == [5])
    let alone = try graph.differentiated("loss", withRespectTo: ["x"], keepingResults: false)
    #expect(alone.updates.isEmpty)
    let twice = mistake { _ = try gradient.differentiated("loss", withRespectTo: ["x"]) }
    #expect(twice?.code == "graph.result-repeated")
  }

  @Test("one over a count that f16 cannot hold")
  func narrowCounts() throws {
    let count = 70_001
    for formula in [{ (x: Tensor) in x.mean(along: 0) }, { $0.moments(along: 0).mean }] {
      let graph = try traced { builder in
        let x = builder.argument("x", .f16([count]))
        builder.result("loss", formula(x).cast(to: .f32) * 35_000.5)
      }
      let gradient = try graph.differentiated("loss", withRespectTo: ["x"], keepingResults: false)
      let values = try Interpreter(.perOperation).run(gradient, ["x": .noise(.f16([count]))])
      #expect(values[1].reals.allSatisfy { abs($0 - 0.5) < 1e-3 })
    }
  }

  @Test("slices of tensors of the highest rank have gradients")
  func highestRank() throws {
    let graph = try traced { builder in
      let x = builder.argument("x", .f64([1, 2, 1, 5, 1, 2, 1, 1]))
      let odd = x.sliced(0..<5, along: 3, by: 2)
      builder.result(
        "loss", (odd.squared() * 0.5).sum(along: Array(0..<8), keepingAxes: false))
    }
    let gradient = try graph.differentiated("loss", withRespectTo: ["x"], keepingResults: false)
    let x = HostTensor.noise(.f64([1, 2, 1, 5, 1, 2, 1, 1]))
    let found = try Interpreter(.exact).run(gradient, ["x": x])[1].reals
    let meant = x.reals.enumerated().map { number, value in
      (number / 2 % 5).isMultiple(of: 2) ? value : 0
    }
    #expect(found == meant)
  }

  @Test("the same graph gives the same graph")
  func isDeterministic() throws {
    let graph = try traced { builder in
      let x = builder.argument("x", .f32([2, 3]))
      builder.result(
        "loss",
        x.softmax().layerNorm(
          weight: builder.argument("w", .f32([3])), bias: builder.argument("b", .f32([3]))
        ).exponential().sum(along: 0, 1))
    }
    let text = { try graph.differentiated("loss", withRespectTo: ["x", "w", "b"]).description }
    #expect(try text() == text())
  }

  @Test("second derivatives are gradients of gradients")
  func twice() throws {
    let graph = try traced { builder in
      let x = builder.argument("x", .f64([]))
      let slope = builder.gradients(of: x.sine() * x, withRespectTo: [x])[0]
      builder.result("curvature", builder.gradients(of: slope, withRespectTo: [x])[0])
    }
    let value = try Interpreter(.exact).run(graph, ["x": .f64([], [0.7])])[0].reals[0]
    // (x sin x)'' = 2 cos x − x sin x
    #expect(abs(value - 1.0787319935) < 1e-9)
  }

  @Test("a loss that is no scalar is refused")
  func refusesVectors() throws {
    let graph = try traced { builder in
      builder.result("loss", builder.argument("x", .f32([2])).exponential())
    }
    let found = mistake { _ = try graph.differentiated("loss", withRespectTo: ["x"]) }
    #expect(found?.code == "gradient.not-scalar")
    #expect(found?.message == "a gradient is of one floating number, got f32[2]")
  }

  @Test("integers have no gradient")
  func refusesIntegers() throws {
    let graph = try traced { builder in
      let x = builder.argument("x", .i32([2]))
      builder.result("loss", x.cast(to: .f32).sum(along: 0))
    }
    let found = mistake { _ = try graph.differentiated("loss", withRespectTo: ["x"]) }
    #expect(found?.code == "gradient.not-floating")
  }

  @Test("a missing path is explained by what ends it")
  func explainsStops() throws {
    let graph = try traced { builder in
      let x = builder.argument("x", .f32([2]))
      let rounded = builder.scoped("head") { x.floor() }
      builder.result("loss", (rounded * x.stoppingGradient()).sum(along: 0))
      builder.result("other", builder.argument("unread", .f32([])))
    }
    let found = mistake { _ = try graph.differentiated("loss", withRespectTo: ["x"]) }
    #expect(found?.code == "gradient.no-path")
    #expect(
      found?.notes == [
        "floor in head ends a path: the result is constant around almost every value",
        "stop_gradient ends a path: the graph stops it",
      ])
    let unread = mistake { _ = try graph.differentiated("loss", withRespectTo: ["unread"]) }
    #expect(unread?.notes == ["loss does not read unread at all"])
  }

  @Test("names that are none are refused with those there are")
  func refusesNames() throws {
    let graph = try traced { builder in
      builder.result("loss", builder.argument("x", .f32([])).exponential())
    }
    let loss = mistake { _ = try graph.differentiated("los") }
    #expect(loss?.code == "gradient.no-value")
    #expect(loss?.help == "it has loss")
    let input = mistake { _ = try graph.differentiated("loss", withRespectTo: ["y"]) }
    #expect(input?.message == "the graph has no input y")
  }
}
