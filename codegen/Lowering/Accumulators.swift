import GraphRegions
import TensorCore
import TileIR

/// What a lane accumulates for one member: arrays over the positions that the member keeps.
struct Accumulator {
  /// How two partial results become one.
  enum Rule {
    case combine(ScalarFunction)
    /// Counts, means and sums of squared distances, by Chan's formula.
    case moments
  }
  var member: Int
  var rule: Rule
  /// Sums and moments of f32 accumulate in f64, so that thousands of tiles add no error to that of a
  /// tile.
  var element: ElementType
  /// In scratch, for the kept positions of a task: one array, or count, mean and squares. Sums of a
  /// product lie in memory at once, at the lane's place: they may be larger than scratch.
  var arrays: [RegionEmission.Place] = []
  /// Their lanes in memory.
  var buffers: [Int] = []
  /// Kept positions altogether.
  var count: Int
  /// Where a product's lane adds up.
  var sums: TileAccess?
}

// How lanes start, take in tiles, and are left in memory.

extension RegionEmission {
  mutating func makeAccumulator(_ member: Int) -> Accumulator {
    let node = graph.nodes[member]
    let own = graph.values[node.results[0]].element
    let rule: Accumulator.Rule
    var element = own
    switch node.kind {
    case .fold(let combiner, _, _):
      rule = .combine(combiner)
      if own == .f32, combiner == .add || combiner == .multiply { element = .f64 }
    default:
      rule = .moments
      element = .f64
    }
    var accumulator = Accumulator(
      member: member, rule: rule, element: element, count: graph.resultCount(member))
    let arrays = if case .moments = rule { 3 } else { 1 }
    for _ in 0..<arrays { accumulator.arrays.append(keptScratch(member, element)) }
    return accumulator
  }

  /// Room for the sums of a product: the result itself where there is one lane, else a part of a
  /// buffer for each.
  mutating func makeSums(_ member: Int, _ lanes: Lanes) -> Accumulator {
    let value = graph.nodes[member].results[0]
    var accumulator = Accumulator(
      member: member, rule: .combine(.add), element: graph.values[value].element,
      count: graph.resultCount(member))
    let buffer: Int
    if lanes.count == 1 {
      buffer = lowering.store(value, graph.wholeBox(value), graph.label(member)).view.buffer
    } else {
      buffer = lowering.addBuffer(
        .temporary, accumulator.element, lanes.count * accumulator.count,
        "lanes of \(graph.label(member))")
      accumulator.buffers = [buffer]
    }
    let base = builder.parameter(
      buffer, offset: 0, accumulator.element, .readWrite, readsOwn: true)
    let lengths = graph.values[value].lengths
    var sums = access(
      member,
      Place(base: base, strides: rowMajor(lengths), isLocal: lengths.map { _ in false }))
    sums.location.offset = sums.location.offset + lanes.index * accumulator.count
    accumulator.sums = sums
    return accumulator
  }

  /// Scratch for the positions of a task that a member keeps.
  private mutating func keptScratch(_ member: Int, _ element: ElementType) -> Place {
    let extents = extents(member, graph.nodes[member].resultAxes).map(\.size)
    let base = builder.scratch(element, extents.reduce(1, *))
    return Place(base: base, strides: rowMajor(extents), isLocal: extents.map { _ in true })
  }

  private func keptExtents(_ member: Int) -> [TileExtent] {
    extents(member, graph.nodes[member].resultAxes)
  }

  private func keptAccess(_ member: Int, _ place: Place) -> TileAccess {
    kept(access(member, place), member)
  }

  private mutating func appendMap(
    _ member: Int, _ target: Place, _ sources: [Place], _ expression: ScalarExpression
  ) {
    append(
      .compute(
        TileCompute(
          extents: keptExtents(member), target: keptAccess(member, target),
          sources: sources.map { keptAccess(member, $0) }, expression: expression)))
  }

  mutating func appendStart(_ accumulator: Accumulator) {
    let start: Double
    switch accumulator.rule {
    case .moments: start = 0
    case .combine(let combiner): start = combiner.identity
    }
    if let sums = accumulator.sums {
      append(
        .compute(
          TileCompute(
            extents: keptExtents(accumulator.member), target: kept(sums, accumulator.member),
            sources: [], expression: .constant(0, accumulator.element))))
    }
    for array in accumulator.arrays {
      appendMap(accumulator.member, array, [], .constant(start, accumulator.element))
    }
  }

  /// Adds a tile to what the lane has.
  mutating func accumulate(_ accumulator: Accumulator) {
    let member = accumulator.member
    let node = graph.nodes[member]
    if let sums = accumulator.sums, case .product(let axes) = node.kind {
      return emitSums(member, axes, at: sums)
    }
    let own = graph.values[node.results[0]].element
    let element = accumulator.element
    func widened(_ operand: Int) -> ScalarExpression {
      element == own ? .operand(operand) : .cast(element, .operand(operand))
    }
    let sum = keptScratch(member, own)
    if case .combine(let combiner) = accumulator.rule {
      appendFold(
        member, combiner, into: keptAccess(member, sum).strides, keptAccess(member, sum).location)
      let array = accumulator.arrays[0]
      appendMap(member, array, [array, sum], .apply(combiner, [.operand(0), widened(1)]))
      countFlops(member)
      return
    }
    // The tile's own count, mean and squares.
    let inner = extents(member, node.innerAxes)
    let x = access(member, node.reads[0])
    func appendSum(
      _ target: Place, _ sources: [TileAccess], _ expression: ScalarExpression,
      _ element: ElementType
    ) {
      appendReduction(
        TileCompute(
          extents: keptExtents(member), reduced: inner, combiner: .add,
          target: keptAccess(member, target), sources: sources, expression: expression), element)
    }
    let (count, squares) = (keptScratch(member, element), keptScratch(member, own))
    appendSum(count, [], .constant(1, element), element)
    appendSum(sum, [x], .operand(0), own)
    let scaled: ScalarExpression = .apply(.divide, [widened(0), .operand(1)])
    appendMap(member, sum, [sum, count], element == own ? scaled : .cast(own, scaled))
    appendSum(
      squares, [x, access(member, sum)],
      .apply(.square, [.apply(.subtract, [.operand(0), .operand(1)])]), own)
    let wide = [keptScratch(member, element), keptScratch(member, element)]
    appendMap(member, wide[0], [sum], widened(0))
    appendMap(member, wide[1], [squares], widened(0))
    let delta = keptScratch(member, element)
    for (target, sources, expression) in ChanFormula.merge(
      accumulator.arrays, with: [count] + wide, delta: delta)
    {
      appendMap(member, target, sources, expression)
    }
  }

  /// Copies the lane's arrays to memory, lane after lane.
  mutating func store(_ accumulator: inout Accumulator, _ lanes: Lanes) {
    let member = accumulator.member
    let space = graph.nodes[member].resultAxes.map { graph.nodes[member].space[$0] }
    for array in accumulator.arrays {
      let buffer = lowering.addBuffer(
        .temporary, accumulator.element, lanes.count * accumulator.count,
        "lanes of \(graph.label(member))")
      accumulator.buffers.append(buffer)
      let base = builder.parameter(buffer, offset: 0, accumulator.element, .write)
      let place = Place(base: base, strides: rowMajor(space), isLocal: space.map { _ in false })
      var target = keptAccess(member, place)
      target.location.offset = target.location.offset + lanes.index * accumulator.count
      append(
        .compute(
          TileCompute(
            extents: keptExtents(member), target: target, sources: [keptAccess(member, array)],
            expression: .operand(0))))
    }
  }
}

extension ScalarFunction {
  /// What combining starts from.
  var identity: Double {
    switch self {
    case .multiply: 1
    case .maximum: -.infinity
    case .minimum: .infinity
    default: 0
    }
  }
}
