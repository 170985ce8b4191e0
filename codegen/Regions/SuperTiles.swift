/// How a product over tiled axes takes its operands: phase by phase, a super-tile of rows at a time.
///
/// Where lanes would need accumulators too large, operands that nothing else reads are not finished
/// altogether either. Phase one computes them for the rows of one super-tile, with tasks that split
/// the rows; phase two adds their product to the one accumulator, with tasks that split *its* tiles,
/// k in order. So what lies between needs memory for one super-tile only, and bits do not depend on
/// who computes what.
///
/// Chosen from shapes and bytes alone: if the sums do not fit in lanes (``Region/laneLimit``) and the
/// operands would be more than ``RegionLimits/superTileOperandByteCount``, a super-tile has as many
/// rows as fit ``RegionLimits/superTileByteCount``, and at least ``RegionLimits/superTileRows``.
package struct SuperTile: Hashable, Sendable {
  /// Positions of the product's outermost lane axis altogether, and of one super-tile.
  package var length: Int
  package var rows: Int
  /// Positions of a task's tile where operands are computed, and of one that is added.
  package var sourceTile: Int
  package var sumTile: Int
  /// Regions that compute operands, in order.
  package var sources: [Int]
}

extension Partition {
  /// With super-tiles where the rule asks for them, and tiles that divide them.
  package func withSuperTiles(_ limits: RegionLimits) -> Partition {
    var result = self
    for number in regions.indices {
      if let chain = SuperTileChain(result, number, limits) { chain.apply(to: &result) }
    }
    return result
  }
}

/// A product alone in its region, and the regions whose results only it reads.
private struct SuperTileChain {
  private let region: Int
  private let axis: Int
  private let length: Int
  private let bytesPerRow: Int
  /// Regions with the parallel axis that the lane axis is there.
  private let sources: [(region: Int, axis: Int)]
  private let limits: RegionLimits

  init?(_ partition: Partition, _ number: Int, _ limits: RegionLimits) {
    let region = partition.regions[number]
    guard region.members.count == 1, region.lanes.contains(region.members[0]),
      partition.graph.nodes[region.members[0]].isProduct, region.laneCount == 1,
      let axis = region.solution.laneAxes.min(),
      let own = region.solution.labels[region.members[0]]!.firstIndex(of: axis)
    else { return nil }
    self.region = number
    self.axis = axis
    self.limits = limits
    length = region.solution.lengths[axis]
    var found: [(region: Int, axis: Int, value: Int)] = []
    let graph = partition.graph
    let readers = graph.readers
    let taken = Set(partition.regions.flatMap { $0.superTile?.sources ?? [] })
    for read in graph.nodes[region.members[0]].reads {
      guard let producer = graph.producer(read.value), readers[producer] == region.members,
        !graph.results.contains(where: { $0.value == read.value }),
        let dimension = read.index.firstIndex(where: { $0.pointAxis == own })
      else { continue }
      let place = partition.regionOf[producer]
      let source = partition.regions[place]
      // Slices are cut from the outermost axis that tasks share, and for one product only.
      guard source.lanes.isEmpty, dimension == 0, !taken.contains(place),
        let label = source.solution.labels[producer]![dimension],
        label == source.solution.lengths.indices.first(where: { source.tiling.count($0) > 1 })
      else { continue }
      found.append((place, label, read.value))
    }
    // What is repeated after a source may read its other results, but no row of a later super-tile.
    let repeated = found.map { (region: $0.region, axis: $0.axis) } + [(number, axis)]
    found.removeAll { source in
      repeated.contains {
        $0.region != source.region && !partition.reads(source.region, source.axis, by: $0)
      }
    }
    let bytes = Set(found.map(\.value)).reduce(0) { sum, value in
      sum + graph.values[value].count * graph.values[value].element.byteCount
    }
    guard bytes > limits.superTileOperandByteCount else { return nil }
    var sources: [(region: Int, axis: Int)] = []
    for (region, axis, _) in found where !sources.contains(where: { $0.region == region }) {
      sources.append((region, axis))
    }
    self.sources = sources.sorted { $0.region < $1.region }
    bytesPerRow = bytes / length
  }

  /// One length of tiles for all sources, a multiple of it for the product, and a multiple of that
  /// for the super-tile.
  func apply(to partition: inout Partition) {
    let unit = sources.map { partition.regions[$0.region].tiling.tiles[$0.axis] }.min()!
    let tile = unit * max(1, limits.sumDepth / unit)
    let rows = max(limits.superTileRows, limits.superTileByteCount / bytesPerRow)
    let even = max(1, rows / tile) * tile
    guard even < length else { return }
    var result = partition
    for (region, axis, size) in sources.map({ ($0.region, $0.axis, unit) }) + [(region, axis, tile)]
    {
      guard let tiling = partition.regions[region].tiling.retiled(axis, to: size) else { return }
      result.regions[region].tiling = tiling
    }
    result.regions[region].superTile = SuperTile(
      length: length, rows: even, sourceTile: unit, sumTile: tile,
      sources: sources.map(\.region))
    partition = result
  }
}

extension Partition {
  /// Whether whatever a region reads of another one it reads along one parallel axis of each, row by
  /// row.
  fileprivate func reads(
    _ source: Int, _ axis: Int, by reader: (region: Int, axis: Int)
  ) -> Bool {
    regions[reader.region].members.allSatisfy { member in
      graph.nodes[member].reads.allSatisfy { read in
        guard let producer = graph.producer(read.value), regionOf[producer] == source else {
          return true
        }
        return zip(regions[source].solution.labels[producer]!, read.index).contains {
          label, access in
          label == axis
            && access.pointAxis.map {
              regions[reader.region].solution.labels[member]![$0] == reader.axis
            } ?? false
        }
      }
    }
  }
}
