import GraphIR
import GraphRegions
import TensorCore
import TileIR

// Statements of values put together from pieces.

extension RegionEmission {
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
}
