import Goldens
import GraphIR
import GraphLowering
import GraphOps
import TensorCore
import Testing
import TileIR

/// Graph text in, steps and tile programs out.
@Suite("Lowered graphs")
struct LoweringGoldenTests {
  static let goldens = Golden.all(in: ".", extension: "tiles")

  @Test("are as they were read, for 32-byte vectors", arguments: goldens)
  func areAsRead(_ golden: Golden) throws {
    let graph = try Parser.graph(try #require(try golden.input), OpCatalog.table)
    let entry = try EntryPlan(graph, .x86v3)
    #expect(try golden.mismatch(entry.text) == nil)
  }

  @Test("there is a golden for each claim")
  func coversClaims() {
    #expect(
      Self.goldens.map(\.description) == [
        "attention.tiles", "convolution.tiles", "dense.tiles", "layer-norm.tiles", "moves.tiles",
        "softmax.tiles", "weight-gradient.tiles",
      ])
  }
}
