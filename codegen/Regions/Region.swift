/// Nodes that one task computes together for its tile.
package struct Region: Sendable {
  /// In order.
  package var members: [Int]
  /// Members that accumulate over tiled axes.
  package var lanes: Set<Int> = []
  /// Members whose results are read outside or returned.
  package var outputs: Set<Int> = []
  package var solution: AxisSolution
  package var tiling: Tiling
  package var walks: [Walk] = []
  /// At most so many lanes; see ``laneCount``.
  package var laneLimit = RegionLimits().laneCount
  /// Summed positions that are computed and added up at a time; see ``SuperTiles``.
  package var superTile: SuperTile?
  /// Whether it depends on parameters alone.
  package var isPrepared = false
}

/// An edge between two regions, and why they are two.
package struct RegionBoundary: Hashable, Sendable {
  package var from: Int
  package var to: Int
  package var reason: String
}

/// A graph cut into regions, in an order in which they can run.
package struct Partition: Sendable {
  package var graph: AccessGraph
  package var regions: [Region]
  /// The region of each node.
  package var regionOf: [Int]
  package var boundaries: [RegionBoundary]
}
