import GraphRegions
import TensorCore
import TileIR

extension EntryLowering {
  /// Slices picked by an index, as a region of its own: the operand must be finished.
  func lowerGather(_ node: Int, _ dimension: Int) {
    let own = graph.nodes[node]
    let (value, indices) = (own.reads[0].value, own.reads[1])
    let source = view(value, graph.wholeBox(value))
    let indexView = view(indices.value, graph.box(of: 1, in: node))
    let element = graph.values[value].element
    let lengths = graph.values[value].lengths
    let run = lengths[(dimension + 1)...].reduce(1, *)
    // Axes of the result: those before the dimension, those of the index, those after it.
    let picked = own.resultRank - (lengths.count - 1)
    let stored = store(
      own.results[0], graph.wholeBox(own.results[0]), graph.label(node))
    let strides = stored.view.strides
    var builder = ProgramBuilder()
    var (from, to, at) = (AffineExpression(), AffineExpression(), AffineExpression())
    var indexStrides = [Int](repeating: 0, count: own.resultRank)
    for (access, stride) in zip(indices.index, indexView.strides) {
      at = at + AffineExpression(access.start * stride)
      for term in access.terms { indexStrides[term.axis] += term.step * stride }
    }
    // All but the innermost axis of the index are tasks.
    let last = picked > 0 ? dimension + picked - 1 : nil
    for axis in 0..<dimension + picked where axis != last {
      let tiled = TiledAxis(own.space[axis], tile: 1, &builder)
      to = to + tiled.start * strides[axis]
      at = at + tiled.start * indexStrides[axis]
      if axis < dimension { from = from + tiled.start * source.strides[axis] }
    }
    let cut = TiledAxis(
      last.map { own.space[$0] } ?? 1, tile: max(1, 8192 / max(run, 1)), &builder)
    let index = builder.parameter(
      indexView.buffer, offset: indexView.offset, graph.values[indices.value].element, .read)
    let base = builder.parameter(source.buffer, offset: source.offset, element, .read)
    let place = builder.parameter(stored.view.buffer, offset: stored.view.offset, element, .write)
    let step = last.map { indexStrides[$0] } ?? 0
    builder.append(
      .gather(
        TileGather(
          count: cut.extent,
          indices: TileAccess(TileLocation(index, at + cut.start * step), strides: [step]),
          source: TileLocation(base, from), limit: lengths[dimension],
          sliceStride: source.strides[dimension], run: run, runStride: 1,
          target: TileLocation(place, to + cut.start * run))))
    append(builder.step(graph.label(node)))
  }
}
