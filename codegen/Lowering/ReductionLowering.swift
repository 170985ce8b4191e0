import GraphIR
import GraphRegions
import TensorCore
import TileIR

extension EntryLowering {
  /// A reduction as a region of its own; one over very many elements in two steps, so that threads
  /// can share it and sums stay accurate.
  func lowerReduction(_ node: FormGraph.Node, _ reduction: Reduction) {
    let shape = type(node.operands[0]).shape
    let reduced = reduction.axes.reduce(1) { $0 * shape[$1] }
    let kept = type(node.results[0]).shape.count
    if reduced > 2 * Self.partCount, kept < 64, !reduction.givesIndex {
      lowerParts(node, reduction)
    } else {
      _ = lowerRegion([node])
    }
  }

  /// Elements of a part: sums over more are added up as a tree of parts.
  private static let partCount = 4096

  /// Phase one reduces parts, phase two reduces the parts' results.
  private func lowerParts(_ node: FormGraph.Node, _ reduction: Reduction) {
    let operand = node.operands[0]
    let (shape, element) = (type(operand).shape, type(operand).element)
    let view = view(operand)
    let axes = StridedAxes(
      lengths: reduction.axes.map { shape[$0] }, strides: [reduction.axes.map { view.strides[$0] }]
    ).merged()
    // One long axis is cut; of several, the outermost gives the parts.
    let outer = axes.lengths[0]
    let part = axes.lengths.count == 1 ? Self.partCount : 1
    let kept = (0..<shape.rank).filter { !reduction.axes.contains($0) }
    let parts = (outer + part - 1) / part
    let partial = TensorType(element, Shape(trusted: kept.map { shape[$0] } + [parts]))
    var rest = reduction
    rest.axes = [kept.count]
    let reducer = graph.appendNode(.reduce(reduction), [operand], partial)
    let target = define(reducer.results[0], .temporary, name)

    var builder = ProgramBuilder()
    var from = AffineExpression()
    var to = AffineExpression()
    for (position, axis) in kept.enumerated() {
      let tiled = TiledAxis(shape[axis], tile: 1, &builder)
      from = from + tiled.start * view.strides[axis]
      to = to + tiled.start * target.strides[position]
    }
    let cut = TiledAxis(outer, tile: part, &builder)
    from = from + cut.start * axes.strides[0][0]
    if let variable = cut.variable { to = to + .variable(variable) }
    let source = builder.parameter(view.buffer, offset: view.offset, element, .read)
    let place = builder.parameter(target.buffer, offset: 0, element, .write)
    let inner = zip(axes.lengths, axes.strides[0]).dropFirst()
    builder.append(
      .compute(
        TileCompute(
          extents: [], reduced: [cut.extent] + inner.map { TileExtent($0.0) },
          combiner: reduction.combiner.scalarFunction,
          target: TileAccess(TileLocation(place, to), strides: []),
          sources: [TileAccess(TileLocation(source, from), strides: axes.strides[0])],
          expression: .operand(0))))
    append(builder.step("\(name)/parts"))

    // The parts' results have the shape without the axes; length-1 axes come back as a view.
    let final = TensorType(element, Shape(trusted: kept.map { shape[$0] }))
    let last = graph.appendNode(.reduce(rest), reducer.results, final)
    lowerReduction(last, rest)
    views[node.results[0]] = self.view(last.results[0])
      .reshaped(from: final.shape, to: type(node.results[0]).shape)
  }
}
