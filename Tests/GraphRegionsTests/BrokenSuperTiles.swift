import GraphRegions

extension BrokenPartition {
  /// A right partition in super-tiles of 60 rows, and something done to it.
  private static func broken(
    _ name: String, _ words: String, _ breakIt: @escaping @Sendable (inout Partition) -> Void
  ) -> BrokenPartition {
    var broken = BrokenPartition(name, serial, .superTile, words, breakIt)
    broken.limits = .serial
    return broken
  }

  static let superTiles = [
    broken("a super-tile of what is added in lanes", "in 2 lanes") { $0.regions[2].laneLimit = 2 },
    broken("a super-tile of a region that sums nothing", "nodes [0, 1], of them []") {
      $0.regions[0].superTile = $0.regions[2].superTile
    },
    broken("a super-tile of another axis", "of 330 rows in tiles of 10, the axis p2 of 331") {
      $0.regions[2].superTile!.length = 330
    },
    broken("a super-tile of other tiles", "in tiles of 20, the axis p2 of 331 in tiles of 10") {
      $0.regions[2].superTile!.sumTile = 20
    },
    broken("a super-tile that ends within a tile", "65 of 331 rows, tiles of 10 and tiles of 10") {
      $0.regions[2].superTile!.rows = 65
    },
    broken("a super-tile of no rows", "0 of 331 rows") { $0.regions[2].superTile!.rows = 0 },
    broken("a super-tile of all rows", "340 of 331 rows") { $0.regions[2].superTile!.rows = 340 },
    broken("tiles that do not divide each other", "tiles of 10 and tiles of 4") {
      $0.regions[2].superTile!.sourceTile = 4
    },
    broken("a source that comes later", "sources [0, 2] are not regions before it") {
      $0.regions[2].superTile!.sources = [0, 2]
    },
    broken("a source named twice", "sources [1, 1] are not regions before it") {
      $0.regions[2].superTile!.sources = [1, 1]
    },
    broken("a source in other tiles", "source 0 has lengths [331, 19] in tiles [20, 19]") {
      $0.regions[0].tiling.tiles[0] = 20
    },
    broken("a source whose outermost tasks split columns", "in tiles [331, 5]") {
      $0.regions[0].tiling.tiles = [331, 5]
    },
    broken("a product that reads another row", "at -1·a2 + 330, not at its own rows") {
      $0.graph.nodes[3].reads[0].index[0] = DimensionAccess(start: 330, [.init(2, -1)])
    },
    broken("a source whose rows are kept", "reads n1 tanh of source 0 at a0, not at its own") {
      $0.graph.nodes[3].reads[0].index = [.point(0), DimensionAccess()]
    },
    broken("a source that reads all rows of another", "n2 sine reads n1 tanh of source 0 at 0") {
      $0.graph.nodes[2].reads.append(
        .init($0.graph.nodes[1].results[0], [DimensionAccess(), DimensionAccess()]))
    },
  ]
}
