import GraphIR
import GraphOps
import GraphRegions
import RandomGraphs
import TensorCore
import Testing

/// What is drawn: the same for the same seed, and everything that there is.
@Suite("Random graphs")
struct GeneratorTests {
  static let graphs = (0..<UInt64(1000)).map { seed in
    var generator = GraphGenerator(seed: seed)
    return generator.graph()
  }

  @Test("are the same for the same seed")
  func areDeterministic() {
    for drawn in Self.graphs.prefix(100) {
      var again = GraphGenerator(seed: drawn.seed)
      #expect("\(again.graph().graph)" == "\(drawn.graph)")
    }
    #expect(Set(Self.graphs.map { "\($0.graph)" }).count == Self.graphs.count)
  }

  @Test("obey the laws of graphs, and come back from their text")
  func areValid() throws {
    for drawn in Self.graphs {
      try Verifier.check(drawn.graph)
      let text = "\(drawn.graph)"
      #expect("\(try Parser.graph(text, OpCatalog.table))" == text, "seed \(drawn.seed)")
    }
  }

  @Test("hold every operation of the catalogue")
  func coverTheCatalogue() {
    let used = Set(Self.graphs.flatMap { $0.graph.nodes.map(\.operation.name) })
    #expect(Set(OpCatalog.table.names).subtracting(used) == [])
  }

  @Test("hold every pattern", arguments: GraphPattern.allCases)
  func coverPatterns(_ pattern: GraphPattern) {
    #expect(Self.graphs.count { $0.patterns.contains(pattern) } >= 10)
  }

  @Test("hold maps that are computed again where they are read, in copies and in images")
  func coverRecomputedMaps() throws {
    var limits = RegionLimits()
    (limits.tileCount, limits.productTileCount, limits.rows) = (48, 512, 2...8)
    (limits.workPerTask, limits.smallWork, limits.wholeByteCount) = (64, 32, 16)
    var (copies, images) = (0, 0)
    for drawn in Self.graphs {
      let graph = try AccessGraph.traced(drawn.graph).foldingPieces()
      let rewritten = graph.recomputingMaps(limits) { graph in
        RegionGrowth(
          graph, limits: limits, panelWidth: { $0.isProduct ? 16 : 1 }, mayJoin: { _, _ in true }
        ).partition()
      }
      if rewritten.values.count > graph.values.count { copies += 1 }
      let hasImage = rewritten.nodes.contains { node in
        if case .convolution(let axes) = node.kind { !axes.bodies.isEmpty } else { false }
      }
      if hasImage { images += 1 }
    }
    #expect(copies >= 50 && images >= 10, "\(copies) graphs with copies, \(images) with images")
  }

  @Test("hold every element type, empty and single axes, eight axes, and thousands of rows")
  func coverTypes() {
    let types = Self.graphs.flatMap { $0.graph.values.map(\.type) }
    #expect(Set(types.map(\.element)) == Set(ElementType.allCases))
    #expect(types.contains { $0.rank == 8 })
    for length in [0, 1, 7, 13] {
      #expect(types.count { $0.shape.dimensions.contains(length) } > 50, "length \(length)")
    }
    #expect(types.count { $0.shape.dimensions.contains { $0 > 1000 } } > 100)
  }

  @Test("have few nodes or many, and values with several readers")
  func haveStructure() {
    let counts = Self.graphs.map(\.graph.nodes.count).sorted()
    #expect(counts[0] >= 1 && counts[counts.count / 2] >= 6 && counts.last! >= 40)
    let shared = Self.graphs.count { $0.graph.useCounts.contains { $0 >= 3 } }
    #expect(shared > Self.graphs.count / 2)
  }
}
