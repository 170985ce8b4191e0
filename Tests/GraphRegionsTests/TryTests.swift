import GraphIR
import GraphOps
import GraphRegions
import ModelZoo
import Testing

@Test func show() throws {
  for (name, entry) in [("simone", "encode"), ("simone", "decode")] {
    let graph = try Zoo.model(name).program(entries: [entry]).graphs[0]
    let accesses = try AccessGraph.traced(graph)
    let partition = RegionGrowth(accesses, panelWidth: { _ in 32 }, mayJoin: { _, _ in true })
      .partition()
    print(partition)
  }
}
