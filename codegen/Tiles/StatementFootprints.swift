import TensorCore

// What each statement touches. An operand's axes include those along which it does not move
// (stride 0): where they are empty, nothing is touched.

extension TileCompute {
  func footprints(_ scope: TileScope, at place: String) throws(Diagnostic) -> [Footprint] {
    func axes(_ extents: [TileExtent], _ access: TileAccess) -> [FootprintAxis] {
      zip(extents, access.strides).map { FootprintAxis($0, $1) }
    }
    var result = [
      try scope.footprint(
        "target", target.location, axes(extents, target), isWrite: true, at: place)
    ]
    if let index {
      result.append(
        try scope.footprint(
          "index", index.location, axes(extents, index), isWrite: true, at: place))
    }
    for (number, source) in sources.enumerated() {
      var footprint = try scope.footprint(
        "source \(number)", source.location, axes(extents + reduced, source), at: place)
      footprint.targetAxisCount = extents.count
      result.append(footprint)
    }
    return result
  }
}

extension TileContract {
  func footprints(_ scope: TileScope, at place: String) throws(Diagnostic) -> [Footprint] {
    let depth = try scope.product(depths.map(\.count) + [panelWidth], "a panel's count")
    let steps = depths.map { FootprintAxis(TileExtent($0.count), $0.stride) }
    var result = [
      try scope.footprint(
        "target", target, [FootprintAxis(rows, targetRowStride), FootprintAxis(columns, 1)],
        isWrite: true, at: place),
      try scope.footprint(
        "left", left, [FootprintAxis(rows, leftRowStride), FootprintAxis(columns, 0)] + steps,
        at: place),
      try scope.footprint(
        "right", right,
        [
          FootprintAxis(columns, depth, step: panelWidth), FootprintAxis(rows, 0),
          FootprintAxis(TileExtent(depth), 1),
        ], at: place),
    ]
    for (number, source) in (epilogue?.sources ?? []).enumerated() {
      var footprint = try scope.footprint(
        "source \(number)", source.location,
        zip([rows, columns], source.strides).map { FootprintAxis($0, $1) }, at: place)
      footprint.targetAxisCount = 2
      result.append(footprint)
    }
    return result
  }
}

extension TilePack {
  func footprints(_ scope: TileScope, at place: String) throws(Diagnostic) -> [Footprint] {
    let count = try scope.product(depths.map(\.count) + [width], "a panel's count")
    let steps = depths.map { FootprintAxis(TileExtent($0.count), $0.stride) }
    return [
      try scope.footprint(
        "target", target, [FootprintAxis(TileExtent(count), 1)], isWrite: true, at: place),
      try scope.footprint(
        "source", source, [FootprintAxis(columns, columnStride)] + steps, at: place),
    ]
  }
}

extension TileGather {
  func footprints(_ scope: TileScope, at place: String) throws(Diagnostic) -> [Footprint] {
    [
      try scope.footprint(
        "target", target, [FootprintAxis(count, run), FootprintAxis(TileExtent(run), 1)],
        isWrite: true, at: place),
      try scope.footprint(
        "indices", indices.location, [FootprintAxis(count, indices.strides[0])], at: place),
      // Clamped indices can be any below the limit.
      try scope.footprint(
        "source", source,
        [
          FootprintAxis(count, 0), FootprintAxis(TileExtent(limit), sliceStride),
          FootprintAxis(TileExtent(run), runStride),
        ], at: place),
    ]
  }
}

extension TileRandom {
  func footprints(_ scope: TileScope, at place: String) throws(Diagnostic) -> [Footprint] {
    var result = [
      try scope.footprint("target", target, [FootprintAxis(count, 1)], isWrite: true, at: place),
      try scope.footprint("key", key, [FootprintAxis(count, 0)], at: place),
    ]
    if let number {
      result.append(try scope.footprint("number", number, [FootprintAxis(count, 0)], at: place))
    }
    return result
  }
}

extension TileScope {
  /// - Errors: `tile.size`.
  func product(_ factors: [Int], _ what: String) throws(Diagnostic) -> Int {
    var product = 1
    for factor in factors {
      let factor = try length(factor, what)
      // Both are at most 2^46; the division keeps their product there.
      guard factor == 0 || product <= Shape.maximumCount / factor else {
        throw .tileSize(what, Shape.maximumCount, "less than that of \(factors)")
      }
      product *= factor
    }
    return product
  }
}
