import GraphIR
import GraphRegions
import TensorCore
import TileIR

extension EntryLowering {
  func lowerWindow(_ node: FormGraph.Node, _ window: Window) {
    switch window.kind {
    case .convolution(let groups): lowerConvolution(node, window, groups: groups)
    case .average: lowerAverage(node, window)
    }
  }

  // MARK: - Convolution
  /// Each task computes a few rows of one image: the rows it reads are copied into zeroed scratch,
  /// so that borders need no branches; then for every row of the kernel the products run over
  /// `kernel width · channels` neighbours.
  private func lowerConvolution(_ node: FormGraph.Node, _ window: Window, groups: Int) {
    let images = materialized(node.operands[0])
    let weight = materialized(node.operands[1])
    let (input, result) = (type(images).shape, type(node.results[0]).shape)
    let element = type(images).element
    let channels = input[3]
    let perGroup = (inputs: channels / groups, outputs: result[3] / groups)
    let (panels, panelStride) = packedKernel(weight, window, groups)
    let target = define(node.results[0], .temporary, name)

    var builder = ProgramBuilder()
    let source = builder.parameter(view(images).buffer, offset: view(images).offset, element, .read)
    let right = builder.parameter(panels.buffer, offset: 0, element, .read)
    let place = builder.parameter(target.buffer, offset: 0, element, .write)
    let image = TiledAxis(result[0], tile: 1, &builder)
    let rows = TiledAxis(result[1], tile: max(1, 64 / max(result[2], 1)), &builder)

    let reach = (window.size[0] - 1) * window.dilations[0] + 1
    let inputRows = (rows.tile - 1) * window.strides[0] + reach
    let rowLength = (input[2] + window.padding[1] + window.padding[3]) * channels
    let scratch = builder.scratch(element, inputRows * rowLength)
    builder.append(.compute(fill(scratch, inputRows * rowLength, element)))
    let copies = builder.nested([TileExtent(inputRows)]) { _, counters in
      let row = rows.start * window.strides[0] + counters[0] + AffineExpression(-window.padding[0])
      let from = image.start * (input[1] * input[2] * channels) + row * (input[2] * channels)
      let to = counters[0] * rowLength + AffineExpression(window.padding[1] * channels)
      let copy = TileCompute(
        extents: [TileExtent(input[2] * channels)],
        target: TileAccess(TileLocation(scratch, to), strides: [1]),
        sources: [TileAccess(TileLocation(source, from), strides: [1])], expression: .operand(0))
      return [.guarded(index: row, limit: input[1], body: [.compute(copy)], otherwise: [])]
    }
    for statement in copies { builder.append(statement) }

    // With neighbours side by side and all channels in one group, a kernel row is one run.
    var depths = [TileContract.Depth(window.size[0], window.dilations[0] * rowLength)]
    if groups == 1, window.dilations[1] == 1 {
      depths.append(TileContract.Depth(window.size[1] * channels, 1))
    } else {
      depths.append(TileContract.Depth(window.size[1], window.dilations[1] * channels))
      depths.append(TileContract.Depth(perGroup.inputs, 1))
    }
    let products = builder.nested([rows.extent, TileExtent(groups)]) { _, counters in
      let left =
        counters[0] * (window.strides[0] * rowLength) + counters[1] * perGroup.inputs
      let offset =
        image.start * target.strides[0] + rows.start * target.strides[1]
        + counters[0] * target.strides[1] + counters[1] * perGroup.outputs
      return [
        .contract(
          TileContract(
            rows: TileExtent(result[2]), columns: TileExtent(perGroup.outputs), depths: depths,
            left: TileLocation(scratch, left), leftRowStride: window.strides[1] * channels,
            right: TileLocation(right, counters[1] * panelStride), panelWidth: panels.width,
            target: TileLocation(place, offset), targetRowStride: result[3],
            register: panels.register))
      ]
    }
    for statement in products { builder.append(statement) }
    append(builder.step(name, flops: 2 * result.count * panels.depth))
  }

  /// Panels of a kernel, group after group.
  private func packedKernel(_ weight: Int, _ window: Window, _ groups: Int) -> (Panels, Int) {
    let (shape, element) = (type(weight).shape, type(weight).element)
    let columns = shape[3] / groups
    let register = target.registerTile(columns: columns, element)
    let depth = shape[0] * shape[1] * shape[2]
    var panels = Panels(
      buffer: -1, width: register.vectors * target.vectorByteCount / element.byteCount,
      columns: columns, depth: depth, batchStrides: [:], register: register)
    let stride = panels.panelCount * depth * panels.width
    panels.buffer = addBuffer(.temporary, element, groups * stride, "panels of \(name)")
    var builder = ProgramBuilder()
    let view = view(weight)
    let source = builder.parameter(view.buffer, offset: view.offset, element, .read)
    let place = builder.parameter(panels.buffer, offset: 0, element, .write)
    let group = TiledAxis(groups, tile: 1, &builder)
    let panel = TiledAxis(columns, tile: panels.width, &builder)
    builder.append(
      .pack(
        TilePack(
          columns: panel.extent, width: panels.width,
          depths: [TileContract.Depth(depth, shape[3])],
          source: TileLocation(source, group.start * columns + panel.start), columnStride: 1,
          target: TileLocation(place, group.start * stride + panel.start * depth))))
    append(builder.step("pack/\(name)"))
    return (panels, stride)
  }

  func fill(
    _ base: TileLocation.Base, _ count: Int, _ element: ElementType
  ) -> TileCompute {
    TileCompute(
      extents: [TileExtent(count)], target: TileAccess(TileLocation(base), strides: [1]),
      sources: [], expression: .constant(0, element))
  }

  // MARK: - Average pooling
  /// The sum over the window of elements divided by how many positions lie inside the image.
  private func lowerAverage(_ node: FormGraph.Node, _ window: Window) {
    let images = window.padding.allSatisfy { $0 == 0 } ? node.operands[0] : padded(node, window)
    let view = view(images)
    let element = type(images).element
    let shape = type(node.results[0]).shape
    let target = define(node.results[0], .temporary, name)
    let counts = counts(node, window)
    var builder = ProgramBuilder()
    let axes = tiled(shape, &builder)
    let along = [
      view.strides[0], view.strides[1] * window.strides[0], view.strides[2] * window.strides[1],
      view.strides[3],
    ]
    let source = builder.parameter(view.buffer, offset: view.offset, element, .read)
    let divisor = builder.parameter(counts.buffer, offset: counts.offset, element, .read)
    let place = builder.parameter(target.buffer, offset: 0, element, .write)
    builder.append(
      .compute(
        TileCompute(
          extents: axes.map(\.extent), reduced: window.size.map { TileExtent($0) }, combiner: .add,
          target: TileAccess(
            TileLocation(place, start(axes, target.strides)), strides: target.strides),
          sources: [
            TileAccess(
              TileLocation(source, start(axes, along)),
              strides: along + [view.strides[1], view.strides[2]]),
            TileAccess(
              TileLocation(divisor, start(axes, counts.strides)), strides: counts.strides + [0, 0]),
          ], expression: .apply(.divide, [.operand(0), .operand(1)]))))
    append(builder.step(name))
  }

  private func padded(_ node: FormGraph.Node, _ window: Window) -> Int {
    let images = type(node.operands[0])
    let low = [0, window.padding[0], window.padding[1], 0]
    let high = [0, window.padding[2], window.padding[3], 0]
    let lengths = (0..<4).map { low[$0] + images.shape[$0] + high[$0] }
    let piece = Move.Piece(
      operand: 0, offset: low, lengths: images.shape.dimensions,
      dimensions: (0..<4).map { Move.AffineIndex(axis: $0) })
    let moved = graph.appendNode(
      .move(.pieces([piece], fill: 0)), [node.operands[0]],
      TensorType(images.element, Shape(trusted: lengths)))
    lower(moved)
    return moved.results[0]
  }

  /// How many positions of the window lie inside, for each row and column of the result.
  private func counts(_ node: FormGraph.Node, _ window: Window) -> View {
    let images = type(node.operands[0])
    let shape = type(node.results[0]).shape
    func inside(_ axis: Int, _ position: Int) -> Int {
      (0..<window.size[axis]).count { offset in
        (0..<images.shape[axis + 1]).contains(
          position * window.strides[axis] + offset - window.padding[axis])
      }
    }
    let rows = (0..<shape[1]).map { inside(0, $0) }
    let columns = (0..<shape[2]).map { inside(1, $0) }
    let values = rows.flatMap { row in columns.map { Double(row * $0) } }
    let tensor = HostTensor(
      TensorType(images.element, Shape(trusted: [shape[1], shape[2]])), converting: values)
    let buffer = addBuffer(.constant(tensor), images.element, values.count, "positions")
    return View(buffer: buffer, strides: [0, shape[2], 1, 0])
  }
}
