import GraphLowering
import GraphRegions
import Testing
import TileIR

/// What the model of a core chooses, by stated numbers alone.
@Suite("The model of tiles")
struct TileModelTests {
  private func shape(_ level: TargetLevel, _ columns: Int, _ depth: Int) -> [Int] {
    let tile = level.registerTile(columns: columns, depth: depth, .f32)
    return [tile.rows, tile.vectors]
  }

  @Test("wide products have two vectors and as many rows as registers allow")
  func wide() {
    #expect(shape(.x86v4, 512, 512) == [14, 2])
    #expect(shape(.x86v3, 512, 512) == [6, 2])
    #expect(shape(.aarch64, 512, 512) == [12, 2])
  }

  @Test("columns that fill one vector, three or four have as many")
  func narrow() {
    #expect(shape(.x86v4, 4, 512) == [29, 1])
    #expect(shape(.x86v4, 48, 64) == [9, 3])
    #expect(shape(.x86v3, 3, 64) == [13, 1])
    // Four vectors would do with 6 rows, but a panel of 8 KiB a row of k comes from L2 too often.
    #expect(shape(.x86v4, 64, 4096) == [14, 2])
  }

  @Test("no tile needs more registers than there are", arguments: TargetLevel.all)
  func registers(level: TargetLevel) {
    for columns in 1...600 {
      for depth in [1, 64, 4096] {
        let tile = level.registerTile(columns: columns, depth: depth, .f32)
        #expect(tile.rows >= 1 && (tile.rows + 1) * tile.vectors + 1 < level.vectorRegisterCount)
      }
    }
  }

  @Test("limits follow the caches of the level")
  func limits() {
    #expect(RegionLimits(.x86v4) == RegionLimits())
    #expect(RegionLimits(.x86v3).scratchByteCount == 256 << 10)
    #expect(RegionLimits(.x86v3).rows == 16...64)
    #expect(RegionLimits(.aarch64).rows == 8...32)
  }
}
