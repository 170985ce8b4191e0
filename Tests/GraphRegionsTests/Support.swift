import GraphIR
import GraphOps
import GraphRegions

extension Partition {
  /// A graph grown into regions as for panels of 32 columns, where everything may join.
  static func grown(_ graph: AccessGraph, isFused: Bool = true) -> Partition {
    RegionGrowth(
      graph, panelWidth: { if case .product = $0.kind { 32 } else { 1 } },
      mayJoin: { isFused || $0.group == $1.group }
    ).partition()
  }

  /// The same of graph text.
  static func grown(_ text: String) throws -> Partition {
    grown(
      try AccessGraph.traced(Parser.graph(text, OpCatalog.table)).foldingPieces()
        .splittingSeparableProducts().normalisingProductsLate())
  }
}
