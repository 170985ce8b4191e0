import GraphRegions
import TileIR

extension RegionLimits {
  /// What bounds regions for a level: from the stated sizes of its caches.
  ///
  /// - Scratch has half of L2; the other half is for panels and what is read.
  /// - An element of a panel that comes from beyond L2 is used once for each row of the tile. While a
  ///   core multiplies `2 · lanes` elements a cycle it can fetch about 8 bytes a cycle from there (a
  ///   shared cache's share of one core), so fewer than `2 · lanes · 4 / 8` rows wait for memory.
  ///   Twice as many hide it; four times that number gain little more.
  package init(_ level: TargetLevel) {
    self.init()
    scratchByteCount = level.l2ByteCount / 2
    let elementsPerCycle = Int(ReferenceMachine.multiplyAddsPerCycle) * level.lanes
    let fewest = 2 * elementsPerCycle * 4 / 8
    rows = fewest...4 * fewest
    // The widest value of a tile, in f32: twice what scratch should have, which is the bound that ends
    // most tiles.
    productTileCount = level.l2ByteCount / 4
    tileCount = level.l1ByteCount
  }
}
