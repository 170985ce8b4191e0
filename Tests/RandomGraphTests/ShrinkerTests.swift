import GraphIR
import GraphOps
import RandomGraphs
import TensorCore
import Testing

/// Small graphs for large ones.
@Suite("The shrinker")
struct ShrinkerTests {
  /// Graphs with a softmax over more than three positions that a result needs.
  static let graphs = GeneratorTests.graphs.filter(isWrong).prefix(20)

  @Sendable static func isWrong(_ drawn: RandomGraph) -> Bool {
    let isNeeded = drawn.graph.isNeeded
    return drawn.graph.nodes.contains { node in
      guard let softmax = node.operation as? Softmax else { return false }
      let type = drawn.graph.type(node.operands[0])
      let axis = softmax.axis < 0 ? softmax.axis + type.rank : softmax.axis
      return type.shape[axis] > 3 && isNeeded[node.results[0].index]
    }
  }

  @Test("leaves one node and short axes where one node is at fault", arguments: graphs)
  func findsTheNode(_ drawn: RandomGraph) throws {
    let small = Shrinker(Self.isWrong).shrunk(drawn)
    #expect(Self.isWrong(small))
    #expect(small.graph.nodes.count == 1, "\(small.graph)")
    #expect(small.graph.values.allSatisfy { $0.type.element == .f32 })
    #expect(small.graph.type(small.graph.inputs[0].value).shape.count <= 8, "\(small.graph)")
    try Verifier.check(small.graph)
  }

  @Test("never tries a graph that is not smaller, nor more than it may")
  func tryCountIsBounded() throws {
    var generator = GraphGenerator(seed: 3)
    let drawn = generator.graph()
    var count = 0
    var shrinker = Shrinker { _ in
      count += 1
      return false
    }
    shrinker.tryLimit = 50
    let same = shrinker.shrunk(drawn)
    #expect("\(same.graph)" == "\(drawn.graph)")
    #expect(count <= 50 && count > 5)
  }
}

extension Graph {
  /// Which values lead to results.
  fileprivate var isNeeded: [Bool] {
    var needed = [Bool](repeating: false, count: values.count)
    for result in results { needed[result.value.index] = true }
    for node in nodes.reversed() where node.results.contains(where: { needed[$0.index] }) {
      for operand in node.operands { needed[operand.index] = true }
    }
    return needed
  }
}
