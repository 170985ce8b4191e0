import GraphIR
import GraphOps
import GraphRegions

extension Partition {
  /// A graph grown into regions as for panels of 32 columns, where everything may join.
  static func grown(
    _ graph: AccessGraph, isFused: Bool = true, _ limits: RegionLimits = RegionLimits()
  ) -> Partition {
    RegionGrowth(
      graph, limits: limits, panelWidth: { if case .product = $0.kind { 32 } else { 1 } },
      mayJoin: { isFused || $0.group == $1.group }
    ).partition().withSuperTiles(limits)
  }

  /// The same of graph text.
  static func grown(_ text: String, _ limits: RegionLimits = RegionLimits()) throws -> Partition {
    grown(
      try AccessGraph.traced(Parser.graph(text, OpCatalog.table)).foldingPieces()
        .splittingSeparableProducts().normalisingProductsLate(), limits)
  }
}

extension RegionLimits {
  /// Many tiles of small graphs, and no room for lanes: products over many rows go super-tile by
  /// super-tile.
  static var serial: RegionLimits {
    var limits = RegionLimits()
    limits.workPerTask = 256
    limits.scratchByteCount = 4096
    limits.rows = 4...16
    (limits.sumRows, limits.sumColumns, limits.sumDepth) = (16, 32, 16)
    limits.accumulatorByteCount = 0
    (limits.superTileOperandByteCount, limits.superTileByteCount) = (0, 0)
    limits.superTileRows = 64
    return limits
  }
}
