import GraphIR
import GraphOps
import GraphRegions
import TensorCore
import Testing

/// Products with a softmax: divided late where that is less work and means the same.
@Suite("Normalised products")
struct NormalisedProductTests {
  /// Kinds of the nodes after the pass, for x: f32[6, 40] and v: f32[40, 8].
  private func nodes(_ function: (Tensor, Tensor) -> Tensor) throws -> String {
    let builder = GraphBuilder("g")
    let x = builder.argument("x", TensorType(.f32, [6, 40]))
    let v = builder.argument("v", TensorType(.f32, [40, 8]))
    builder.result("y", function(x, v))
    let graph = try AccessGraph.traced(builder.finish().graph)
    return graph.normalisingProductsLate().nodes.map { node in
      switch node.kind {
      case .map(.apply(let function, _)): function.rawValue
      case .fold(let combiner, _, _): combiner.rawValue
      case .product: "product"
      default: "other"
      }
    }.joined(separator: " ")
  }

  private let early = "maximum subtract exponential add divide product"
  private let late = "maximum subtract exponential add product divide"

  @Test("a softmax along what is summed is divided afterwards, on either side")
  func divides() throws {
    #expect(try nodes { $0.softmax().contracted("nm,me->ne", $1) } == late)
    #expect(try nodes { $1.contracted("me,nm->ne", $0.softmax()) } == late)
  }

  @Test("a softmax along another axis is not")
  func otherAxis() throws {
    #expect(try nodes { $0.softmax(along: 0).contracted("nm,me->ne", $1) } == early)
  }

  @Test("exponentials that nothing keeps from overflowing are not")
  func withoutMaximum() throws {
    let kinds = try nodes { x, v in
      let powers = x.exponential()
      return (powers / powers.sum(along: 1, keepingAxes: true)).contracted("nm,me->ne", v)
    }
    #expect(kinds == "exponential add divide product")
  }

  @Test("values divided by the sum of others are not")
  func otherSum() throws {
    let kinds = try nodes { x, v in
      let below = x - x.maximum(along: 1, keepingAxes: true)
      let sum = below.sum(along: 1, keepingAxes: true)
      return (below.exponential() / sum).contracted("nm,me->ne", v)
    }
    #expect(kinds == "maximum subtract add exponential divide product")
  }

  @Test("more columns than summed positions would be more divisions")
  func wide() throws {
    // [8, 6] softmax, 6 summed, 40 columns.
    let kinds = try nodes { x, v in
      v.contracted("me,nm->en", x).softmax().contracted("en,nm->em", x)
    }
    #expect(kinds == "product " + early)
  }

  @Test("a softmax that is read twice is divided once, before")
  func readTwice() throws {
    let kinds = try nodes { x, v in
      let weights = x.softmax()
      return weights.contracted("nm,me->ne", v) + weights.sum(along: 1, keepingAxes: true)
    }
    #expect(kinds == early + " add add")
  }
}
