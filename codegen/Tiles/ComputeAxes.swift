import TensorCore

extension TileCompute {
  /// The same computation with neighbouring axes merged wherever every access runs on through them,
  /// and axes of length 1 dropped. A longer innermost axis fills vectors better.
  public func collapsed() -> TileCompute {
    // Coordinates name axes, so their computations stay as they are.
    guard origins.isEmpty else { return self }
    var result = self
    result.dropUnitAxes()
    if index == nil { result.mergeAxes(of: \.reduced, first: { $0.extents.count }) }
    result.mergeAxes(of: \.extents, first: { _ in 0 })
    return result
  }

  private mutating func dropUnitAxes() {
    for axis in extents.indices.reversed() where extents[axis].size == 1 && extents[axis].fixed == 1
    {
      extents.remove(at: axis)
      target.strides.remove(at: axis)
      index?.strides.remove(at: axis)
      for source in sources.indices { sources[source].strides.remove(at: axis) }
    }
    guard index == nil else { return }
    for axis in reduced.indices.reversed() where reduced[axis].fixed == 1 {
      reduced.remove(at: axis)
      for source in sources.indices { sources[source].strides.remove(at: extents.count + axis) }
    }
    if reduced.isEmpty { combiner = nil }
  }

  private mutating func mergeAxes(
    of path: WritableKeyPath<TileCompute, [TileExtent]>, first: (TileCompute) -> Int
  ) {
    let isKept = path == \TileCompute.extents
    var axis = self[keyPath: path].count - 2
    while axis >= 0 {
      let outer = self[keyPath: path][axis]
      let inner = self[keyPath: path][axis + 1]
      let base = first(self) + axis
      var runsOn = sources.allSatisfy { $0.strides[base] == $0.strides[base + 1] * inner.size }
      if isKept {
        runsOn = runsOn && target.strides[base] == target.strides[base + 1] * inner.size
        if let index {
          runsOn = runsOn && index.strides[base] == index.strides[base + 1] * inner.size
        }
      }
      if runsOn, inner.fixed == inner.size {
        self[keyPath: path][axis] = TileExtent(
          outer.size * inner.size, of: outer.total * inner.size, from: outer.start * inner.size)
        self[keyPath: path].remove(at: axis + 1)
        for source in sources.indices { sources[source].strides.remove(at: base) }
        if isKept {
          target.strides.remove(at: base)
          index?.strides.remove(at: base)
        }
      }
      axis -= 1
    }
  }

  /// The axis that vectors run along, kept axes first and then reduced ones, or nil for scalars:
  /// where the fewest instructions are needed for one element.
  ///
  /// A neighbour costs a share of one load, a stretched value nearly nothing, any other distance a
  /// load of its own; lanes past the end are lost.
  public func vectorAxis(lanes: Int) -> Int? {
    var best: (axis: Int, cost: Double)?
    for axis in 0..<(extents.count + reduced.count) {
      let isKept = axis < extents.count
      if !isKept, index != nil { continue }
      let length = isKept ? extents[axis].size : reduced[axis - extents.count].size
      guard length > 1 else { continue }
      let share = 1 / Double(lanes)
      func cost(_ stride: Int) -> Double { stride == 0 ? 0.02 : stride == 1 ? share : 1 }
      var perElement = sources.reduce(share) { $0 + cost($1.strides[axis]) }
      if isKept { perElement += 1.5 * cost(target.strides[axis]) }
      let vectors = (length + lanes - 1) / lanes
      perElement *= Double(vectors * lanes) / Double(length)
      // Lanes along a reduced axis are combined at its end.
      if !isKept { perElement += 8 * share * Double(lanes) / Double(length) }
      if perElement < best?.cost ?? .infinity { best = (axis, perElement) }
    }
    return best?.axis
  }
}
