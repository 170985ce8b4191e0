import GraphIR
import GraphOps
import GraphRegions
import ModelZoo
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

/// `simone:tiny` and its like.
private func presets(_ family: any ModelFamily.Type) -> [String] {
  func names<Family: ModelFamily>(_ family: Family.Type) -> [String] {
    family.presets.map { "\(family.name):\($0.name)" }
  }
  return names(family)
}
