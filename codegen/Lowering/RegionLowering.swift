import GraphIR
import TensorCore
import TileIR

/// Lowers nodes that share parallel axes as one region: a task computes its tile of every value,
/// inner values in scratch.
///
/// The parallel axes start as all axes of the result. Going back from reader to operand, each
/// dimension of a value is wanted either at the task's own tile of an axis or whole; where two
/// readers disagree, or a dimension is wanted whole, its axis is given up.
struct RegionLowering {
  private let lowering: EntryLowering
  private let nodes: [FormGraph.Node]
  private let result: Int
  /// For each value of the region, the result's axis along each dimension; nil means whole.
  private var labels: [Int: [Int?]] = [:]
  private var isParallel: [Bool]
  private var builder = ProgramBuilder()
  private var axes: [TiledAxis?] = []
  private var places: [Int: (base: TileLocation.Base, strides: [Int])] = [:]
  private var flops = 0

  /// Scratch above which a region is not worth keeping together: half of a typical L2 cache.
  private static let largestInnerCount = 128 * 1024
  /// Elements of the largest value in a tile: with a few such values a tile stays in L2.
  private static let tileCount = 32 * 1024

  init(_ lowering: EntryLowering, _ nodes: [FormGraph.Node]) {
    self.lowering = lowering
    self.nodes = nodes
    result = nodes.last!.results[0]
    isParallel = lowering.type(result).shape.dimensions.map { $0 > 1 }
  }

  /// False, with nothing done, if the nodes cannot be one region.
  mutating func lower() -> Bool {
    guard nodes.allSatisfy(isSupported), hasOneResult, label(), isSmall else { return false }
    tileAxes()
    let inlined = inlinedNodes()
    for node in nodes where !inlined.contains(node.results[0]) { emit(node, inlined) }
    lowering.append(builder.step(lowering.name, flops: flops))
    return true
  }

  private func shape(_ value: Int) -> Shape { lowering.type(value).shape }
  private func producer(_ value: Int) -> FormGraph.Node? {
    nodes.first { $0.results.contains(value) }
  }

  // MARK: - Whether it can be one region
  private func isSupported(_ node: FormGraph.Node) -> Bool {
    switch node.form {
    case .map: return true
    case .reduce(let reduction): return !reduction.givesIndex || nodes.count == 1
    case .contract(let contraction):
      return nodes.count > 1 && producer(node.operands[1]) == nil
        && lowering.isProduct(contraction, node)
        && contraction.result == contraction.batch + contraction.rows + contraction.columns
    case .move(.reshape): return unitReshape(node) != nil
    default: return false
    }
  }

  /// Nothing but the last node is read outside, and the last one is not read inside.
  private var hasOneResult: Bool {
    for node in nodes.dropLast() {
      let readers = nodes.reduce(0) { sum, reader in
        sum + reader.operands.count { $0 == node.results[0] }
      }
      if readers != lowering.useCount(node.results[0]) { return false }
    }
    return !nodes.contains { $0.operands.contains(result) }
  }

  /// For a reshape that only adds or drops axes of length 1: the operand's dimension for each of the
  /// result's, nil for a new one.
  private func unitReshape(_ node: FormGraph.Node) -> [Int?]? {
    let (old, new) = (shape(node.operands[0]), shape(node.results[0]))
    let olds = (0..<old.rank).filter { old[$0] != 1 }
    let news = (0..<new.rank).filter { new[$0] != 1 }
    guard olds.map({ old[$0] }) == news.map({ new[$0] }) else { return nil }
    return (0..<new.rank).map { axis in news.firstIndex(of: axis).map { olds[$0] } }
  }

  // MARK: - Parallel axes
  private mutating func label() -> Bool {
    for node in nodes {
      if case .contract(let contraction) = node.form, node.results[0] == result {
        for label in contraction.columns {
          isParallel[contraction.result.firstIndex(of: label)!] = false
        }
      }
    }
    while !labelOnce() {}
    return labels.count == nodes.count
  }

  /// One pass from the result backwards; false if an axis was given up and the pass must be redone.
  private mutating func labelOnce() -> Bool {
    labels = [result: isParallel.enumerated().map { $1 ? $0 : nil }]
    for node in nodes.reversed() {
      guard let wanted = labels[node.results[0]] else { return true }
      for (position, operand) in node.operands.enumerated() where producer(operand) != nil {
        let demand = demand(node, position, wanted)
        guard let known = labels[operand] else {
          labels[operand] = demand
          continue
        }
        var agrees = true
        for (a, b) in zip(known, demand) where a != b {
          if let a { isParallel[a] = false }
          if let b { isParallel[b] = false }
          agrees = false
        }
        if !agrees { return false }
      }
      if case .contract(let contraction) = node.form {
        for label in contraction.columns {
          if let axis = wanted[contraction.result.firstIndex(of: label)!] {
            isParallel[axis] = false
            return false
          }
        }
      }
    }
    return true
  }

  /// What a node wants of an operand, dimension by dimension.
  private func demand(_ node: FormGraph.Node, _ position: Int, _ wanted: [Int?]) -> [Int?] {
    let operand = shape(node.operands[position])
    let result = shape(node.results[0])
    switch node.form {
    case .map:
      let lead = result.rank - operand.rank
      return (0..<operand.rank).map { operand[$0] == result[$0 + lead] ? wanted[$0 + lead] : nil }
    case .reduce(let reduction):
      let keeps = result.rank == operand.rank
      var next = 0
      return (0..<operand.rank).map { dimension in
        if reduction.axes.contains(dimension) {
          if keeps { next += 1 }
          return nil
        }
        defer { next += 1 }
        return wanted[next]
      }
    case .contract(let contraction):
      let labels = position == 0 ? contraction.left : contraction.right
      return labels.map { label in contraction.result.firstIndex(of: label).flatMap { wanted[$0] } }
    case .move:
      let map = unitReshape(node)!
      return (0..<operand.rank).map { dimension in
        map.firstIndex(of: dimension).flatMap { wanted[$0] }
      }
    default: return operand.dimensions.map { _ in nil }
    }
  }

  /// Elements of the largest value for one position of the parallel axes.
  private var innerCount: Int {
    nodes.map { node in
      zip(shape(node.results[0]).dimensions, labels[node.results[0]]!)
        .reduce(1) { $1.1 == nil ? $0 * $1.0 : $0 }
    }.max() ?? 1
  }

  private var isSmall: Bool { nodes.count == 1 || innerCount <= Self.largestInnerCount }

  // MARK: - Tiles
  private mutating func tileAxes() {
    let shape = shape(result)
    let total = isParallel.indices.reduce(innerCount) { isParallel[$1] ? $0 * shape[$1] : $0 }
    // Small values are cut as well, so that there is something to share among threads.
    let goal = min(Self.tileCount, max(2048, total / 16))
    var room = max(1, goal / max(innerCount, 1))
    var tiles = [Int](repeating: 1, count: shape.rank)
    for axis in (0..<shape.rank).reversed() where isParallel[axis] {
      tiles[axis] = min(shape[axis], room)
      if hasProduct, tiles[axis] < shape[axis] {
        let rows = lowering.target.registerTile(columns: .max, .f32).rows
        tiles[axis] = min(shape[axis], max(1, tiles[axis] / rows) * rows)
      }
      room = tiles[axis] < shape[axis] ? 1 : max(1, room / max(shape[axis], 1))
    }
    for axis in 0..<shape.rank {
      axes.append(isParallel[axis] ? TiledAxis(shape[axis], tile: tiles[axis], &builder) : nil)
    }
  }

  private var hasProduct: Bool {
    nodes.contains { if case .contract = $0.form { true } else { false } }
  }

  /// The box of a value in a task: its length along each dimension.
  private func extents(_ value: Int) -> [TileExtent] {
    zip(shape(value).dimensions, labels[value]!).map { length, label in
      label.flatMap { axes[$0]?.extent } ?? TileExtent(length)
    }
  }

  // MARK: - Places
  /// Where a node's result goes: the result to its buffer, others to scratch.
  private mutating func target(_ value: Int) -> (location: TileLocation, strides: [Int]) {
    if value == result {
      let view = lowering.define(value, .temporary, lowering.name)
      let base = builder.parameter(view.buffer, offset: 0, lowering.type(value).element, .write)
      return (TileLocation(base, start(labels[value]!, view.strides)), view.strides)
    }
    let extents = extents(value).map(\.size)
    var strides = [Int](repeating: 1, count: extents.count)
    for axis in stride(from: extents.count - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    let base = builder.scratch(lowering.type(value).element, extents.reduce(1, *))
    places[value] = (base, strides)
    return (TileLocation(base), strides)
  }

  /// Where a value is read, with the strides of its dimensions; `labels` say which tile of it.
  private mutating func source(
    _ value: Int, _ labels: [Int?]
  ) -> (location: TileLocation, strides: [Int]) {
    if let place = places[value] { return (TileLocation(place.base), place.strides) }
    let view = lowering.view(value)
    let base = builder.parameter(
      view.buffer, offset: view.offset, lowering.type(value).element, .read)
    return (TileLocation(base, start(labels, view.strides)), view.strides)
  }

  private func start(_ labels: [Int?], _ strides: [Int]) -> AffineExpression {
    zip(labels, strides).reduce(AffineExpression()) { sum, item in
      guard let label = item.0, let axis = axes[label] else { return sum }
      return sum + axis.start * item.1
    }
  }

  // MARK: - Statements
  /// Maps whose only reader is a map or a reduction over equal positions: they are computed there.
  private func inlinedNodes() -> Set<Int> {
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

  private mutating func emit(_ node: FormGraph.Node, _ inlined: Set<Int>) {
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

extension ScalarExpression {
  /// Operand n replaced by `arguments[n]`.
  func substituting(_ arguments: [ScalarExpression]) -> ScalarExpression {
    switch self {
    case .operand(let index): arguments[index]
    case .constant, .coordinate: self
    case .cast(let element, let x): .cast(element, x.substituting(arguments))
    case .apply(let function, let list):
      .apply(function, list.map { $0.substituting(arguments) })
    }
  }

  var usesCoordinates: Bool {
    switch self {
    case .coordinate: true
    case .operand, .constant: false
    case .cast(_, let x): x.usesCoordinates
    case .apply(_, let list): list.contains(where: \.usesCoordinates)
    }
  }
}

extension Reduction.Combiner {
  var scalarFunction: ScalarFunction {
    switch self {
    case .sum: .add
    case .product: .multiply
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }
}
