import GraphIR
import GraphRegions
import TensorCore
import TileIR

/// The right operand of a product as kernels read it: for each position of the batch axes, panel
/// after panel of `width` columns, in each a row of columns for every k.
struct OperandPanels {
  var buffer: Int
  var key: PanelKey
  var width: Int
  var register: TileContract.RegisterTile

  var columns: Int { key.columns.reduce(1, *) }
  var depth: Int { key.summed.reduce(1, *) }
  var panelCount: Int { (columns + width - 1) / width }
  /// Elements of all panels of one batch position.
  var stride: Int { panelCount * depth * width }
  /// Distances along the batch axes.
  var batchStrides: [Int] { rowMajor(key.batch).map { $0 * stride } }
  var count: Int { key.batch.reduce(stride, *) }
}

/// What is packed how; equal keys share one buffer.
struct PanelKey: Hashable {
  var value: Int
  /// The value's dimensions by the axes batch, columns, summed, in this order.
  var index: [DimensionAccess]
  var batch: [Int]
  var columns: [Int]
  var summed: [Int]

  /// For operand 1 of a product; nil for any other.
  init?(_ graph: AccessGraph, _ node: Int, _ operand: Int, _ target: TargetLevel) {
    guard operand == 1, case .product(let axes) = graph.nodes[node].kind else { return nil }
    let own = graph.nodes[node]
    let order = axes.batch + axes.columns + axes.summed
    value = own.reads[1].value
    index = own.reads[1].index.map { access in
      access.renamed { order.firstIndex(of: $0)! }
    }
    batch = axes.batch.map { own.space[$0] }
    columns = axes.columns.map { own.space[$0] }
    summed = axes.summed.map { own.space[$0] }
  }

  /// For operand 1 of a product that reads panels; those in lanes pack tile by tile.
  init?(_ partition: Partition, _ node: Int, _ operand: Int, _ target: TargetLevel) {
    if partition.regions[partition.regionOf[node]].lanes.contains(node) { return nil }
    self.init(partition.graph, node, operand, target)
  }

  func shape(
    _ shapes: PanelShapes, _ element: ElementType
  ) -> (width: Int, register: TileContract.RegisterTile) {
    shapes.shape(columns: columns.reduce(1, *), depth: summed.reduce(1, *), element)
  }

  /// Keys that regions ask of values which another region makes.
  static func wanted(_ partition: Partition, _ target: TargetLevel) -> [Int: [PanelKey]] {
    var wanted: [Int: [PanelKey]] = [:]
    let graph = partition.graph
    for (number, node) in graph.nodes.enumerated() {
      for (operand, read) in node.reads.enumerated() {
        guard let producer = graph.producer(read.value),
          partition.regionOf[producer] != partition.regionOf[number],
          let key = PanelKey(partition, number, operand, target),
          wanted[read.value]?.contains(key) != true
        else { continue }
        wanted[read.value, default: []].append(key)
      }
    }
    return wanted
  }
}

/// How wide panels are, and by which register tiles they are read.
struct PanelShapes {
  var target: TargetLevel
  /// The level whose panels are used; nil for the target's own.
  var level: TargetLevel?

  /// Columns of a product's panels.
  func width(_ graph: AccessGraph, _ node: AccessGraph.Node) -> Int {
    guard case .product(let axes) = node.kind else { return 1 }
    let columns = axes.columns.reduce(1) { $0 * node.space[$1] }
    let depth = axes.summed.reduce(1) { $0 * node.space[$1] }
    return shape(columns: columns, depth: depth, graph.values[node.results[0]].element).width
  }

  func shape(
    columns: Int, depth: Int, _ element: ElementType
  ) -> (width: Int, register: TileContract.RegisterTile) {
    func width(_ tile: TileContract.RegisterTile, _ level: TargetLevel) -> Int {
      tile.parts * tile.vectors * level.vectorByteCount / element.byteCount
    }
    let own = target.registerTile(columns: columns, depth: depth, element)
    guard let level, level != target else { return (width(own, target), own) }
    let wanted = width(level.registerTile(columns: columns, depth: depth, element), level)
    // Panels of narrower vectors would leave lanes empty.
    guard wanted.isMultiple(of: target.vectorByteCount / element.byteCount) else {
      return (width(own, target), own)
    }
    let tile = target.registerTile(columns: columns, depth: depth, element, dividing: wanted)
    return (wanted, tile)
  }
}

extension EntryLowering {
  func makePanels(_ key: PanelKey, _ name: String) -> OperandPanels {
    let element = graph.values[key.value].element
    let shape = key.shape(panelShapes, element)
    var panels = OperandPanels(
      buffer: -1, key: key, width: shape.width, register: shape.register)
    panels.buffer = addBuffer(.temporary, element, panels.count, "panels of \(name)")
    self.panels[key] = panels
    return panels
  }

  /// The panels of a finished operand, packed by a step of their own unless they exist.
  func panels(_ node: Int, _ name: String) -> OperandPanels {
    let key = PanelKey(graph, node, 1, target)!
    if let known = panels[key] { return known }
    let panels = makePanels(key, name)
    let source = view(key.value, graph.box(of: 1, in: node))
    var strides = [Int](repeating: 0, count: key.batch.count + key.columns.count + key.summed.count)
    var start = source.offset
    for (access, stride) in zip(key.index, source.strides) {
      start += access.start * stride
      for term in access.terms { strides[term.axis] += term.step * stride }
    }
    pack(panels, buffer: source.buffer, start: start, strides, name)
    return panels
  }

  private func pack(
    _ panels: OperandPanels, buffer: Int, start: Int, _ strides: [Int], _ name: String
  ) {
    let key = panels.key
    let element = graph.values[key.value].element
    let (batchCount, columnCount) = (key.batch.count, key.columns.count)
    let columnStrides = Array(strides[batchCount..<batchCount + columnCount])
    let columns = StridedAxes(lengths: key.columns, strides: [columnStrides]).merged()
    if columns.lengths.count > 1 {
      // Columns that do not lie evenly are brought together first.
      var order = Array(0..<batchCount)
      order += (batchCount + columnCount)..<strides.count
      order += batchCount..<batchCount + columnCount
      let lengths = key.batch + key.columns + key.summed
      let copy = copied(
        buffer, start, order.map { lengths[$0] }, order.map { strides[$0] }, element, name)
      let tight = rowMajor(order.map { lengths[$0] })
      var own = strides
      for (place, axis) in order.enumerated() { own[axis] = tight[place] }
      return pack(panels, buffer: copy, start: 0, own, name)
    }
    var builder = ProgramBuilder()
    let source = builder.parameter(buffer, offset: start, element, .read)
    let target = builder.parameter(panels.buffer, offset: 0, element, .write)
    var (from, to) = (AffineExpression(), AffineExpression())
    for (axis, length) in key.batch.enumerated() {
      let tiled = TiledAxis(length, tile: 1, &builder)
      from = from + tiled.start * strides[axis]
      to = to + tiled.start * panels.batchStrides[axis]
    }
    let columnStride = columns.strides[0].first ?? 1
    let axis = TiledAxis(panels.columns, tile: panels.width, &builder)
    let depths = StridedAxes(
      lengths: key.summed, strides: [Array(strides[(batchCount + columnCount)...])]
    ).merged()
    builder.append(
      .pack(
        TilePack(
          columns: axis.extent, width: panels.width,
          depths: zip(depths.lengths, depths.strides[0]).map { TileContract.Depth($0, $1) },
          source: TileLocation(source, from + axis.start * columnStride),
          columnStride: columnStride, target: TileLocation(target, to + axis.start * panels.depth)))
    )
    append(builder.step("pack/\(name)"))
  }

  /// A row-major copy of what lies with other strides.
  func copied(
    _ buffer: Int, _ start: Int, _ lengths: [Int], _ strides: [Int], _ element: ElementType,
    _ name: String
  ) -> Int {
    let copy = addBuffer(.temporary, element, lengths.reduce(1, *), "copy for \(name)")
    var builder = ProgramBuilder()
    let source = builder.parameter(buffer, offset: start, element, .read)
    let target = builder.parameter(copy, offset: 0, element, .write)
    var room = 16 * 1024
    var tiles = lengths
    for axis in lengths.indices.reversed() {
      tiles[axis] = min(lengths[axis], max(1, room))
      room = tiles[axis] < lengths[axis] ? 1 : room / max(lengths[axis], 1)
    }
    let axes = lengths.indices.map { TiledAxis(lengths[$0], tile: tiles[$0], &builder) }
    func first(_ strides: [Int]) -> AffineExpression {
      zip(axes, strides).reduce(AffineExpression()) { $0 + $1.0.start * $1.1 }
    }
    let tight = rowMajor(lengths)
    builder.append(
      .compute(
        TileCompute(
          extents: axes.map(\.extent),
          target: TileAccess(TileLocation(target, first(tight)), strides: tight),
          sources: [TileAccess(TileLocation(source, first(strides)), strides: strides)],
          expression: .operand(0))))
    append(builder.step("reorder/\(name)"))
    return copy
  }
}
