import GraphIR
import GraphRegions
import TensorCore
import TileIR

// Statements of maps, reductions, pieces and draws.

extension RegionEmission {
  mutating func emitMap(_ member: Int) {
    let node = graph.nodes[member]
    let (body, leaves) = expression(member)
    for leaf in leaves {
      guard let producer = graph.producer(leaf.value), merged.contains(producer) else { continue }
      let others = leaves.filter { $0.value != leaf.value }
      if !others.allSatisfy({ liesAlongColumns($0, member, producer) }) {
        // An operand is stored across the columns, so the sums go through scratch after all.
        merged.remove(producer)
        emit(producer)
        break
      }
      // Operand 0 is the sum; the others follow in order.
      var next = 0
      let arguments = leaves.map { read -> ScalarExpression in
        if read.value == leaf.value { return .operand(0) }
        next += 1
        return .operand(next)
      }
      let epilogue = Epilogue(reads: others, expression: body.substituting(arguments))
      switch graph.nodes[producer].kind {
      case .product(let axes): return emitProduct(producer, axes, into: member, epilogue)
      case .convolution(let axes): return emitConvolution(producer, axes, into: member, epilogue)
      default: preconditionFailure("internal: only products are merged")
      }
    }
    let sources = leaves.map { access(member, $0) }
    let place = target(member, rowRank: multipliedRank(member))
    let origins = node.resultAxes.map { start(member, $0) }
    append(
      .compute(
        TileCompute(
          extents: extents(member, node.resultAxes), target: access(member, place),
          sources: sources, expression: body, origins: body.usesCoordinates ? origins : [])))
    write(member)
  }

  /// Whether an operand lies side by side along the columns of a product that the map stores, or is
  /// the same for all of them.
  private mutating func liesAlongColumns(
    _ read: AccessGraph.Read, _ member: Int, _ product: Int
  ) -> Bool {
    let columns: [Int]
    switch graph.nodes[product].kind {
    case .product(let axes): columns = axes.columns
    case .convolution(let axes): columns = axes.result[2].map { [$0] } ?? []
    default: return false
    }
    let strides = access(member, read).strides
    if columns.allSatisfy({ strides[$0] == 0 }) { return true }
    var next = 1
    for axis in columns.reversed() {
      guard strides[axis] == next else { return false }
      next *= graph.nodes[member].space[axis]
    }
    return true
  }

  /// What a product does to its sums before it stores them.
  struct Epilogue {
    var reads: [AccessGraph.Read]
    var expression: ScalarExpression
  }

  /// How many of the innermost dimensions a product inside sums over, reading the result as its left
  /// operand; nil if none does.
  private func multipliedRank(_ member: Int) -> Int? {
    for reader in readers(member) {
      guard case .product(let axes) = graph.nodes[reader].kind,
        graph.producer(graph.nodes[reader].reads[0].value) == member
      else { continue }
      return axes.summed.count
    }
    return nil
  }

  // MARK: - Reductions
  mutating func emitFold(_ member: Int, _ combiner: ScalarFunction, _ givesIndex: Bool) {
    let node = graph.nodes[member]
    let place = target(member)
    let index = givesIndex ? target(member, result: 1) : nil
    appendFold(
      member, combiner, into: Array(access(member, place).strides.prefix(node.resultRank)),
      access(member, place).location, index: index.map { access(member, $0) })
    countFlops(member)
    write(member)
  }

  mutating func countFlops(_ member: Int) { flops += graph.flops(member) }

  /// A fold of a member's expression to a place with these strides along the kept axes.
  mutating func appendFold(
    _ member: Int, _ combiner: ScalarFunction, into strides: [Int], _ location: TileLocation,
    index: TileAccess? = nil
  ) {
    let node = graph.nodes[member]
    let (body, leaves) = expression(member)
    let sources = leaves.map { access(member, $0) }
    var indexAccess = index
    indexAccess?.strides = Array(index!.strides.prefix(node.resultRank))
    appendReduction(
      TileCompute(
        extents: extents(member, node.resultAxes), reduced: extents(member, node.innerAxes),
        combiner: combiner, target: TileAccess(location, strides: strides),
        index: indexAccess, sources: sources, expression: body),
      graph.values[node.results[0]].element)
  }

  /// Two passes over the tile: the mean, then the mean of squared distances from it.
  mutating func emitMoments(_ member: Int) {
    let node = graph.nodes[member]
    let mean = target(member)
    let variance = target(member, result: 1)
    // Results that go straight to a buffer are made in scratch, for the second pass reads the mean.
    let element = graph.values[node.results[0]].element
    let count = node.innerAxes.reduce(1) { $0 * node.space[$1] }
    let scale = ScalarExpression.apply(
      .divide, [.operand(0), .constant(Double(count), element)])
    let own = Array(node.resultAxes)
    func kept(_ place: Place) -> TileAccess {
      var access = access(member, place)
      access.strides = Array(access.strides.prefix(node.resultRank))
      return access
    }
    let (work, spread) = (scratchLike(member, mean, 0), scratchLike(member, variance, 1))
    let x = access(member, node.reads[0])
    func appendScaled(_ source: Place, _ target: Place) {
      append(
        .compute(
          TileCompute(
            extents: extents(member, own), target: kept(target), sources: [kept(source)],
            expression: scale)))
    }
    appendReduction(
      TileCompute(
        extents: extents(member, own), reduced: extents(member, node.innerAxes), combiner: .add,
        target: kept(work), sources: [x], expression: .operand(0)), element)
    appendScaled(work, work)
    let centred = ScalarExpression.apply(.subtract, [.operand(0), .operand(1)])
    appendReduction(
      TileCompute(
        extents: extents(member, own), reduced: extents(member, node.innerAxes), combiner: .add,
        target: kept(spread), sources: [x, access(member, work)],
        expression: .apply(.square, [centred])), element)
    appendScaled(spread, spread)
    for (source, target) in [(work, mean), (spread, variance)] where source.base != target.base {
      append(
        .compute(
          TileCompute(
            extents: extents(member, own), target: kept(target), sources: [kept(source)],
            expression: .operand(0))))
    }
    write(member)
  }

  /// The place itself if it is scratch, else scratch of the same tile.
  private mutating func scratchLike(_ member: Int, _ place: Place, _ result: Int) -> Place {
    if case .scratch = place.base { return place }
    return scratchPlace(member, graph.nodes[member].results[result], rowRank: nil)
  }

  // MARK: - Pieces
  mutating func emitPieces(_ member: Int, _ boxes: [AccessGraph.Box], _ fill: Double) {
    let node = graph.nodes[member]
    let element = graph.values[node.results[0]].element
    let place = target(member, rowRank: multipliedRank(member))
    let whole = access(member, place)
    let covered = boxes.reduce(0) { $0 + $1.lengths.reduce(1, *) }
    if covered < node.count {
      append(
        .compute(
          TileCompute(
            extents: extents(member, node.resultAxes), target: whole, sources: [],
            expression: .constant(fill, element))))
    }
    for (box, read) in zip(boxes, node.reads) {
      // Positions count from the box's first one.
      let index = read.index.map { access in
        var moved = access
        for term in access.terms { moved.start += term.step * box.offset[term.axis] }
        return moved
      }
      let source = access(member, index, self.place(member, read))
      var target = whole
      let first = zip(box.offset, whole.strides).reduce(0) { $0 + $1.0 * $1.1 }
      target.location.offset = target.location.offset + AffineExpression(first)
      let extents = node.resultAxes.map { axis in
        box.lengths[axis] == node.space[axis]
          ? extent(member, axis) : TileExtent(box.lengths[axis])
      }
      append(
        .compute(
          TileCompute(
            extents: extents, target: target, sources: [source], expression: .operand(0))))
    }
    write(member)
  }

  // MARK: - Random numbers
  /// Elements are numbered by their place in the whole value: runs of neighbours are one draw.
  mutating func emitRandom(_ member: Int, _ draw: RandomDraw) {
    let node = graph.nodes[member]
    let place = target(member)
    let whole = access(member, place)
    let numbers = rowMajor(node.space)
    let operands = node.reads.map { access(member, $0).location }
    let kind: TileRandom.Draw =
      switch draw {
      case .uniform: .uniform
      case .normal: .normal
      case .foldedKey: .foldedKey
      }
    // The innermost cut axis and all inside it are one run.
    let cut = node.space.indices.last { extent(member, $0).fixed != node.space[$0] } ?? 0
    let inner = node.space.isEmpty ? 1 : numbers[cut]
    let isRun = node.space.indices.allSatisfy { $0 < cut || whole.strides[$0] == numbers[$0] }
    let runAxis = isRun ? cut : node.space.count
    let outer = Array(0..<min(runAxis, node.space.count))
    let run: TileExtent
    if node.space.isEmpty || runAxis == node.space.count {
      run = TileExtent(1)
    } else {
      let own = extent(member, runAxis)
      run = TileExtent(own.size * inner, of: own.total * inner, from: own.start * inner)
    }
    let starts = node.space.indices.map { start(member, $0) }
    looped(outer.map { extent(member, $0) }) { emission, counters in
      var first = AffineExpression()
      var target = whole.location
      for axis in node.space.indices where axis <= runAxis {
        first = first + starts[axis] * numbers[axis]
      }
      for (axis, counter) in zip(outer, counters) {
        first = first + counter * numbers[axis]
        target.offset = target.offset + counter * whole.strides[axis]
      }
      emission.append(
        .random(
          TileRandom(
            kind, key: operands[0], number: operands.count > 1 ? operands[1] : nil, first: first,
            count: run, target: target)))
    }
    write(member)
  }
}
