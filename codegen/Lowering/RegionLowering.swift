import GraphIR
import GraphRegions
import TensorCore
import TileIR

/// Lowers nodes that share parallel axes as one region: a task computes its tile of every value,
/// inner values in scratch.
///
/// The parallel axes start as all axes of the result. Going back from reader to operand, each
/// dimension of a value is wanted either at the task's own tile of an axis or whole; where two
/// readers disagree, or a dimension is wanted whole, its axis is given up.
struct RegionLowering {
  let lowering: EntryLowering
  let nodes: [FormGraph.Node]
  let result: Int
  /// For each value of the region, the result's axis along each dimension; nil means whole.
  var labels: [Int: [Int?]] = [:]
  var isParallel: [Bool]
  var builder = ProgramBuilder()
  var axes: [TiledAxis?] = []
  var places: [Int: (base: TileLocation.Base, strides: [Int])] = [:]
  var flops = 0

  /// Scratch above which a region is not worth keeping together: half of a typical L2 cache.
  static let largestInnerCount = 128 * 1024
  /// Elements of the largest value in a tile: with a few such values a tile stays in L2.
  static let tileCount = 32 * 1024

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

  func shape(_ value: Int) -> Shape { lowering.type(value).shape }
  func producer(_ value: Int) -> FormGraph.Node? {
    nodes.first { $0.results.contains(value) }
  }

  // MARK: - Whether it can be one region
  func isSupported(_ node: FormGraph.Node) -> Bool {
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
  var hasOneResult: Bool {
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
  func unitReshape(_ node: FormGraph.Node) -> [Int?]? {
    let (old, new) = (shape(node.operands[0]), shape(node.results[0]))
    let olds = (0..<old.rank).filter { old[$0] != 1 }
    let news = (0..<new.rank).filter { new[$0] != 1 }
    guard olds.map({ old[$0] }) == news.map({ new[$0] }) else { return nil }
    return (0..<new.rank).map { axis in news.firstIndex(of: axis).map { olds[$0] } }
  }

  // MARK: - Parallel axes
  mutating func label() -> Bool {
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
  mutating func labelOnce() -> Bool {
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
  func demand(_ node: FormGraph.Node, _ position: Int, _ wanted: [Int?]) -> [Int?] {
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
  var innerCount: Int {
    nodes.map { node in
      zip(shape(node.results[0]).dimensions, labels[node.results[0]]!)
        .reduce(1) { $1.1 == nil ? $0 * $1.0 : $0 }
    }.max() ?? 1
  }

  var isSmall: Bool { nodes.count == 1 || innerCount <= Self.largestInnerCount }

  // MARK: - Tiles
  mutating func tileAxes() {
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

  var hasProduct: Bool {
    nodes.contains { if case .contract = $0.form { true } else { false } }
  }

  /// The box of a value in a task: its length along each dimension.
  func extents(_ value: Int) -> [TileExtent] {
    zip(shape(value).dimensions, labels[value]!).map { length, label in
      label.flatMap { axes[$0]?.extent } ?? TileExtent(length)
    }
  }

  // MARK: - Places
  /// Where a node's result goes: the result to its buffer, others to scratch.
  mutating func target(_ value: Int) -> (location: TileLocation, strides: [Int]) {
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
  mutating func source(
    _ value: Int, _ labels: [Int?]
  ) -> (location: TileLocation, strides: [Int]) {
    if let place = places[value] { return (TileLocation(place.base), place.strides) }
    let view = lowering.view(value)
    let base = builder.parameter(
      view.buffer, offset: view.offset, lowering.type(value).element, .read)
    return (TileLocation(base, start(labels, view.strides)), view.strides)
  }

  func start(_ labels: [Int?], _ strides: [Int]) -> AffineExpression {
    zip(labels, strides).reduce(AffineExpression()) { sum, item in
      guard let label = item.0, let axis = axes[label] else { return sum }
      return sum + axis.start * item.1
    }
  }
}
