import GraphIR
import GraphRegions
import TensorCore
import TileIR

// Statements of folds and moments.

extension RegionEmission {
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

  /// Counts what the region executes, also what another one computed before.
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
}
