import GraphIR
import GraphRegions
import TensorCore
import TileIR

// The statements of a region: what its tasks compute of each node.

extension RegionLowering {
  /// Maps whose only reader is a map or a reduction over equal positions: they are computed there.
  func inlinedNodes() -> Set<Int> {
    var inlined: Set<Int> = []
    for node in nodes where node.results[0] != result {
      guard case .map = node.form else { continue }
      let value = node.results[0]
      let readers = nodes.filter { $0.operands.contains(value) }
      guard readers.count == 1, readers[0].operands.count(where: { $0 == value }) == 1 else {
        continue
      }
      switch readers[0].form {
      case .map where shape(readers[0].results[0]) == shape(value): inlined.insert(value)
      // A reduction orders its axes anew, so what counts along them is computed before it.
      case .reduce where !usesCoordinates(node): inlined.insert(value)
      default: break
      }
    }
    return inlined
  }

  private func usesCoordinates(_ node: FormGraph.Node) -> Bool {
    guard case .map(let body) = node.form else { return false }
    return body.usesCoordinates
  }

  mutating func emit(_ node: FormGraph.Node, _ inlined: Set<Int>) {
    switch node.form {
    case .map: emitMap(node, inlined)
    case .reduce(let reduction): emitReduction(node, reduction, inlined)
    case .contract(let contraction): emitProduct(node, contraction)
    case .move: emitReshape(node)
    default: preconditionFailure("internal: form in a region")
    }
  }

  /// An expression over values, inlined maps substituted.
  private func expression(
    _ node: FormGraph.Node, _ inlined: Set<Int>, _ leaves: inout [(value: Int, labels: [Int?])],
    _ wanted: [Int?]
  ) -> ScalarExpression {
    guard case .map(let body) = node.form else { preconditionFailure("internal: not a map") }
    let arguments = node.operands.enumerated().map { position, operand -> ScalarExpression in
      if let literal = lowering.literals[operand] {
        return .constant(literal, lowering.type(operand).element)
      }
      let labels = demand(node, position, wanted)
      if inlined.contains(operand), let producer = producer(operand) {
        return expression(producer, inlined, &leaves, labels)
      }
      if let known = leaves.firstIndex(where: { $0.value == operand }) { return .operand(known) }
      leaves.append((operand, labels))
      return .operand(leaves.count - 1)
    }
    return body.substituting(arguments)
  }

  /// Accesses of leaves along the dimensions of a box of this shape, by NumPy's rule.
  private mutating func accesses(
    _ leaves: [(value: Int, labels: [Int?])], _ box: Shape
  ) -> [TileAccess] {
    leaves.map { leaf in
      let (location, strides) = source(leaf.value, leaf.labels)
      let shape = shape(leaf.value)
      let lead = box.rank - shape.rank
      let along = (0..<box.rank).map { axis in
        axis < lead || shape[axis - lead] == 1 ? 0 : strides[axis - lead]
      }
      return TileAccess(location, strides: along)
    }
  }

  private mutating func emitMap(_ node: FormGraph.Node, _ inlined: Set<Int>) {
    let value = node.results[0]
    var leaves: [(value: Int, labels: [Int?])] = []
    let body = expression(node, inlined, &leaves, labels[value]!)
    let sources = accesses(leaves, shape(value))
    let (location, strides) = target(value)
    let origins = labels[value]!.map { label in
      label.flatMap { axes[$0]?.start } ?? AffineExpression()
    }
    builder.append(
      .compute(
        TileCompute(
          extents: extents(value), target: TileAccess(location, strides: strides),
          sources: sources, expression: body, origins: body.usesCoordinates ? origins : [])))
  }

  private mutating func emitReduction(
    _ node: FormGraph.Node, _ reduction: Reduction, _ inlined: Set<Int>
  ) {
    let operand = node.operands[0]
    let box = shape(operand)
    let wanted = demand(node, 0, labels[node.results[0]]!)
    var leaves: [(value: Int, labels: [Int?])] = []
    let body: ScalarExpression
    if inlined.contains(operand), let producer = producer(operand) {
      body = expression(producer, inlined, &leaves, wanted)
    } else {
      leaves = [(operand, wanted)]
      body = .operand(0)
    }
    let kept = (0..<box.rank).filter { !reduction.axes.contains($0) }
    let order = kept + reduction.axes
    let sources = accesses(leaves, box).map { access in
      TileAccess(access.location, strides: order.map { access.strides[$0] })
    }
    let lengths = (0..<box.rank).map { axis in
      wanted[axis].flatMap { axes[$0]?.extent } ?? TileExtent(box[axis])
    }
    let (location, strides) = target(node.results[0])
    let keeps = strides.count == box.rank
    let targetStrides = kept.enumerated().map { strides[keeps ? $1 : $0] }
    var index: TileAccess?
    if reduction.givesIndex {
      let view = lowering.define(node.results[1], .temporary, lowering.name)
      let base = builder.parameter(view.buffer, offset: 0, .i32, .write)
      index = TileAccess(
        TileLocation(base, start(labels[result]!, view.strides)), strides: view.strides)
    }
    builder.append(
      .compute(
        TileCompute(
          extents: kept.map { lengths[$0] }, reduced: reduction.axes.map { lengths[$0] },
          combiner: reduction.combiner.scalarFunction,
          target: TileAccess(location, strides: targetStrides), index: index, sources: sources,
          expression: body)))
  }

  private mutating func emitReshape(_ node: FormGraph.Node) {
    let map = unitReshape(node)!
    let (location, strides) = source(
      node.operands[0], demand(node, 0, labels[node.results[0]]!))
    let along = map.map { $0.map { strides[$0] } ?? 0 }
    let (target, targetStrides) = target(node.results[0])
    builder.append(
      .compute(
        TileCompute(
          extents: extents(node.results[0]), target: TileAccess(target, strides: targetStrides),
          sources: [TileAccess(location, strides: along)], expression: .operand(0))))
  }

  private mutating func emitProduct(_ node: FormGraph.Node, _ contraction: Contraction) {
    let wanted = labels[node.results[0]]!
    let panels = lowering.panels(node, contraction)
    let (left, leftStrides) = source(node.operands[0], demand(node, 0, wanted))
    let element = lowering.type(result).element
    let right = builder.parameter(panels.buffer, offset: 0, element, .read)
    let (target, targetStrides) = target(node.results[0])
    let box = extents(node.results[0])
    // All axes but the last one of the rows and the columns become loops.
    let rowLabel = contraction.rows.last
    let outer = (contraction.batch + contraction.rows).filter { $0 != rowLabel }
    let shape = shape(node.results[0])
    func position(_ label: Character) -> Int { contraction.result.firstIndex(of: label)! }
    func leftStride(_ label: Character) -> Int {
      leftStrides[contraction.left.firstIndex(of: label)!]
    }
    let loops = builder.nested(outer.map { box[position($0)] }) { _, counters in
      var (left, target) = (left, target)
      var panel = AffineExpression()
      for (label, counter) in zip(outer, counters) {
        target.offset = target.offset + counter * targetStrides[position(label)]
        left.offset = left.offset + counter * leftStride(label)
        guard let stride = panels.batchStrides[label] else { continue }
        let start = wanted[position(label)].flatMap { axes[$0]?.start } ?? AffineExpression()
        panel = panel + (counter + start) * stride
      }
      return [
        .contract(
          TileContract(
            rows: rowLabel.map { box[position($0)] } ?? TileExtent(1),
            columns: TileExtent(panels.columns),
            depths: lowering.depths(contraction, node.operands[0], leftStrides), left: left,
            leftRowStride: rowLabel.map(leftStride) ?? 0, right: TileLocation(right, panel),
            panelWidth: panels.width, target: target,
            targetRowStride: rowLabel.map { targetStrides[position($0)] } ?? 0,
            register: panels.register))
      ]
    }
    for statement in loops { builder.append(statement) }
    flops += 2 * shape.count * panels.depth
  }
}
