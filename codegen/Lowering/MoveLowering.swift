import GraphIR
import GraphRegions
import TensorCore
import TileIR

extension EntryLowering {
  /// The view that a move is, if it copies nothing.
  func movedView(_ move: Move, _ node: FormGraph.Node) -> View? {
    let operand = node.operands[0]
    let source = view(operand)
    switch move {
    case .reshape:
      return source.reshaped(from: type(operand).shape, to: type(node.results[0]).shape)
    case .pieces(let pieces, _):
      let shape = type(node.results[0]).shape
      guard pieces.count == 1, pieces[0].lengths == shape.dimensions,
        pieces[0].offset.allSatisfy({ $0 == 0 })
      else { return nil }
      let (strides, start) = strides(pieces[0], source, rank: shape.rank)
      return View(buffer: source.buffer, offset: source.offset + start, strides: strides)
    }
  }

  /// Distances in the operand's buffer along the result's axes, and where the piece starts.
  private func strides(_ piece: Move.Piece, _ view: View, rank: Int) -> ([Int], Int) {
    var strides = [Int](repeating: 0, count: rank)
    var start = 0
    for (index, stride) in zip(piece.dimensions, view.strides) {
      start += index.start * stride
      // A step that is never taken may be of any size.
      if let axis = index.axis, piece.lengths[axis] > 1 { strides[axis] += index.step * stride }
    }
    return (strides, start)
  }

  /// A move that must copy: a reshape of what does not lie in order, or several pieces.
  func lowerMove(_ node: FormGraph.Node, _ move: Move) {
    switch move {
    case .reshape:
      let copy = materialized(node.operands[0])
      views[node.results[0]] = view(copy).reshaped(
        from: type(copy).shape, to: type(node.results[0]).shape)
    case .pieces(let pieces, let fill): lowerPieces(node, pieces, fill)
    }
  }

  /// All pieces in one step; tasks share the axes along which every piece is whole.
  private func lowerPieces(_ node: FormGraph.Node, _ pieces: [Move.Piece], _ fill: Double) {
    let type = type(node.results[0])
    let shape = type.shape
    let target = define(node.results[0], .temporary, name)
    var builder = ProgramBuilder()
    let isShared = (0..<shape.rank).map { axis in
      pieces.allSatisfy { $0.offset[axis] == 0 && $0.lengths[axis] == shape[axis] }
    }
    let inner = (0..<shape.rank).reduce(1) { isShared[$1] ? $0 : $0 * shape[$1] }
    var room = max(1, min(16 * 1024, max(1024, shape.count / 16)) / max(inner, 1))
    var tiles = shape.dimensions
    for axis in (0..<shape.rank).reversed() where isShared[axis] {
      tiles[axis] = min(shape[axis], room)
      room = tiles[axis] < shape[axis] ? 1 : max(1, room / max(shape[axis], 1))
    }
    let axes = (0..<shape.rank).map { TiledAxis(shape[$0], tile: tiles[$0], &builder) }
    let place = builder.parameter(target.buffer, offset: 0, type.element, .write)
    let start = start(axes, target.strides)
    let covered = pieces.reduce(0) { $0 + $1.lengths.reduce(1, *) }
    if covered < shape.count {
      builder.append(
        .compute(
          TileCompute(
            extents: axes.map(\.extent),
            target: TileAccess(TileLocation(place, start), strides: target.strides), sources: [],
            expression: .constant(fill, type.element))))
    }
    for piece in pieces where !piece.lengths.contains(0) {
      let source = view(node.operands[piece.operand])
      let (strides, first) = strides(piece, source, rank: shape.rank)
      let base = builder.parameter(
        source.buffer, offset: source.offset + first, type.element, .read)
      let offset = zip(piece.offset, target.strides).reduce(0) { $0 + $1.0 * $1.1 }
      let extents = (0..<shape.rank).map { axis in
        isShared[axis] ? axes[axis].extent : TileExtent(piece.lengths[axis])
      }
      builder.append(
        .compute(
          TileCompute(
            extents: extents,
            target: TileAccess(
              TileLocation(place, start + AffineExpression(offset)), strides: target.strides),
            sources: [TileAccess(TileLocation(base, self.start(axes, strides)), strides: strides)],
            expression: .operand(0))))
    }
    append(builder.step(name))
  }

  // MARK: - Gather
  func lowerGather(_ node: FormGraph.Node, _ axis: Int) {
    let indices = materialized(node.operands[1])
    let indexView = view(indices)
    var operand = node.operands[0]
    let (shape, element) = (type(operand).shape, type(operand).element)
    func innerAxes() -> StridedAxes {
      StridedAxes(
        lengths: Array(shape.dimensions[(axis + 1)...]),
        strides: [Array(view(operand).strides[(axis + 1)...])]
      ).merged()
    }
    if innerAxes().lengths.count > 1 { operand = materialized(operand) }
    let inner = innerAxes()
    let run = (length: inner.lengths.first ?? 1, stride: inner.strides[0].first ?? 1)
    let source = view(operand)
    let target = define(node.results[0], .temporary, name)
    let count = type(indices).shape.count

    var builder = ProgramBuilder()
    var from = AffineExpression()
    var to = AffineExpression()
    for outer in 0..<axis {
      let tiled = TiledAxis(shape[outer], tile: 1, &builder)
      from = from + tiled.start * source.strides[outer]
      to = to + tiled.start * target.strides[outer]
    }
    let cut = TiledAxis(count, tile: max(1, 8192 / max(run.length, 1)), &builder)
    let index = builder.parameter(
      indexView.buffer, offset: indexView.offset, type(indices).element, .read)
    let base = builder.parameter(source.buffer, offset: source.offset, element, .read)
    let place = builder.parameter(target.buffer, offset: 0, element, .write)
    guard count > 0, run.length > 0 else { return }
    builder.append(
      .gather(
        TileGather(
          count: cut.extent, indices: TileAccess(TileLocation(index, cut.start), strides: [1]),
          source: TileLocation(base, from), limit: shape[axis], sliceStride: source.strides[axis],
          run: run.length, runStride: run.stride,
          target: TileLocation(place, to + cut.start * run.length))))
    append(builder.step(name))
  }

  // MARK: - Random numbers
  func lowerRandom(_ node: FormGraph.Node, _ draw: RandomDraw) {
    let type = type(node.results[0])
    let target = define(node.results[0], .temporary, name)
    var builder = ProgramBuilder()
    let places = node.operands.map { operand in
      let view = view(operand)
      return TileLocation(builder.parameter(view.buffer, offset: view.offset, .u64, .read))
    }
    let place = builder.parameter(target.buffer, offset: 0, type.element, .write)
    let kind: TileRandom.Draw =
      switch draw {
      case .uniform: .uniform
      case .normal: .normal
      case .foldedKey: .foldedKey
      }
    let cut = TiledAxis(type.shape.count, tile: 4096, &builder)
    guard type.shape.count > 0 else { return }
    builder.append(
      .random(
        TileRandom(
          kind, key: places[0], number: places.count > 1 ? places[1] : nil, first: cut.start,
          count: cut.extent, target: TileLocation(place, cut.start))))
    append(builder.step(name))
  }
}
