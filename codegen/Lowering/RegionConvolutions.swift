import GraphRegions
import TensorCore
import TileIR

// Convolutions inside a region.

extension RegionEmission {
  /// For each image and its rows of a task: the rows it reads are copied into zeroed scratch, so that
  /// borders need no branches; then for every row of the kernel the products run over
  /// `kernel width · channels` neighbours.
  mutating func emitConvolution(
    _ member: Int, _ axes: AccessGraph.ConvolutionAxes, into result: Int, _ epilogue: Epilogue?
  ) {
    let node = graph.nodes[member]
    let window = axes.window
    let element = graph.values[node.results[0]].element
    let channels = axes.imageLengths[2]
    let perGroup = (
      inputs: channels / axes.groups, outputs: axes.resultLengths[2] / axes.groups
    )
    let kernel = lowering.kernelPanels(member, axes, name)
    let right = builder.parameter(kernel.buffer, offset: 0, element, .read)
    let images = node.reads.dropLast().map { access(member, $0) }
    let place = target(result, rowRank: 1)
    let to = access(member, place)
    func stride(_ part: Int) -> Int { axes.result[part].map { to.strides[$0] } ?? 0 }
    let extras = epilogue?.reads.map { access(result, $0) } ?? []

    let rows = axes.result[0].map { extent(member, $0) } ?? TileExtent(1)
    let firstRow = axes.result[0].map { start(member, $0) } ?? AffineExpression()
    let reach = (window.size[0] - 1) * window.dilations[0] + 1
    let inputRows = (rows.size - 1) * window.strides[0] + reach
    let width = axes.imageLengths[1] + window.padding[1] + window.padding[3]
    let rowLength = width * channels
    let scratch = builder.scratch(element, inputRows * rowLength)

    // With neighbours side by side and all channels in one group, a kernel row is one run.
    var depths = [TileContract.Depth(window.size[0], window.dilations[0] * rowLength)]
    if axes.groups == 1, window.dilations[1] == 1 {
      depths.append(TileContract.Depth(window.size[1] * channels, 1))
    } else {
      depths.append(TileContract.Depth(window.size[1], window.dilations[1] * channels))
      depths.append(TileContract.Depth(perGroup.inputs, 1))
    }
    looped(extents(member, axes.batch)) { emission, batch in
      func moved(_ access: TileAccess) -> TileLocation {
        var location = access.location
        for (axis, counter) in zip(axes.batch, batch) {
          location.offset = location.offset + counter * access.strides[axis]
        }
        return location
      }
      let (target, sources) = (moved(to), extras.map(moved))
      emission.append(
        .compute(
          TileCompute(
            extents: [TileExtent(inputRows * rowLength)],
            target: TileAccess(TileLocation(scratch), strides: [1]), sources: [],
            expression: .constant(0, element))))
      for (box, body) in axes.parts {
        let operands = body.operands.sorted()
        let sources = operands.map { TileAccess(moved(images[$0]), strides: images[$0].strides) }
        let own = body.substituting(
          images.indices.map { .operand(operands.firstIndex(of: $0) ?? 0) })
        emission.copyRows(
          axes, box, own, from: sources, into: scratch, firstRow, inputRows, rowLength)
      }
      emission.looped([rows, TileExtent(axes.groups)]) { emission, counters in
        let left =
          counters[0] * (window.strides[0] * rowLength) + counters[1] * perGroup.inputs
        let own = epilogue.map { epilogue in
          TileContract.Epilogue(
            sources: zip(sources, extras).map { location, extra in
              func along(_ part: Int) -> Int { axes.result[part].map { extra.strides[$0] } ?? 0 }
              let offset =
                location.offset + counters[0] * along(0) + counters[1]
                * (along(2) * perGroup.outputs)
              return TileAccess(
                TileLocation(location.base, offset), strides: [along(1), along(2)])
            }, expression: epilogue.expression)
        }
        emission.append(
          .contract(
            TileContract(
              rows: TileExtent(axes.resultLengths[1]), columns: TileExtent(perGroup.outputs),
              depths: depths, left: TileLocation(scratch, left),
              leftRowStride: window.strides[1] * channels,
              right: TileLocation(right, counters[1] * kernel.groupStride),
              panelWidth: kernel.width,
              target: TileLocation(
                target.base,
                target.offset + counters[0] * stride(0)
                  + counters[1] * (stride(2) * perGroup.outputs)),
              targetRowStride: stride(1), register: kernel.register, epilogue: own)))
      }
    }
    countFlops(member)
    write(result)
  }

  /// The rows that a task reads of one box of an image, each where it lies inside: `body` of the
  /// operands at `sources`.
  private mutating func copyRows(
    _ axes: AccessGraph.ConvolutionAxes, _ box: AccessGraph.Box, _ body: ScalarExpression,
    from sources: [TileAccess], into scratch: TileLocation.Base, _ firstRow: AffineExpression,
    _ inputRows: Int, _ rowLength: Int
  ) {
    let (window, channels) = (axes.window, axes.imageLengths[2])
    looped([TileExtent(inputRows)]) { emission, counters in
      let row = firstRow * window.strides[0] + counters[0] + AffineExpression(-window.padding[0])
      let column = (window.padding[1] + box.offset[1]) * channels + box.offset[2]
      let copy = TileCompute(
        extents: [TileExtent(box.lengths[1]), TileExtent(box.lengths[2])],
        target: TileAccess(
          TileLocation(scratch, counters[0] * rowLength + AffineExpression(column)),
          strides: [channels, 1]),
        sources: sources.map { source in
          func stride(_ part: Int) -> Int { axes.image[part].map { source.strides[$0] } ?? 0 }
          let first = AffineExpression(box.offset[1] * stride(1) + box.offset[2] * stride(2))
          return TileAccess(
            TileLocation(
              source.location.base, source.location.offset + row * stride(0) + first),
            strides: [stride(1), stride(2)])
        },
        expression: body)
      emission.statements.append(
        .guarded(
          index: row + AffineExpression(-box.offset[0]), limit: box.lengths[0],
          body: [.compute(copy.collapsed())], otherwise: []))
    }
  }
}

/// A kernel's panels, group after group.
struct KernelPanels {
  var buffer: Int
  var width: Int
  var groupStride: Int
  var register: TileContract.RegisterTile
}

extension EntryLowering {
  /// The kernel of a convolution, packed by a step of its own.
  func kernelPanels(
    _ node: Int, _ axes: AccessGraph.ConvolutionAxes, _ name: String
  ) -> KernelPanels {
    let own = graph.nodes[node]
    let element = graph.values[own.results[0]].element
    let columns = axes.resultLengths[2] / axes.groups
    let perGroup = axes.imageLengths[2] / axes.groups
    let depth = axes.window.size.reduce(1, *) * perGroup
    let shape = panelShapes.shape(columns: columns, depth: depth, element)
    let stride = (columns + shape.width - 1) / shape.width * depth * shape.width
    let buffer = addBuffer(.temporary, element, axes.groups * stride, "panels of \(name)")
    // The kernel's dimensions by the node's last four axes; lengths of 1 have none.
    let kernel = own.reads.count - 1
    let view = view(own.reads[kernel].value, graph.box(of: kernel, in: node))
    var strides = [Int](repeating: 0, count: own.space.count)
    var start = view.offset
    for (access, stride) in zip(own.reads[kernel].index, view.strides) {
      start += access.start * stride
      for term in access.terms { strides[term.axis] += term.step * stride }
    }
    let kernelAxes = axes.kernel
    func along(_ part: Int) -> Int { kernelAxes[part].map { strides[$0] } ?? 0 }
    var builder = ProgramBuilder()
    let source = builder.parameter(view.buffer, offset: start, element, .read)
    let place = builder.parameter(buffer, offset: 0, element, .write)
    let group = TiledAxis(axes.groups, tile: 1, &builder)
    let panel = TiledAxis(columns, tile: shape.width, &builder)
    let depths = StridedAxes(
      lengths: axes.window.size + [perGroup], strides: [[along(0), along(1), along(2)]]
    ).merged()
    let runs = zip(depths.lengths, depths.strides[0]).map { TileContract.Depth($0, $1) }
    builder.append(
      .pack(
        TilePack(
          columns: panel.extent, width: shape.width,
          depths: runs.isEmpty ? [TileContract.Depth(1, 0)] : runs,
          source: TileLocation(
            source, (group.start * columns + panel.start) * along(3)),
          columnStride: along(3),
          target: TileLocation(place, group.start * stride + panel.start * depth))))
    append(builder.step("pack/\(name)"))
    return KernelPanels(
      buffer: buffer, width: shape.width, groupStride: stride, register: shape.register)
  }
}
