import TensorCore
import TileIR

/// What a core does in a cycle, as the choice of register tiles takes it to be.
///
/// - Source: Intel 64 and IA-32 Architectures Optimization Reference Manual, Skylake server: two
///   multiply-adds of 4 cycles and two loads a cycle. The rate from L2 was measured: on such a core
///   a tile of 6 rows by 4 vectors with panels from L2 stops at 58 % of the peak, which are 256 bytes
///   in 21 cycles. Cores with other numbers keep the order of shapes unless they have fewer loads than
///   multiply-adds.
private enum Core {
  static let multiplyAddsPerCycle = ReferenceMachine.multiplyAddsPerCycle
  static let loadsPerCycle = 2.0
  static let latency = 4.0
  static let bytesPerCycleFromL2 = 12.0
}

extension TargetLevel {
  /// The register tile of a product with so many columns and so many terms to a sum.
  ///
  /// For each number of vectors the tile has as many rows as leave registers for the columns and
  /// broadcast elements: one on x86-64, which takes them from memory; on NEON several, for LLVM 19
  /// loads them ahead, and with fewer registers left moves the sums about. The best needs the fewest
  /// cycles for a row of all columns; of equals the one with the most rows, which reads its panel
  /// least often.
  ///
  /// - Parameter panelWidth: columns of a panel that the tile must divide; nil for a panel as wide as
  ///   the tile.
  package func registerTile(
    columns: Int, depth: Int, _ element: ElementType, dividing panelWidth: Int? = nil
  ) -> TileContract.RegisterTile {
    let lanes = vectorByteCount / element.byteCount
    let tiles = (1...4).compactMap { vectors -> TileContract.RegisterTile? in
      let others = vectorByteCount == 16 ? 8 : 2 + vectors
      let width = panelWidth ?? vectors * lanes
      guard width.isMultiple(of: vectors * lanes) else { return nil }
      return TileContract.RegisterTile(
        rows: (vectorRegisterCount - others) / vectors, vectors: vectors,
        parts: width / (vectors * lanes))
    }
    var best = (tile: tiles[0], cycles: Double.infinity)
    for tile in tiles {
      let cycles = cyclesPerRow(tile, columns: columns, depth: depth, element)
      let isBetter =
        cycles < best.cycles * 0.999
        || (cycles < best.cycles * 1.001 && tile.rows > best.tile.rows)
      if isBetter { best = (tile, cycles) }
    }
    return best.tile
  }

  /// Cycles for one term of a row's sums in all columns.
  private func cyclesPerRow(
    _ tile: TileContract.RegisterTile, columns: Int, depth: Int, _ element: ElementType
  ) -> Double {
    let width = tile.vectors * vectorByteCount / element.byteCount
    let panels = (max(columns, 1) + width - 1) / width
    let (rows, vectors) = (Double(tile.rows), Double(tile.vectors))
    var cycles = max(
      rows * vectors / Core.multiplyAddsPerCycle, (rows + vectors) / Core.loadsPerCycle,
      Core.latency)
    // A panel stays in L1 from block to block only if the rows beside it have room too.
    let panelByteCount = depth * tile.vectors * vectorByteCount
    if panelByteCount > l1ByteCount / 2 {
      cycles = max(cycles, vectors * Double(vectorByteCount) / Core.bytesPerCycleFromL2)
    }
    return Double(panels) * cycles / rows
  }
}
