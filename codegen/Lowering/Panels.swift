import GraphIR
import GraphRegions
import TensorCore
import TileIR

/// The right operand of a product, packed for the kernels: for each position of the batch axes,
/// panel after panel of `width` columns.
struct Panels {
  var buffer: Int
  var width: Int
  var columns: Int
  var depth: Int
  /// Distance of neighbours along each batch label, in elements.
  var batchStrides: [Character: Int]
  var register: TileContract.RegisterTile

  var panelCount: Int { (columns + width - 1) / width }
}

/// What is packed how; equal keys share one buffer.
struct GroupPanelKey: Hashable {
  var value: Int
  var contraction: Contraction
}

extension EntryLowering {
  /// Whether a contraction is worth a product of tiles: several rows and columns of f32 or f64.
  func isProduct(_ contraction: Contraction, _ node: FormGraph.Node) -> Bool {
    let element = type(node.operands[0]).element
    guard element == .f32 || element == .f64 else { return false }
    let lengths = lengths(contraction, node)
    func count(_ labels: [Character]) -> Int { labels.reduce(1) { $0 * lengths[$1]! } }
    return count(contraction.rows) >= 2 && count(contraction.columns) >= 2
      && count(contraction.summed) >= 1
  }

  func lengths(_ contraction: Contraction, _ node: FormGraph.Node) -> [Character: Int] {
    var lengths: [Character: Int] = [:]
    for (labels, operand) in zip([contraction.left, contraction.right], node.operands) {
      for (label, length) in zip(labels, type(operand).shape.dimensions) { lengths[label] = length }
    }
    return lengths
  }

  /// The summed axes as nested runs of the left operand, merged where it runs on through them.
  func depths(
    _ contraction: Contraction, _ left: Int, _ strides: [Int]
  ) -> [TileContract.Depth] {
    runs(contraction.summed, contraction.left, type(left).shape, strides)
  }

  /// The right operand's panels, packed by a step of their own unless they exist already.
  func panels(_ node: FormGraph.Node, _ contraction: Contraction) -> Panels {
    let lengths = lengths(contraction, node)
    func count(_ labels: [Character]) -> Int { labels.reduce(1) { $0 * lengths[$1]! } }
    let right = node.operands[1]
    let element = type(right).element
    let columns = count(contraction.columns)
    let register = target.registerTile(columns: columns, element)
    var panels = Panels(
      buffer: -1, width: register.vectors * target.vectorByteCount / element.byteCount,
      columns: columns, depth: count(contraction.summed), batchStrides: [:], register: register)
    var stride = panels.panelCount * panels.depth * panels.width
    for label in contraction.batch.reversed() {
      panels.batchStrides[label] = stride
      stride *= lengths[label]!
    }
    let key = GroupPanelKey(value: right, contraction: contraction)
    if let known = self.panels[key] {
      panels.buffer = known
    } else {
      panels.buffer = addBuffer(.temporary, element, stride, "panels of \(name)")
      self.panels[key] = panels.buffer
      pack(right, contraction, panels)
    }
    return panels
  }

  private func pack(_ value: Int, _ contraction: Contraction, _ panels: Panels) {
    var value = value
    var shape = type(value).shape
    var labels = contraction.right
    func strides(_ wanted: [Character]) -> StridedAxes {
      let places = wanted.map { labels.firstIndex(of: $0)! }
      return StridedAxes(
        lengths: places.map { shape[$0] }, strides: [places.map { self.view(value).strides[$0] }])
    }
    if strides(contraction.columns).merged().lengths.count > 1 {
      // Columns that do not lie evenly are brought together first.
      value = reordered(
        value, labels, as: contraction.batch + contraction.summed + contraction.columns)
      labels = contraction.batch + contraction.summed + contraction.columns
      shape = type(value).shape
    }
    let view = self.view(value)
    let element = type(value).element
    var builder = ProgramBuilder()
    let source = builder.parameter(view.buffer, offset: view.offset, element, .read)
    let target = builder.parameter(panels.buffer, offset: 0, element, .write)
    var from = AffineExpression()
    var to = AffineExpression()
    for label in contraction.batch {
      let place = labels.firstIndex(of: label)!
      let axis = TiledAxis(shape[place], tile: 1, &builder)
      from = from + axis.start * view.strides[place]
      to = to + axis.start * panels.batchStrides[label]!
    }
    let columnStride = strides(contraction.columns).merged().strides[0].first ?? 1
    let axis = TiledAxis(panels.columns, tile: panels.width, &builder)
    builder.append(
      .pack(
        TilePack(
          columns: axis.extent, width: panels.width,
          depths: runs(contraction.summed, labels, shape, view.strides),
          source: TileLocation(source, from + axis.start * columnStride),
          columnStride: columnStride, target: TileLocation(target, to + axis.start * panels.depth)))
    )
    append(builder.step("pack/\(name)"))
  }

  private func runs(
    _ summed: [Character], _ labels: [Character], _ shape: Shape, _ strides: [Int]
  ) -> [TileContract.Depth] {
    let places = summed.map { labels.firstIndex(of: $0)! }
    let axes = StridedAxes(
      lengths: places.map { shape[$0] }, strides: [places.map { strides[$0] }]
    ).merged()
    let depths = zip(axes.lengths, axes.strides[0]).map { TileContract.Depth($0, $1) }
    return depths.isEmpty ? [TileContract.Depth(1, 0)] : depths
  }

  /// A row-major copy with the dimensions in another order.
  func reordered(_ value: Int, _ labels: [Character], as order: [Character]) -> Int {
    let places = order.map { labels.firstIndex(of: $0)! }
    let old = type(value)
    let new = TensorType(old.element, Shape(trusted: places.map { old.shape[$0] }))
    let current = view(value)
    let moved = graph.appendNode(.move(.reshape), [value], new).results[0]
    views[moved] = View(
      buffer: current.buffer, offset: current.offset, strides: places.map { current.strides[$0] })
    return materialized(moved)
  }
}
