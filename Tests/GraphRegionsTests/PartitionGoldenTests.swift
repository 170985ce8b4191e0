import Goldens
import GraphRegions
import Testing

/// Graph text in, regions out. The first lines of each file say which regions are right, and why.
@Suite("Regions of graphs")
struct PartitionGoldenTests {
  static let goldens = Golden.all(in: ".", extension: "regions")

  @Test("are as they were read", arguments: goldens)
  func areAsRead(_ golden: Golden) throws {
    let partition = try Partition.grown(#require(try golden.input))
    #expect(RegionVerifier.problems(in: partition) == [])
    #expect(try golden.mismatch(partition.description) == nil)
  }

  @Test("there is a golden for each claim")
  func coversClaims() {
    #expect(
      Self.goldens.map(\.description) == [
        "diamond-across-barrier.regions", "gram-matrix.regions", "long-attention.regions",
        "moves-folded.regions", "neighbours.regions", "outputs-from-the-middle.regions",
        "overlapping-window.regions", "pairwise-differences.regions",
        "recomputed-from-reshape.regions", "recomputed-from-stored.regions",
        "recomputed-image.regions", "recomputed-neighbours.regions", "recomputed-stride.regions",
        "recomputed-window.regions", "recurrent-cell.regions", "reshape-factors.regions",
        "reshape-opaque.regions", "self-attention.regions", "separable-perceptron.regions",
        "small-convolutions.regions", "softmax-over-tiles.regions", "stored-maps.regions",
        "unet-concatenation.regions", "weight-gradient.regions",
      ])
  }
}
