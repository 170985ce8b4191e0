import TensorCore

// Products whose summed axes are tiled, as those of weight gradients: which may be, and in how many
// lanes.

extension Region {
  /// Contiguous ranges of tiles along the lane axes, each summed by tasks of its own: outer axes are
  /// taken tile by tile as long as there are few, the next one is cut into ranges.
  package var laneCount: Int {
    var lanes = 1
    for axis in solution.lengths.indices where solution.laneAxes.contains(axis) {
      let count = tiling.count(axis)
      let room = max(1, laneLimit / lanes)
      let perLane = (count + room - 1) / room
      lanes *= (count + perLane - 1) / perLane
      if perLane > 1 { break }
    }
    return lanes
  }

  /// Tasks of the positions that lanes keep.
  var keptTaskCount: Int {
    solution.lengths.indices.reduce(1) {
      solution.laneAxes.contains($1) ? $0 : $0 * tiling.count($1)
    }
  }

  /// Tasks of a region with lanes.
  var laneTaskCount: Int { keptTaskCount * laneCount }
}

extension AccessGraph {
  func accumulatorByteCount(_ member: Int) -> Int {
    resultCount(member) * values[nodes[member].results[0]].element.byteCount
  }

  /// Whether a product may be added up tile by tile: its columns lie side by side in the result, and
  /// neither operand is made of parameters alone, for those have panels that are packed once.
  func canAccumulate(_ node: Int, _ isPrepared: [Bool]) -> Bool {
    let own = nodes[node]
    guard case .product(let axes) = own.kind, !axes.summed.isEmpty,
      Array(own.resultAxes.suffix(axes.columns.count)) == axes.columns
    else { return false }
    return own.reads.allSatisfy { read in
      switch values[read.value].source {
      case .argument, .state: true
      case .parameter, .constant: false
      case .node(let producer): producer >= 0 && !isPrepared[producer]
      }
    }
  }

  /// Bytes of the left operand that a task of a plain product brings together; 0 if the summed axes
  /// lie innermost already.
  func packedByteCount(_ node: Int, _ plain: Region) -> Int {
    let own = nodes[node]
    guard case .product(let axes) = own.kind, let last = axes.summed.last,
      own.reads[0].index.last?.pointAxis != last
    else { return 0 }
    let rows = (axes.batch + axes.rows).reduce(1) { product, axis in
      product
        * (plain.solution.labels[node]![axis].map { plain.tiling.tiles[$0] }
          ?? own.space[axis])
    }
    let depth = axes.summed.reduce(1) { $0 * own.space[$1] }
    return rows * depth * values[own.reads[0].value].element.byteCount
  }

  /// Whether tiles of a plain product have fewer rows than are worth reading its panels for, because
  /// its summed axes are long.
  func readsPanelsForFewRows(_ node: Int, _ plain: Region, _ limits: RegionLimits) -> Bool {
    guard case .product(let axes) = nodes[node].kind else { return false }
    let own = nodes[node]
    let rows = axes.rows.reduce(1) { product, axis in
      product
        * (plain.solution.labels[node]![axis].map { plain.tiling.tiles[$0] }
          ?? own.space[axis])
    }
    let all = axes.rows.reduce(1) { $0 * own.space[$1] }
    let depth = axes.summed.reduce(1) { $0 * own.space[$1] }
    return rows < min(limits.rows.lowerBound, all) && depth > limits.sumDepth
  }

  /// How many lanes a region may have. Reductions have all; products as many as give the tasks
  /// wanted, as long as their accumulators stay within the limit for a region and within half of
  /// what is accumulated, for lanes are written and read once more.
  func laneLimit(_ region: Region, _ limits: RegionLimits) -> Int {
    let products = region.lanes.filter { nodes[$0].isProduct }
    guard !products.isEmpty else { return limits.laneCount }
    let bytes = max(1, region.lanes.reduce(0) { $0 + accumulatorByteCount($1) })
    let read = products.reduce(0) { $0 + readByteCount($1) }
    let wanted = (limits.taskCount + region.keptTaskCount - 1) / region.keptTaskCount
    return max(
      1, min(limits.laneCount, wanted, limits.accumulatorByteCount / bytes, read / (2 * bytes)))
  }
}
