import TensorCore

// The laws of reads, whoever composed them: what is read exists, and every expression has its operands.

extension RegionCheck {
  mutating func checkBounds() {
    for (number, node) in graph.nodes.enumerated() {
      for (operand, read) in node.reads.enumerated() {
        for ranges in visited(node, operand) {
          for (dimension, access) in read.index.enumerated() where !access.isIndirect {
            let length = graph.values[read.value].lengths[dimension]
            let (first, last) = reach(access, ranges)
            if first >= 0, last < length { continue }
            report(
              .bounds, nil,
              "\(name(number)) reads \(graph.name(read.value)) at \(first)...\(last) along dimension "
                + "\(dimension) of \(length) positions")
          }
        }
      }
    }
  }

  mutating func checkExpressions() {
    for (number, node) in graph.nodes.enumerated() {
      var count = node.reads.count
      let bodies: [ScalarExpression]
      switch node.kind {
      case .map(let body), .fold(_, let body, _): bodies = [body]
      case .convolution(let axes):
        // The last operand is the kernel, which no part of an image holds.
        count -= 1
        let boxes = max(axes.boxes.count, 1)
        bodies = axes.bodies.isEmpty ? (0..<boxes).map { .operand($0) } : axes.bodies
        if bodies.count != boxes || bodies.contains(where: \.usesCoordinates) {
          report(
            .expression, nil,
            "\(name(number)) has \(boxes) parts of an image and \(bodies.count) expressions for them"
          )
        }
      default: continue
      }
      for operand in bodies.reduce(into: Set<Int>(), { $0.formUnion($1.operands) }).sorted()
      where operand >= count {
        report(
          .expression, nil, "\(name(number)) computes with operand \(operand) of \(count)")
      }
    }
  }

  /// The positions of a node's axes at which it reads an operand, each time it does.
  private func visited(_ node: AccessGraph.Node, _ operand: Int) -> [[Range<Int>]] {
    let all = node.space.map { 0..<$0 }
    switch node.kind {
    case .reinterpret: return []
    case .pieces(let boxes, _):
      guard boxes.indices.contains(operand) else { return [] }
      return [zip(boxes[operand].offset, boxes[operand].lengths).map { $0..<$0 + $1 }]
    case .convolution(let axes):
      guard operand < node.reads.count - 1 else { return [all] }
      return axes.parts.filter { $0.body.operands.contains(operand) }.map { part in
        var ranges = all
        for (place, axis) in axes.image.enumerated() {
          let start = part.box.offset[place]
          if let axis { ranges[axis] = start..<start + part.box.lengths[place] }
        }
        return ranges
      }
    default: return [all]
    }
  }

  private func reach(_ access: DimensionAccess, _ ranges: [Range<Int>]) -> (Int, Int) {
    var (first, last) = (access.start, access.start)
    for term in access.terms {
      let ends = [ranges[term.axis].lowerBound, ranges[term.axis].upperBound - 1].map {
        $0 * term.step
      }
      first += ends.min()!
      last += ends.max()!
    }
    return (first, last)
  }
}
