import GraphIR
import GraphRegions
import TensorCore
import TileIR

extension EntryLowering {
  /// A contraction as a region of its own: a product of tiles where it has rows and columns, else
  /// a sum of products position by position.
  func lowerContraction(_ node: FormGraph.Node, _ contraction: Contraction) {
    var node = node
    var contraction = contraction
    // The columns should be what lies innermost in the result.
    if let last = contraction.result.last, contraction.rows.contains(last) {
      contraction = Contraction(
        left: contraction.right, right: contraction.left, result: contraction.result)
      node.operands = [node.operands[1], node.operands[0]]
    }
    if isProduct(contraction, node) {
      if matmul == .openblas, lowerLibraryProduct(node, contraction) { return }
      lowerProduct(node, contraction)
    } else {
      lowerSumOfProducts(node, contraction)
    }
  }

  private func lowerProduct(_ node: FormGraph.Node, _ contraction: Contraction) {
    let lengths = lengths(contraction, node)
    let element = type(node.operands[0]).element
    let panels = panels(node, contraction)
    let (left, leftLabels) = readableLeft(node.operands[0], contraction)
    let leftView = view(left)
    func leftStride(_ label: Character) -> Int {
      leftView.strides[leftLabels.firstIndex(of: label)!]
    }
    // The result lies as batch, rows, columns; its own order of dimensions is a view of that.
    let canonical = contraction.batch + contraction.rows + contraction.columns
    let shape = Shape(trusted: canonical.map { lengths[$0]! })
    let buffer = addBuffer(.temporary, element, shape.count, name)
    func targetStride(_ label: Character) -> Int { shape.strides[canonical.firstIndex(of: label)!] }
    views[node.results[0]] = View(buffer: buffer, strides: contraction.result.map(targetStride))

    var builder = ProgramBuilder()
    var leftPlace = TileLocation(
      builder.parameter(leftView.buffer, offset: leftView.offset, element, .read))
    var rightPlace = TileLocation(builder.parameter(panels.buffer, offset: 0, element, .read))
    var place = TileLocation(builder.parameter(buffer, offset: 0, element, .write))
    for label in contraction.batch {
      let axis = TiledAxis(lengths[label]!, tile: 1, &builder)
      leftPlace.offset = leftPlace.offset + axis.start * leftStride(label)
      rightPlace.offset = rightPlace.offset + axis.start * panels.batchStrides[label]!
      place.offset = place.offset + axis.start * targetStride(label)
    }
    // Long rows need no more neighbours; outer axes stay apart for whoever cuts the work along them.
    let rows = StridedAxes(
      lengths: contraction.rows.map { lengths[$0]! },
      strides: [contraction.rows.map(leftStride), contraction.rows.map(targetStride)]
    ).merged(limit: 4096)
    for axis in rows.lengths.indices.dropLast() {
      let outer = TiledAxis(rows.lengths[axis], tile: 1, &builder)
      leftPlace.offset = leftPlace.offset + outer.start * rows.strides[0][axis]
      place.offset = place.offset + outer.start * rows.strides[1][axis]
    }
    let rowCount = rows.lengths.last ?? 1
    let rowAxis = TiledAxis(rowCount, tile: rowTile(rowCount, panels.register), &builder)
    let columnAxis = TiledAxis(
      panels.columns, tile: columnTile(panels, tasks: builder.taskCount), &builder)
    let (leftRow, targetRow) = (rows.strides[0].last ?? 0, rows.strides[1].last ?? 0)
    leftPlace.offset = leftPlace.offset + rowAxis.start * leftRow
    place.offset = place.offset + rowAxis.start * targetRow + columnAxis.start
    rightPlace.offset = rightPlace.offset + columnAxis.start * panels.depth
    builder.append(
      .contract(
        TileContract(
          rows: rowAxis.extent, columns: columnAxis.extent,
          depths: depths(
            Contraction(left: leftLabels, right: contraction.right, result: contraction.result),
            left, leftView.strides), left: leftPlace,
          leftRowStride: leftRow, right: rightPlace, panelWidth: panels.width, target: place,
          targetRowStride: targetRow, register: panels.register)))
    append(builder.step(name, flops: 2 * shape.count * panels.depth))
  }

  /// The left operand with k innermost: a stride along k would touch a cache line for each element.
  private func readableLeft(_ value: Int, _ contraction: Contraction) -> (Int, [Character]) {
    guard let inner = contraction.summed.last else { return (value, contraction.left) }
    let place = contraction.left.firstIndex(of: inner)!
    let shape = type(value).shape
    if view(value).strides[place] == 1 || shape[place] == 1 || shape.count < 4096 {
      return (value, contraction.left)
    }
    let order = contraction.batch + contraction.rows + contraction.summed
    return (reordered(value, contraction.left, as: order), order)
  }

  /// Rows of a task: enough that panels are read often while they are near, few enough that the
  /// rows themselves stay in cache.
  private func rowTile(_ count: Int, _ register: TileContract.RegisterTile) -> Int {
    count <= 2 * register.rows ? count : 8 * register.rows
  }

  /// All columns, unless that leaves fewer than sixteen tasks.
  private func columnTile(_ panels: Panels, tasks: Int) -> Int {
    let parts = max(1, 16 / max(tasks, 1))
    return (panels.panelCount + parts - 1) / parts * panels.width
  }

  /// Products at each position of the result, summed one after another.
  private func lowerSumOfProducts(_ node: FormGraph.Node, _ contraction: Contraction) {
    let lengths = lengths(contraction, node)
    let element = type(node.operands[0]).element
    let result = node.results[0]
    let target = define(result, .temporary, name)
    var builder = ProgramBuilder()
    let shape = type(result).shape
    let axes = tiled(shape, &builder)
    let order = contraction.result + contraction.summed
    let sources = zip([contraction.left, contraction.right], node.operands).map { labels, operand in
      let view = view(operand)
      func stride(_ label: Character) -> Int {
        labels.firstIndex(of: label).map { view.strides[$0] } ?? 0
      }
      let base = builder.parameter(view.buffer, offset: view.offset, element, .read)
      let start = zip(contraction.result, axes).reduce(AffineExpression()) {
        $0 + $1.1.start * stride($1.0)
      }
      return TileAccess(TileLocation(base, start), strides: order.map(stride))
    }
    let base = builder.parameter(target.buffer, offset: 0, element, .write)
    let hasSum = !contraction.summed.isEmpty
    builder.append(
      .compute(
        TileCompute(
          extents: axes.map(\.extent), reduced: contraction.summed.map { TileExtent(lengths[$0]!) },
          combiner: hasSum ? .add : nil,
          target: TileAccess(
            TileLocation(base, start(axes, target.strides)), strides: target.strides),
          sources: sources, expression: .apply(.multiply, [.operand(0), .operand(1)]))))
    let depth = contraction.summed.reduce(1) { $0 * lengths[$1]! }
    append(builder.step(name, flops: 2 * shape.count * depth))
  }

  /// All axes of a shape cut into tiles of a few thousand positions, innermost first.
  func tiled(_ shape: Shape, _ builder: inout ProgramBuilder) -> [TiledAxis] {
    var room = min(16 * 1024, max(1024, shape.count / 16))
    var tiles = [Int](repeating: 1, count: shape.rank)
    for axis in (0..<shape.rank).reversed() {
      tiles[axis] = min(max(shape[axis], 1), room)
      room = tiles[axis] < shape[axis] ? 1 : max(1, room / max(shape[axis], 1))
    }
    return (0..<shape.rank).map { TiledAxis(shape[$0], tile: tiles[$0], &builder) }
  }

  func start(_ axes: [TiledAxis], _ strides: [Int]) -> AffineExpression {
    zip(axes, strides).reduce(AffineExpression()) { $0 + $1.0.start * $1.1 }
  }
}
