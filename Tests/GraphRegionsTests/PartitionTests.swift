import GraphIR
import GraphOps
import GraphRegions
import ModelZoo
import TensorCore
import Testing

@Suite("Partitions")
struct PartitionTests {
  @Test("of every operation obey every law", arguments: [true, false])
  func ofOperations(isFused: Bool) throws {
    for sample in OpCatalog.samples {
      let builder = GraphBuilder("sample")
      let arguments = sample.operands.enumerated().map { builder.argument("x\($0)", $1.type) }
      for (index, result) in builder.apply(sample.operation, arguments).enumerated() {
        builder.result("y\(index)", result)
      }
      let graph = try AccessGraph.traced(builder.finish().graph)
      #expect(RegionVerifier.problems(in: .grown(graph, isFused: isFused)) == [], "\(sample)")
    }
  }

  @Test("of every entry point of the zoo obey every law", arguments: Zoo.families.flatMap(presets))
  func ofZoo(name: String) throws {
    for source in try Zoo.model(name).program().graphs {
      let graph = try AccessGraph.traced(source)
      let partitions = [
        Partition.grown(graph), .grown(graph, isFused: false),
        .grown(graph.foldingPieces().splittingSeparableProducts().normalisingProductsLate()),
      ]
      for partition in partitions { #expect(RegionVerifier.problems(in: partition) == []) }
    }
  }
}

/// Sizes that are large as numbers go.
@Suite("Large graphs")
struct LargeGraphTests {
  @Test("of a convolution whose result, image and kernel have 2^70 positions together")
  func convolution() throws {
    let partition = try Partition.grown(
      """
      graph @g(%x: f32[16, 256, 256, 256], %k: f32[3, 3, 256, 256]) -> f32[16, 254, 254, 256] {
        %0 = convolution %x, %k {padding = [0, 0, 0, 0]} : f32[16, 254, 254, 256]
        %1 = relu %0 : f32[16, 254, 254, 256]
        return %1
      }
      """)
    #expect(partition.regions.count == 1)
    #expect(partition.graph.flops(0) == 2 * 16 * 254 * 254 * 256 * 9 * 256)
  }

  @Test("of more work than fits an integer are refused", arguments: [1 << 18, 1 << 19, 1 << 23])
  func refusals(length: Int) throws {
    let type = "f32[\(length), \(length)]"
    let text = """
      graph @g(%x: \(type)) -> \(type) {
        %0 = contract %x, %x {equation = "nk,km->nm"} : \(type)
        return %0
      }
      """
    if length == 1 << 18 {
      #expect(try Partition.grown(text).graph.flops(0) == 1 << 55)
      return
    }
    let refusal = #expect(throws: Diagnostic.self) { try Partition.grown(text) }
    let power = length == 1 << 19 ? 57 : 69
    #expect(
      refusal.map { "\($0)" } == """
        error[graph.too-much-work]: a graph has at most 2^54 multiply-adds and elements, got about \
        2^\(power)
          at contract
          note: this operation has about 2^\(power)
          help: work in parts
        """)
  }
}

/// `simone:tiny` and its like.
private func presets(_ family: any ModelFamily.Type) -> [String] {
  func names<Family: ModelFamily>(_ family: Family.Type) -> [String] {
    family.presets.map { "\(family.name):\($0.name)" }
  }
  return names(family)
}
