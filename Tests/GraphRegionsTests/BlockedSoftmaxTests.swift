import GraphIR
import GraphOps
import GraphRegions
import TensorCore
import Testing

/// Softmaxes over more positions than scratch has room for.
@Suite("Softmax in blocks")
struct BlockedSoftmaxTests {
  /// The nodes after the pass with their spaces, for x: f32[6, 40], k: f32[40, 3] and v: f32[40, 8].
  private func nodes(
    longest: Int, _ function: (Tensor, Tensor, Tensor) -> Tensor
  ) throws -> [String] {
    let builder = GraphBuilder("g")
    let x = builder.argument("x", TensorType(.f32, [6, 40]))
    let k = builder.argument("k", TensorType(.f32, [40, 3]))
    let v = builder.argument("v", TensorType(.f32, [40, 8]))
    builder.result("y", function(x, k, v))
    let graph = try AccessGraph.traced(builder.finish().graph)
    return graph.normalisingProductsLate(longest: longest).nodes.map { node in
      let kind =
        switch node.kind {
        case .map(.apply(let function, _)): function.rawValue
        case .fold(let combiner, _, _): combiner.rawValue
        case .product: "product"
        default: "other"
        }
      return "\(kind) \(node.space)"
    }
  }

  private let whole = [
    "maximum [6, 40]", "subtract [6, 40]", "exponential [6, 40]", "add [6, 40]",
    "product [6, 8, 40]", "divide [6, 8]",
  ]
  private let blocks = [
    "maximum [4, 6, 10]", "maximum [4, 6]", "subtract [4, 6, 10]", "exponential [4, 6, 10]",
    "add [4, 6, 10]", "product [4, 6, 8, 10]",
    // The scales of the blocks, and the sums of what they scale.
    "maximum [6, 4]", "exponential [4, 6]", "add [6, 4]", "add [6, 8, 4]", "divide [6, 8]",
  ]

  @Test("the longest block that divides the positions and is at most half of what is too long")
  func cuts() throws {
    #expect(try nodes(longest: 20) { x, _, v in x.softmax().contracted("nm,me->ne", v) } == blocks)
  }

  @Test("as many positions as there is room for stay whole")
  func short() throws {
    #expect(try nodes(longest: 40) { x, _, v in x.softmax().contracted("nm,me->ne", v) } == whole)
  }

  @Test("so do positions without a fitting divisor")
  func indivisible() throws {
    let kinds = try nodes(longest: 20) { x, _, v in
      let (some, values) = (x.sliced(0..<37, along: 1), v.sliced(0..<37, along: 0))
      return some.softmax().contracted("nm,me->ne", values)
    }
    #expect(kinds.suffix(2) == ["product [6, 8, 37]", "divide [6, 8]"])
  }

  @Test("scores that nothing else reads are computed block by block, through maps")
  func scores() throws {
    let kinds = try nodes(longest: 20) { x, k, v in
      let scores = k.contracted("nd,md->nm", k).tanh()
      return scores.softmax().contracted("nm,me->ne", v)
    }
    #expect(kinds.prefix(2) == ["product [4, 40, 10, 3]", "tanh [4, 40, 10]"])
  }

  @Test("scores that are a result are finished first")
  func readScores() throws {
    let kinds = try nodes(longest: 20) { x, k, v in
      let scores = k.contracted("nd,md->nm", k)
      return scores.softmax().contracted("nm,me->ne", v) + scores.sum(along: 1, keepingAxes: true)
    }
    #expect(kinds.first == "product [40, 40, 3]" && kinds.contains("product [4, 40, 8, 10]"))
  }
}
