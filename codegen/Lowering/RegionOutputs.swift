import GraphRegions
import TensorCore
import TileIR

// What leaves a region: copies of tiles from scratch, and panels for those who multiply by them.

extension RegionEmission {
  /// Stores what others read of a member's results.
  mutating func write(_ member: Int) {
    guard region.outputs.contains(member), !region.lanes.contains(member) else { return }
    for value in graph.nodes[member].results {
      guard let place = places[value], case .scratch = place.base else { continue }
      for key in lowering.wantedPanels[value] ?? [] { writePanels(member, value, place, key) }
      for box in lowering.boxes(value, region, isTiled: isTiled(member)) {
        let stored = lowering.store(value, box, graph.label(member))
        let base = builder.parameter(
          stored.view.buffer, offset: 0, graph.values[value].element, .write)
        let target = Place(
          base: base, offset: stored.view.offset, strides: stored.view.strides,
          isLocal: box.lengths.map { _ in false })
        let first = box.offset
        let index = first.indices.map { axis in
          first[axis] == 0
            ? DimensionAccess.point(axis) : DimensionAccess(start: first[axis], [.init(axis, 1)])
        }
        let extents = first.indices.map { axis in
          box.lengths[axis] == graph.nodes[member].space[axis]
            ? extent(member, axis) : TileExtent(box.lengths[axis])
        }
        append(
          .compute(
            TileCompute(
              extents: extents, target: kept(access(member, index, target), member),
              sources: [kept(access(member, index, place), member)], expression: .operand(0))))
      }
    }
  }

  /// The part of an access along the axes of the member's result.
  func kept(_ access: TileAccess, _ member: Int) -> TileAccess {
    TileAccess(
      access.location, strides: Array(access.strides.prefix(graph.nodes[member].resultRank)))
  }

  // MARK: - Panels
  /// A run of positions along merged dimensions that a task has: `start`, and as many as `extent`.
  private struct Run {
    var start: AffineExpression
    var extent: TileExtent
    /// The dimensions, outermost first.
    var dimensions: [Int]
  }

  /// Writes a task's part of a value as panels; leaves it to the reader where tiles and panels do not
  /// match.
  private mutating func writePanels(_ member: Int, _ value: Int, _ place: Place, _ key: PanelKey) {
    let (batchCount, columnCount) = (key.batch.count, key.columns.count)
    // Each dimension is one whole axis of the key, or one position.
    var dimensionOf = [Int?](
      repeating: nil, count: batchCount + columnCount + key.summed.count)
    let lengths = graph.values[value].lengths
    let keyLengths = key.batch + key.columns + key.summed
    var fixed = AffineExpression(place.offset)
    for (dimension, access) in key.index.enumerated() {
      if let axis = access.pointAxis, keyLengths[axis] == lengths[dimension],
        dimensionOf[axis] == nil
      {
        dimensionOf[axis] = dimension
      } else if access.terms.isEmpty, !access.isIndirect, !place.isLocal[dimension] {
        fixed = fixed + AffineExpression(access.start * place.strides[dimension])
      } else {
        return
      }
    }
    guard !dimensionOf.contains(nil) else { return }
    let dimensions = dimensionOf.map { $0! }
    let element = graph.values[value].element
    let shape = key.shape(lowering.panelShapes, element)
    let columns = Array(dimensions[batchCount..<batchCount + columnCount])
    guard let run = run(member, columns, multiple: shape.width),
      let columnStride = evenStride(member, columns, place)
    else { return }
    let panels = lowering.makePanels(key, graph.label(member))
    let target = builder.parameter(panels.buffer, offset: 0, element, .write)
    let batch = Array(dimensions[..<batchCount])
    let summed = Array(dimensions[(batchCount + columnCount)...])
    let summedStrides = rowMajor(key.summed)
    // Whole inner summed dimensions are one pack; tiled ones and those outside them are loops.
    let loopCount =
      summed.indices.last { extent(member, summed[$0]).fixed != key.summed[$0] }
      .map { $0 + 1 } ?? 0
    let depths = StridedAxes(
      lengths: Array(key.summed[loopCount...]),
      strides: [summed[loopCount...].map { place.strides[$0] }]
    ).merged()
    let runs =
      depths.lengths.isEmpty
      ? [TileContract.Depth(1, 0)]
      : zip(depths.lengths, depths.strides[0]).map { TileContract.Depth($0, $1) }
    let outer = batch + summed[..<loopCount]
    let outerExtents = extents(member, outer)
    // The last task may have fewer panels than others.
    let panelCount = TileExtent(
      (run.extent.size + panels.width - 1) / panels.width,
      of: (run.extent.total + panels.width - 1) / panels.width,
      from: run.extent.start.divided(by: panels.width))
    let starts = outer.map { start(member, $0) }
    let factors = panels.batchStrides + summedStrides[..<loopCount].map { $0 * panels.width }
    func offset(_ dimension: Int) -> AffineExpression {
      place.isLocal[dimension] ? AffineExpression() : start(member, dimension)
    }
    var from = fixed
    for dimension in outer { from = from + offset(dimension) * place.strides[dimension] }
    for dimension in columns { from = from + offset(dimension) * place.strides[dimension] }
    looped(outerExtents + [panelCount]) { emission, counters in
      var (source, to) = (from, run.start * panels.depth)
      for (number, dimension) in outer.enumerated() {
        source = source + counters[number] * place.strides[dimension]
        to = to + (counters[number] + starts[number]) * factors[number]
      }
      let panel = counters[counters.count - 1] * panels.width
      source = source + panel * columnStride
      to = to + panel * panels.depth
      let width = TileExtent(
        panels.width, of: run.extent.total, from: run.extent.start + panel)
      emission.append(
        .pack(
          TilePack(
            columns: run.extent.fixed.map { $0.isMultiple(of: panels.width) } == true
              ? TileExtent(panels.width) : width,
            width: panels.width, depths: runs,
            source: TileLocation(place.base, source), columnStride: columnStride,
            target: TileLocation(target, to))))
    }
  }

  /// The positions of a task along dimensions merged into one, if they are a run that starts at a
  /// multiple of `multiple` and ends at one or at the end.
  private func run(_ member: Int, _ dimensions: [Int], multiple: Int) -> Run? {
    let space = graph.nodes[member].space
    var stride = 1
    var extent = TileExtent(1)
    var start = AffineExpression()
    var isOpen = true
    for dimension in dimensions.reversed() {
      let own = self.extent(member, dimension)
      let isWhole = own.fixed == space[dimension]
      if isOpen {
        extent = TileExtent(own.size * stride, of: own.total * stride, from: own.start * stride)
        isOpen = isWhole
        if !isWhole {
          // Neighbouring tasks start panels of their own.
          guard (own.size * stride).isMultiple(of: multiple) else { return nil }
          let isLast = dimension == dimensions.first
          guard isLast || (space[dimension] * stride).isMultiple(of: multiple) else { return nil }
        }
      } else {
        guard own.fixed == 1, stride.isMultiple(of: multiple) else { return nil }
      }
      start = start + self.start(member, dimension) * stride
      stride *= space[dimension]
    }
    return Run(start: start, extent: extent, dimensions: dimensions)
  }

  /// The distance of neighbours along dimensions merged into one, if the tile lies evenly.
  private func evenStride(_ member: Int, _ dimensions: [Int], _ place: Place) -> Int? {
    var first: Int?
    var next = 0
    for dimension in dimensions.reversed() {
      let size = extent(member, dimension).size
      if size == 1 { continue }
      guard first == nil || place.strides[dimension] == next else { return nil }
      first = first ?? place.strides[dimension]
      next = place.strides[dimension] * size
    }
    return first ?? 1
  }
}
