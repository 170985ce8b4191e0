import GraphIR
import GraphRegions
import TensorCore
import TileIR

// Statements of random draws.

extension RegionEmission {
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
