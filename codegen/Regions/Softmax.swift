import TensorCore

/// Exponentials over their sum, `exp(x - max x) / Σ exp(x - max x)`, recognised by what is computed.
struct Softmax {
  /// As the quotient reads them.
  var powers: AccessGraph.Read
  var sum: AccessGraph.Read
  /// Dimensions of the quotient along which the sum goes.
  var dimensions: [Int]
  /// The nodes: the largest x, x less that, the exponential, the sum.
  let maximum: Int
  let difference: Int
  let power: Int
  let total: Int

  init?(_ graph: AccessGraph, _ quotient: Int) {
    guard case .map(.apply(.divide, [.operand(0), .operand(1)])) = graph.nodes[quotient].kind,
      let sum = Self.combined(graph, quotient, by: .add),
      let power = graph.producer(graph.nodes[quotient].reads[0].value),
      case .map(.apply(.exponential, [.operand(0)])) = graph.nodes[power].kind,
      let difference = graph.producer(graph.nodes[power].reads[0].value),
      graph.nodes[power].readsInPlace(0),
      case .map(.apply(.subtract, [.operand(0), .operand(1)])) = graph.nodes[difference].kind,
      Self.combined(graph, difference, by: .maximum) == sum,
      // None reads the first positions only of what another computes.
      graph.nodes[quotient].space == graph.nodes[power].space,
      graph.nodes[power].space == graph.nodes[difference].space
    else { return nil }
    powers = graph.nodes[quotient].reads[0]
    self.sum = graph.nodes[quotient].reads[1]
    dimensions = sum.combined
    maximum = graph.producer(graph.nodes[difference].reads[1].value)!
    self.difference = difference
    self.power = power
    total = graph.producer(self.sum.value)!
  }

  /// What operand 1 of a map is, if it combines operand 0: the dimensions along which it does, and the
  /// others in the order in which it has them.
  private struct Combined: Equatable {
    var combined: [Int] = []
    var kept: [Int]
  }

  /// Nil if operand 1 is anything else, or if the map reads operand 0 elsewhere than at its own positions.
  private static func combined(
    _ graph: AccessGraph, _ map: Int, by combiner: ScalarFunction
  ) -> Combined? {
    let node = graph.nodes[map]
    guard node.reads.count == 2, node.readsInPlace(0),
      let producer = graph.producer(node.reads[1].value)
    else { return nil }
    let fold = graph.nodes[producer]
    guard case .fold(combiner, .operand(0), false) = fold.kind,
      fold.reads[0].value == node.reads[0].value,
      fold.reads[0].index.allSatisfy({ $0.pointAxis != nil })
    else { return nil }
    // Every axis that is kept must be the map's own at the same dimension, and none may be cut short.
    var result = Combined(kept: [Int](repeating: -1, count: fold.resultRank))
    for (dimension, access) in fold.reads[0].index.enumerated() {
      let axis = access.pointAxis!
      guard fold.space[axis] == node.space[dimension] else { return nil }
      if axis >= fold.resultRank {
        result.combined.append(dimension)
      } else if node.reads[1].index[axis].pointAxis == dimension {
        result.kept[axis] = dimension
      } else {
        return nil
      }
    }
    return result
  }
}

extension AccessGraph.Node {
  /// Whether an operand is read at the node's own positions; it may have more of them.
  fileprivate func readsInPlace(_ operand: Int) -> Bool {
    reads[operand].index.map(\.pointAxis) == space.indices.map { $0 }
  }
}
