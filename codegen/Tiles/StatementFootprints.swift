import TensorCore

// What each statement touches. An operand's axes include those along which it does not move
// (stride 0): where they are empty, nothing is touched.

/// The elements that a statement reads or writes through one of its places.
struct TileOperand {
  /// `target`, `source 1`, …
  var name: String
  var location: TileLocation
  var axes: [FootprintAxis]
  var isWrite = false
  /// Where the first axes are those of the target, their number; see ``Footprint``.
  var targetAxisCount: Int?
}

extension Statement {
  /// What a statement without body touches, its target first.
  ///
  /// - Errors: `tile.size`.
  func operands() throws(Diagnostic) -> [TileOperand] {
    switch self {
    case .loop, .guarded: []
    case .compute(let compute): compute.operands()
    case .contract(let contract): try contract.operands()
    case .pack(let pack): try pack.operands()
    case .gather(let gather): gather.operands()
    case .random(let random): random.operands()
    }
  }
}

extension TileCompute {
  fileprivate func operands() -> [TileOperand] {
    func operand(_ name: String, _ access: TileAccess, _ extents: [TileExtent]) -> TileOperand {
      let axes = zip(extents, access.strides).map { FootprintAxis($0, $1) }
      return TileOperand(name: name, location: access.location, axes: axes)
    }
    var results = [operand("target", target, extents)]
    if let index { results.append(operand("index", index, extents)) }
    for number in results.indices { results[number].isWrite = true }
    for (number, source) in sources.enumerated() {
      results.append(operand("source \(number)", source, extents + reduced))
      results[results.count - 1].targetAxisCount = extents.count
    }
    return results
  }
}

extension TileContract {
  fileprivate func operands() throws(Diagnostic) -> [TileOperand] {
    let depth = try TileScope.product(depths.map(\.count) + [panelWidth], "a panel's count")
    let steps = depths.map { FootprintAxis(TileExtent($0.count), $0.stride) }
    var results = [
      TileOperand(
        name: "target", location: target,
        axes: [FootprintAxis(rows, targetRowStride), FootprintAxis(columns, 1)], isWrite: true),
      TileOperand(
        name: "left", location: left,
        axes: [FootprintAxis(rows, leftRowStride), FootprintAxis(columns, 0)] + steps),
      TileOperand(
        name: "right", location: right,
        axes: [
          FootprintAxis(columns, depth, step: panelWidth), FootprintAxis(rows, 0),
          FootprintAxis(TileExtent(depth), 1),
        ]),
    ]
    if accumulates {
      var sums = results[0]
      sums.isWrite = false
      sums.targetAxisCount = 2
      results.append(sums)
    }
    for (number, source) in (epilogue?.sources ?? []).enumerated() {
      results.append(
        TileOperand(
          name: "source \(number)", location: source.location,
          axes: zip([rows, columns], source.strides).map { FootprintAxis($0, $1) },
          targetAxisCount: 2))
    }
    return results
  }
}

extension TilePack {
  fileprivate func operands() throws(Diagnostic) -> [TileOperand] {
    let count = try TileScope.product(depths.map(\.count) + [width], "a panel's count")
    let steps = depths.map { FootprintAxis(TileExtent($0.count), $0.stride) }
    return [
      TileOperand(
        name: "target", location: target, axes: [FootprintAxis(TileExtent(count), 1)],
        isWrite: true),
      TileOperand(
        name: "source", location: source, axes: [FootprintAxis(columns, columnStride)] + steps),
    ]
  }
}

extension TileGather {
  fileprivate func operands() -> [TileOperand] {
    [
      TileOperand(
        name: "target", location: target,
        axes: [FootprintAxis(count, run), FootprintAxis(TileExtent(run), 1)], isWrite: true),
      TileOperand(
        name: "indices", location: indices.location,
        axes: [FootprintAxis(count, indices.strides[0])]),
      // Clamped indices can be any below the limit.
      TileOperand(
        name: "source", location: source,
        axes: [
          FootprintAxis(count, 0), FootprintAxis(TileExtent(limit), sliceStride),
          FootprintAxis(TileExtent(run), runStride),
        ]),
    ]
  }
}

extension TileRandom {
  fileprivate func operands() -> [TileOperand] {
    var results = [
      TileOperand(
        name: "target", location: target, axes: [FootprintAxis(count, 1)], isWrite: true),
      TileOperand(name: "key", location: key, axes: [FootprintAxis(count, 0)]),
    ]
    if let number {
      results.append(
        TileOperand(name: "number", location: number, axes: [FootprintAxis(count, 0)]))
    }
    return results
  }
}

extension TileScope {
  /// - Errors: `tile.size`.
  static func product(_ factors: [Int], _ what: String) throws(Diagnostic) -> Int {
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
