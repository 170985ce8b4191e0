import GraphRegions
import TensorCore
import TileIR

// Reductions over tiled axes: each task owns a lane, a contiguous range of tiles which it visits in
// order; a second step merges the lanes in a fixed tree.

extension RegionEmission {
  mutating func emitLanes() {
    let lanes = openLanes()
    var accumulators: [Accumulator] = []
    for member in region.lanes.sorted() {
      accumulators.append(
        graph.nodes[member].isProduct ? makeSums(member, lanes) : makeAccumulator(member))
    }
    for accumulator in accumulators { appendStart(accumulator) }
    looped(lanes.loops.map(\.extent)) { emission, counters in
      for (loop, counter) in zip(lanes.loops, counters) {
        emission.axes[loop.axis].start =
          (loop.first + counter) * emission.axes[loop.axis].tile
      }
      emission.emitMembers(accumulators)
    }
    for place in accumulators.indices { store(&accumulators[place], lanes) }
    for statement in statements { builder.append(statement) }
    lowering.append(builder.step(name, flops: flops))
    for accumulator in accumulators where !accumulator.buffers.isEmpty {
      var merge = LaneMerge(lowering, accumulator, lanes.count, name: "\(name)/merge")
      merge.emit()
    }
  }

  /// Which tiles belong to which lane.
  struct Lanes {
    struct Loop {
      var axis: Int
      var first: AffineExpression
      var extent: TileExtent
    }
    var count = 1
    /// The lane's number.
    var index = AffineExpression()
    var loops: [Loop] = []
  }

  /// Outer lane axes become lanes tile by tile, as long as there are few; the next one is cut into
  /// ranges, and what is inside runs in loops: see ``Region/laneCount``.
  private mutating func openLanes() -> Lanes {
    var lanes = Lanes()
    let most = region.laneLimit
    var isOpen = true
    for axis in region.solution.lengths.indices {
      let (length, tile) = (region.solution.lengths[axis], region.tiling.tiles[axis])
      let count = region.tiling.count(axis)
      guard region.solution.laneAxes.contains(axis) else {
        let tiled = TiledAxis(length, tile: tile, &builder)
        axes.append(TileAxis(length: length, tile: tile, start: tiled.start))
        continue
      }
      axes.append(TileAxis(length: length, tile: tile, start: AffineExpression()))
      let room = isOpen ? max(1, most / lanes.count) : 1
      let perLane = (count + room - 1) / room
      let ranges = (count + perLane - 1) / perLane
      if perLane > 1 { isOpen = false }
      var first = AffineExpression()
      if ranges > 1 {
        let variable = AffineExpression.variable(builder.gridAxis(ranges))
        lanes.index = lanes.index * ranges + variable
        lanes.count *= ranges
        first = variable * perLane
      }
      if perLane == 1 {
        axes[axis].start = first * tile
      } else {
        let extent =
          count.isMultiple(of: perLane)
          ? TileExtent(perLane) : TileExtent(perLane, of: count, from: first)
        lanes.loops.append(.init(axis: axis, first: first, extent: extent))
      }
    }
    return lanes
  }
}
