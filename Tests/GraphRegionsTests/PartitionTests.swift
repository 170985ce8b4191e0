import GraphIR
import GraphOps
import GraphRegions
import Testing

@Suite("Partitions")
struct PartitionTests {
  @Test("hold every node of every operation once, in an order of evaluation")
  func holdEveryNode() throws {
    for sample in OpCatalog.samples {
      let builder = GraphBuilder("sample")
      let arguments = sample.operands.enumerated().map { builder.argument("x\($0)", $1.type) }
      for (index, result) in builder.apply(sample.operation, arguments).enumerated() {
        builder.result("y\(index)", result)
      }
      let graph = try AccessGraph.traced(builder.finish().graph)
      let partition = RegionGrowth(graph, panelWidth: { _ in 16 }, mayJoin: { _, _ in true })
        .partition()
      #expect(partition.regions.flatMap(\.members).sorted() == Array(graph.nodes.indices))
      for (number, region) in partition.regions.enumerated() {
        for member in region.members {
          #expect(partition.regionOf[member] == number)
          for read in graph.nodes[member].reads {
            guard let producer = graph.producer(read.value) else { continue }
            #expect(partition.regionOf[producer] <= number)
          }
        }
      }
    }
  }
}
