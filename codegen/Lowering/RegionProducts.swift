import GraphRegions
import TensorCore
import TileIR

// Products of matrices inside a region.

extension RegionEmission {
  /// An axis of the rows with its distances in every operand that has rows.
  private struct RowAxis {
    var extent: TileExtent
    /// Left operand, target, then the epilogue's sources.
    var strides: [Int]
  }

  /// A product whose sums, or what an epilogue makes of them, are the result of `member`.
  mutating func emitProduct(
    _ product: Int, _ axes: AccessGraph.ProductAxes, into member: Int, _ epilogue: Epilogue?
  ) {
    let right = rightOperand(product, axes)
    let left = leftOperand(product, axes)
    var place = target(member, rowRank: axes.columns.count)
    let finalPlace = place
    if !liesInColumns(product, axes, place) {
      // The result's buffer has the columns apart, so what is stored goes through scratch.
      place = scratchPlace(
        product, graph.nodes[member].results[0], rowRank: axes.columns.count)
    }
    appendProduct(product, axes, left, right, to: access(product, place), member, epilogue)
    if place.base != finalPlace.base {
      append(
        .compute(
          TileCompute(
            extents: extents(product, graph.nodes[product].resultAxes),
            target: kept(access(product, finalPlace), product),
            sources: [kept(access(product, place), product)], expression: .operand(0))))
    }
    write(member)
  }

  /// Adds a tile of the summed axes to what the lane has.
  mutating func emitSums(_ product: Int, _ axes: AccessGraph.ProductAxes, at sums: TileAccess) {
    let right = rightOperand(product, axes)
    let left = leftOperand(product, axes)
    appendProduct(product, axes, left, right, to: sums, product, nil, accumulates: true)
  }

  /// The product of a task's tile to a place where columns lie side by side.
  private mutating func appendProduct(
    _ product: Int, _ axes: AccessGraph.ProductAxes, _ left: TileAccess, _ right: RightOperand,
    to result: TileAccess, _ member: Int, _ epilogue: Epilogue?, accumulates: Bool = false
  ) {
    let extras = epilogue?.reads.map { access(member, $0) } ?? []
    let columns = merged(columns: axes.columns, product)
    var rows = axes.rows.map { axis in
      RowAxis(
        extent: extent(product, axis),
        strides: [left.strides[axis], result.strides[axis]] + extras.map { $0.strides[axis] })
    }
    Self.merge(&rows)
    let inner = rows.popLast()
    let outer = rows
    let innermostColumn = axes.columns.last
    let batchExtents = extents(product, axes.batch)
    looped(batchExtents) { emission, batch in
      var (from, to) = (left.location, result.location)
      var sources = extras.map(\.location)
      for (axis, counter) in zip(axes.batch, batch) {
        from.offset = from.offset + counter * left.strides[axis]
        to.offset = to.offset + counter * result.strides[axis]
        for (number, extra) in extras.enumerated() {
          sources[number].offset = sources[number].offset + counter * extra.strides[axis]
        }
      }
      emission.forEachPanel(product, axes.summed, right, columns) {
        emission, depths, first, columns in
        let panel = right.locate(&emission, batch, depths, first)
        let to = TileLocation(to.base, to.offset + first)
        let runs = Self.runs(depths, axes.summed.map { left.strides[$0] })
        emission.looped(outer.map(\.extent)) { emission, counters in
          var (from, to, sources) = (from, to, sources)
          for (axis, counter) in zip(outer, counters) {
            from.offset = from.offset + counter * axis.strides[0]
            to.offset = to.offset + counter * axis.strides[1]
            for number in sources.indices {
              sources[number].offset = sources[number].offset + counter * axis.strides[number + 2]
            }
          }
          let own = epilogue.map { epilogue in
            TileContract.Epilogue(
              sources: sources.indices.map { number in
                TileAccess(
                  sources[number],
                  strides: [
                    inner?.strides[number + 2] ?? 0,
                    innermostColumn.map { extras[number].strides[$0] } ?? 0,
                  ])
              }, expression: epilogue.expression)
          }
          emission.append(
            .contract(
              TileContract(
                rows: inner?.extent ?? TileExtent(1), columns: columns, depths: runs, left: from,
                leftRowStride: inner?.strides[0] ?? 0, right: panel, panelWidth: right.width,
                target: to, targetRowStride: inner?.strides[1] ?? 0, register: right.register,
                epilogue: own, accumulates: accumulates)))
        }
      }
    }
    countFlops(product)
  }

  /// Statements for each run of columns whose panels are made together, and for the tile's lengths
  /// along the summed axes.
  private mutating func forEachPanel(
    _ product: Int, _ summed: [Int], _ right: RightOperand, _ columns: TileExtent,
    _ body: (inout RegionEmission, [Int], AffineExpression, TileExtent) -> Void
  ) {
    forEachDepth(product, summed) { emission, depths in
      guard right.isPanelwise else {
        return body(&emission, depths, AffineExpression(), columns)
      }
      let width = right.width
      emission.looped([TileExtent((columns.size + width - 1) / width)]) { emission, counters in
        let first = counters[0] * width
        let own = Self.panel(columns, from: first, width)
        body(&emission, depths, first, own)
      }
    }
  }

  /// The columns of one panel, of a tile's columns that ``isPanelwise(_:_:)`` allows.
  private static func panel(
    _ columns: TileExtent, from first: AffineExpression, _ width: Int
  ) -> TileExtent {
    if columns.size <= width { return columns }
    guard let fixed = columns.fixed else {
      return TileExtent(width, of: columns.total, from: columns.start + first)
    }
    return fixed.isMultiple(of: width)
      ? TileExtent(width) : TileExtent(width, of: fixed, from: first)
  }

  /// Whether each panel of a tile's columns is clipped by one bound: the tile's, or the operand's.
  private static func isPanelwise(_ columns: TileExtent, _ width: Int) -> Bool {
    columns.fixed != nil || columns.size <= width || columns.size.isMultiple(of: width)
  }

  /// Statements for the tile's lengths along the summed axes, which kernels know beforehand: those of
  /// a whole tile, and where tiles do not divide an axis those of its last one.
  private mutating func forEachDepth(
    _ product: Int, _ summed: [Int], _ known: [Int] = [],
    _ body: (inout RegionEmission, [Int]) -> Void
  ) {
    guard known.count < summed.count else { return body(&self, known) }
    let axis = summed[known.count]
    let length = graph.nodes[product].space[axis]
    guard let label = labels[product]![axis] else {
      return forEachDepth(product, summed, known + [length], body)
    }
    let tile = axes[label].tile
    guard !length.isMultiple(of: tile) else {
      return forEachDepth(product, summed, known + [tile], body)
    }
    let number = axes[label].start.divided(by: tile)
    let whole = collected { $0.forEachDepth(product, summed, known + [tile], body) }
    let last = collected { $0.forEachDepth(product, summed, known + [length % tile], body) }
    statements.append(
      .guarded(index: number, limit: length / tile, body: whole, otherwise: last))
  }

  /// Nested runs of k for these lengths and distances.
  private static func runs(_ lengths: [Int], _ strides: [Int]) -> [TileContract.Depth] {
    let merged = StridedAxes(lengths: lengths, strides: [strides]).merged()
    let runs = zip(merged.lengths, merged.strides[0]).map { TileContract.Depth($0, $1) }
    return runs.isEmpty ? [TileContract.Depth(1, 0)] : runs
  }

  /// The longest length of a task's tile along each of some axes.
  private func depths(_ product: Int, _ axes: [Int]) -> [Int] {
    extents(product, axes).map(\.size)
  }

  /// Neighbouring axes as one wherever every operand runs on through them.
  private static func merge(_ rows: inout [RowAxis]) {
    rows.removeAll { $0.extent.fixed == 1 }
    var axis = rows.count - 2
    while axis >= 0 {
      let (outer, inner) = (rows[axis], rows[axis + 1])
      if inner.extent.fixed == inner.extent.size,
        zip(outer.strides, inner.strides).allSatisfy({ $0 == $1 * inner.extent.size })
      {
        let size = inner.extent.size
        rows[axis] = RowAxis(
          extent: TileExtent(
            outer.extent.size * size, of: outer.extent.total * size,
            from: outer.extent.start * size), strides: inner.strides)
        rows.remove(at: axis + 1)
      }
      axis -= 1
    }
  }

  /// The columns of a task; only the outermost of several axes is cut.
  private func merged(columns: [Int], _ product: Int) -> TileExtent {
    let inner = columns.dropFirst().reduce(1) { $0 * graph.nodes[product].space[$1] }
    guard let first = columns.first else { return TileExtent(1) }
    let own = extent(product, first)
    return TileExtent(own.size * inner, of: own.total * inner, from: own.start * inner)
  }

  /// Whether the columns of a task lie side by side in a place.
  private func liesInColumns(
    _ product: Int, _ axes: AccessGraph.ProductAxes, _ place: Place
  ) -> Bool {
    var next = 1
    for axis in axes.columns.reversed() {
      guard place.strides[axis] == next else { return false }
      next *= graph.nodes[product].space[axis]
    }
    return true
  }

  // MARK: - Operands
  /// The left operand with its summed axes or its rows innermost: if neither lies side by side, every
  /// element of a register tile would have a cache line of its own, so it is brought into scratch. Rows
  /// side by side are as good as k, but they are copied out of memory too: one line of each k after the
  /// other would be more streams than a core follows.
  private mutating func leftOperand(
    _ product: Int, _ axes: AccessGraph.ProductAxes
  ) -> TileAccess {
    let node = graph.nodes[product]
    let own = access(product, node.reads[0])
    guard let last = axes.summed.last else { return own }
    let hasRows = axes.rows.last.map { own.strides[$0] == 1 && extent(product, $0).size >= 16 }
    if hasRows == true, case .scratch = own.location.base { return own }
    let order =
      axes.batch + (hasRows == true ? axes.summed + axes.rows : axes.rows + axes.summed)
    let innermost = hasRows == true ? axes.rows : axes.summed
    let extents = extents(product, order)
    let count = extents.reduce(1) { $0 * $1.size }
    if own.strides[last] <= 1 || count < 1024 { return own }
    let element = graph.values[node.reads[0].value].element
    var strides = rowMajor(extents.map(\.size))
    let row = depths(product, innermost).reduce(1, *)
    if row * element.byteCount % 1024 == 0 {
      for place in order.indices.dropLast(innermost.count) {
        strides[place] = strides[place] / row * (row + 64 / element.byteCount)
      }
    }
    let size = zip(extents, strides).reduce(1) { $0 + ($1.0.size - 1) * $1.1 }
    let scratch = builder.scratch(element, size)
    append(
      .compute(
        TileCompute(
          extents: extents, target: TileAccess(TileLocation(scratch), strides: strides),
          sources: [TileAccess(own.location, strides: order.map { own.strides[$0] })],
          expression: .operand(0))))
    var packed = TileAccess(
      TileLocation(scratch), strides: [Int](repeating: 0, count: node.space.count))
    for (place, axis) in order.enumerated() { packed.strides[axis] = strides[place] }
    return packed
  }

  /// A right operand in panels.
  struct RightOperand {
    var width: Int
    var register: TileContract.RegisterTile
    /// Whether panels are made one after the other, each just before it is read, in the same scratch.
    var isPanelwise = false
    /// Where the panels of a task start, for counters along the batch axes, lengths along the summed
    /// ones, and the first column of a panelwise operand; may append statements that make them.
    var locate: (inout RegionEmission, [AffineExpression], [Int], AffineExpression) -> TileLocation
  }

  private mutating func rightOperand(
    _ product: Int, _ axes: AccessGraph.ProductAxes
  ) -> RightOperand {
    let node = graph.nodes[product]
    let read = node.reads[1]
    if places[read.value] != nil || region.lanes.contains(product) {
      return packedInside(product, axes)
    }
    let panels = lowering.panels(product, name)
    let element = graph.values[read.value].element
    let base = builder.parameter(panels.buffer, offset: 0, element, .read)
    let starts = axes.batch.map { start(product, $0) }
    let columnStart = axes.columns.first.map { start(product, $0) } ?? AffineExpression()
    let inner = axes.columns.dropFirst().reduce(1) { $0 * node.space[$1] }
    return RightOperand(width: panels.width, register: panels.register) { _, counters, _, _ in
      var offset = columnStart * (inner * panels.depth)
      for (number, counter) in counters.enumerated() {
        offset = offset + (counter + starts[number]) * panels.batchStrides[number]
      }
      return TileLocation(base, offset)
    }
  }

  /// Panels of what the region itself computes, or of a tile along the summed axes, made in scratch
  /// for one batch position at a time.
  private mutating func packedInside(
    _ product: Int, _ axes: AccessGraph.ProductAxes
  ) -> RightOperand {
    let node = graph.nodes[product]
    let element = graph.values[node.reads[1].value].element
    let source = access(product, node.reads[1])
    let columnCount = axes.columns.reduce(1) { $0 * node.space[$1] }
    let depth = depths(product, axes.summed).reduce(1, *)
    let shape = lowering.panelShapes.shape(columns: columnCount, depth: depth, element)
    let columns = merged(columns: axes.columns, product)
    let panelCount = (columns.size + shape.width - 1) / shape.width
    let even = StridedAxes(
      lengths: extents(product, axes.columns).map(\.size),
      strides: [axes.columns.map { source.strides[$0] }]
    ).merged()
    // What a lane takes in is read by one product, in the order of its panels.
    let isPanelwise =
      region.lanes.contains(product) && even.lengths.count <= 1
      && axes.rows.count <= 1 && Self.isPanelwise(columns, shape.width)
    let scratch = builder.scratch(
      element, (isPanelwise ? 1 : panelCount) * depth * shape.width)
    return RightOperand(width: shape.width, register: shape.register, isPanelwise: isPanelwise) {
      emission, counters, depths, first in
      var from = source.location
      for (axis, counter) in zip(axes.batch, counters) {
        from.offset = from.offset + counter * source.strides[axis]
      }
      let runs = Self.runs(depths, axes.summed.map { source.strides[$0] })
      if isPanelwise {
        let columnStride = even.strides[0].first ?? 1
        from.offset = from.offset + first * columnStride
        let rest = Self.panel(columns, from: first, shape.width)
        emission.append(
          .pack(
            TilePack(
              columns: rest, width: shape.width, depths: runs, source: from,
              columnStride: columnStride, target: TileLocation(scratch))))
      } else if even.lengths.count <= 1 {
        emission.pack(
          columns, columnStride: even.strides[0].first ?? 1, shape.width, from, runs,
          into: scratch)
      } else {
        emission.scatter(
          product, axes, shape.width, depths, from, source, into: scratch)
      }
      return TileLocation(scratch)
    }
  }

  private mutating func pack(
    _ columns: TileExtent, columnStride: Int, _ width: Int, _ from: TileLocation,
    _ runs: [TileContract.Depth], into scratch: TileLocation.Base
  ) {
    let depth = runs.reduce(1) { $0 * $1.count }
    looped([TileExtent((columns.size + width - 1) / width)]) { emission, counters in
      let panel = counters[0] * width
      var start = from
      start.offset = start.offset + panel * columnStride
      let own =
        columns.fixed.map { $0.isMultiple(of: width) } == true
        ? TileExtent(width)
        : TileExtent(
          width, of: columns.fixed ?? columns.total,
          from: (columns.fixed == nil ? columns.start : AffineExpression()) + panel)
      emission.append(
        .pack(
          TilePack(
            columns: own, width: width, depths: runs, source: start, columnStride: columnStride,
            target: TileLocation(scratch, panel * depth))))
    }
  }

  /// Columns of several axes that do not lie evenly: brought together row by row, then packed.
  private mutating func scatter(
    _ product: Int, _ axes: AccessGraph.ProductAxes, _ width: Int, _ depths: [Int],
    _ from: TileLocation, _ source: TileAccess, into scratch: TileLocation.Base
  ) {
    let node = graph.nodes[product]
    let element = graph.values[node.reads[1].value].element
    let order = axes.summed + axes.columns
    let extents = extents(product, order)
    let strides = rowMajor(extents.map(\.size))
    let even = builder.scratch(element, extents.reduce(1) { $0 * $1.size })
    append(
      .compute(
        TileCompute(
          extents: extents, target: TileAccess(TileLocation(even), strides: strides),
          sources: [TileAccess(from, strides: order.map { source.strides[$0] })],
          expression: .operand(0))))
    pack(
      merged(columns: axes.columns, product), columnStride: 1, width, TileLocation(even),
      Self.runs(depths, Array(strides.prefix(axes.summed.count))), into: scratch)
  }
}
