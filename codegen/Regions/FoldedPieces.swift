/// A convolution over a concatenation or a padded image reads the pieces themselves: they are brought
/// together in the rows that a task copies anyway, and no buffer holds them side by side.
///
/// Sound because a convolution copies its rows into zeroed scratch, box by box; positions in no box
/// stay zero, as the fill is.
extension AccessGraph {
  package func foldingPieces() -> AccessGraph {
    var result = self
    for number in nodes.indices {
      if let node = readingPieces(number) { result.nodes[number] = node }
    }
    return result.withoutDeadNodes()
  }

  /// The convolution with the pieces of its image as operands, if it has such an image.
  private func readingPieces(_ number: Int) -> Node? {
    var node = nodes[number]
    guard case .convolution(var axes) = node.kind, axes.boxes.isEmpty,
      let producer = producer(node.reads[0].value),
      case .pieces(let boxes, let fill) = nodes[producer].kind
    else { return nil }
    let pieces = nodes[producer]
    let index = node.reads[0].index
    let covered = boxes.reduce(0) { $0 + $1.lengths.reduce(1, *) }
    guard fill == 0 || covered == pieces.count,
      index.allSatisfy({ $0.pointAxis != nil })
    else { return nil }
    for box in boxes {
      var own = Box(offset: [0, 0, 0], lengths: axes.imageLengths)
      for (dimension, access) in index.enumerated() {
        if let part = axes.image.firstIndex(of: access.pointAxis) {
          own.offset[part] = box.offset[dimension]
          own.lengths[part] = box.lengths[dimension]
        } else if box.lengths[dimension] != pieces.space[dimension] {
          // Other images altogether: a task would have to choose.
          return nil
        }
      }
      axes.boxes.append(own)
    }
    node.kind = .convolution(axes)
    node.reads =
      pieces.reads.map { read in Read(read.value, read.index.map { $0.composed(index) }) }
      + node.reads.suffix(1)
    return node
  }
}
