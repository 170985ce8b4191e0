import GraphRegions
import TensorCore
import TileIR

/// The second step of a reduction over tiled axes: lanes become one, pair by pair.
///
/// Lane i takes in lane i + half, for halves that shrink to 1: the same tree on any number of
/// threads. Tasks share the kept positions.
struct LaneMerge {
  private let lowering: EntryLowering
  private let accumulator: Accumulator
  private let laneCount: Int
  private let name: String
  private var builder = ProgramBuilder()

  init(_ lowering: EntryLowering, _ accumulator: Accumulator, _ laneCount: Int, name: String) {
    self.lowering = lowering
    self.accumulator = accumulator
    self.laneCount = laneCount
    self.name = name
  }

  /// An array of all lanes of a task in scratch.
  private struct Lane {
    var base: TileLocation.Base
    var first: Int
    /// Elements from lane to lane.
    var stride: Int
  }

  mutating func emit() {
    let element = accumulator.element
    let axis = TiledAxis(accumulator.count, tile: 4096, &builder)
    let arrays = accumulator.buffers.map { buffer -> TileLocation.Base in
      let source = builder.parameter(buffer, offset: 0, element, .read)
      let scratch = builder.scratch(element, laneCount * axis.tile)
      builder.append(
        .compute(
          TileCompute(
            extents: [TileExtent(laneCount), axis.extent],
            target: TileAccess(TileLocation(scratch), strides: [axis.tile, 1]),
            sources: [
              TileAccess(TileLocation(source, axis.start), strides: [accumulator.count, 1])
            ],
            expression: .operand(0))))
      return scratch
    }
    let delta: TileLocation.Base? =
      if case .moments = accumulator.rule {
        builder.scratch(element, laneCount * axis.tile)
      } else { nil }
    var count = laneCount
    while count > 1 {
      let half = (count + 1) / 2
      merge(arrays, delta, pairs: count - half, half: half, axis)
      count = half
    }
    finish(arrays, axis)
    lowering.append(builder.step(name))
  }

  private mutating func merge(
    _ arrays: [TileLocation.Base], _ delta: TileLocation.Base?, pairs: Int, half: Int,
    _ axis: TiledAxis
  ) {
    func access(_ lane: Lane) -> TileAccess {
      TileAccess(
        TileLocation(lane.base, AffineExpression(lane.first * axis.tile)),
        strides: [lane.stride, 1])
    }
    func lane(_ base: TileLocation.Base, _ first: Int = 0) -> Lane {
      Lane(base: base, first: first, stride: axis.tile)
    }
    let own = arrays.map { lane($0) }
    let other = arrays.map { lane($0, half) }
    var maps: [(target: Lane, sources: [Lane], expression: ScalarExpression)]
    switch accumulator.rule {
    case .combine(let combiner):
      maps = [(own[0], [own[0], other[0]], .apply(combiner, [.operand(0), .operand(1)]))]
    case .moments: maps = ChanFormula.merge(own, with: other, delta: lane(delta!))
    }
    for map in maps {
      builder.append(
        .compute(
          TileCompute(
            extents: [TileExtent(pairs), axis.extent], target: access(map.target),
            sources: map.sources.map(access), expression: map.expression)))
    }
  }

  /// What the merged lane means for readers.
  private mutating func finish(_ arrays: [TileLocation.Base], _ axis: TiledAxis) {
    let graph = lowering.graph
    let node = graph.nodes[accumulator.member]
    for (number, value) in node.results.enumerated() {
      let own = graph.values[value].element
      let stored = lowering.store(value, graph.wholeBox(value), graph.label(accumulator.member))
      let base = builder.parameter(stored.view.buffer, offset: 0, own, .write)
      let sources: [TileLocation.Base]
      let wide: ScalarExpression
      switch (accumulator.rule, number) {
      case (.combine, _): (sources, wide) = ([arrays[0]], .operand(0))
      case (.moments, 0): (sources, wide) = ([arrays[1]], .operand(0))
      case (.moments, _):
        (sources, wide) = (
          [arrays[2], arrays[0]], .apply(.divide, [.operand(0), .operand(1)])
        )
      }
      builder.append(
        .compute(
          TileCompute(
            extents: [axis.extent],
            target: TileAccess(TileLocation(base, axis.start), strides: [1]),
            sources: sources.map { TileAccess(TileLocation($0), strides: [1]) },
            expression: own == accumulator.element ? wide : .cast(own, wide))))
    }
  }
}
