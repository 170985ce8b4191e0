import TensorCore

/// A product with values that were divided by their own sum is divided afterwards: fewer divisions
/// where there are fewer columns than summed positions, and one pass less over the values.
///
///     Σ_m (e[m] / s) · v[m] = (Σ_m e[m] · v[m]) / s,   s = Σ_m e[m]
///
/// Done for `e = exp(x - max x)` alone, as a softmax has it: every e is at most 1, so the sums that
/// are divided late are no further from overflow than n times the values. The result is rounded
/// once instead of n times.
extension AccessGraph {
  package func normalisingProductsLate() -> AccessGraph {
    var readCounts = [Int](repeating: 0, count: values.count)
    for node in nodes { for read in node.reads { readCounts[read.value] += 1 } }
    for entry in results { readCounts[entry.value] += 1 }
    var result = self
    result.nodes = []
    for (number, node) in nodes.enumerated() {
      if let product = NormalisedProduct(self, number, readCounts) {
        product.replace(in: &result)
      } else {
        result.append(node)
      }
    }
    return result.withoutDeadNodes()
  }
}

/// One product whose operand is a softmax along the axes that it sums over.
private struct NormalisedProduct {
  private let node: AccessGraph.Node
  private let operand: Int
  /// The exponentials and their sum, as the product would read them.
  private let powers: AccessGraph.Read
  private let sum: AccessGraph.Read
  private let values: [AccessGraph.Value]

  /// - Parameter readCounts: how often each value is read or is a result.
  init?(_ graph: AccessGraph, _ number: Int, _ readCounts: [Int]) {
    let node = graph.nodes[number]
    guard case .product(let axes) = node.kind else { return nil }
    for operand in node.reads.indices {
      let read = node.reads[operand]
      guard readCounts[read.value] == 1, let quotient = graph.producer(read.value),
        let softmax = Softmax(graph, quotient),
        read.index.allSatisfy({ $0.pointAxis != nil }),
        Set(softmax.dimensions.map { read.index[$0].pointAxis! }) == Set(axes.summed),
        graph.values[node.results[0]].count < graph.values[read.value].count
      else { continue }
      self.node = node
      self.operand = operand
      func composed(_ inner: AccessGraph.Read) -> AccessGraph.Read {
        AccessGraph.Read(inner.value, inner.index.map { $0.composed(read.index) })
      }
      powers = composed(softmax.powers)
      sum = composed(softmax.sum)
      values = graph.values
      return
    }
    return nil
  }

  func replace(in result: inout AccessGraph) {
    var undivided = values[node.results[0]]
    undivided.source = .node(-1)
    result.values.append(undivided)
    var product = node
    product.reads[operand] = powers
    product.results = [result.values.count - 1]
    result.append(product)
    var quotient = node
    quotient.kind = .map(.apply(.divide, [.operand(0), .operand(1)]))
    quotient.space = Array(node.space.prefix(node.resultRank))
    quotient.reads = [
      AccessGraph.Read(product.results[0], quotient.space.indices.map { .point($0) }), sum,
    ]
    result.append(quotient)
  }
}

/// Exponentials over their sum, `exp(x - max x) / Σ exp(x - max x)`, recognised by what is computed.
private struct Softmax {
  /// As the quotient reads them.
  var powers: AccessGraph.Read
  var sum: AccessGraph.Read
  /// Dimensions of the quotient along which the sum goes.
  var dimensions: [Int]

  init?(_ graph: AccessGraph, _ quotient: Int) {
    guard case .map(.apply(.divide, [.operand(0), .operand(1)])) = graph.nodes[quotient].kind,
      let sum = Self.combined(graph, quotient, by: .add),
      let power = graph.producer(graph.nodes[quotient].reads[0].value),
      case .map(.apply(.exponential, [.operand(0)])) = graph.nodes[power].kind,
      let difference = graph.producer(graph.nodes[power].reads[0].value),
      graph.nodes[power].readsInPlace(0),
      case .map(.apply(.subtract, [.operand(0), .operand(1)])) = graph.nodes[difference].kind,
      Self.combined(graph, difference, by: .maximum) == sum
    else { return nil }
    powers = graph.nodes[quotient].reads[0]
    self.sum = graph.nodes[quotient].reads[1]
    dimensions = sum
  }

  /// The dimensions along which operand 1 of a map combines operand 0, which has the map's shape;
  /// nil if it is anything else.
  private static func combined(
    _ graph: AccessGraph, _ map: Int, by combiner: ScalarFunction
  ) -> [Int]? {
    let node = graph.nodes[map]
    guard node.reads.count == 2, node.readsInPlace(0),
      let producer = graph.producer(node.reads[1].value)
    else { return nil }
    let fold = graph.nodes[producer]
    guard case .fold(combiner, .operand(0), false) = fold.kind,
      fold.reads[0].value == node.reads[0].value,
      fold.reads[0].index.allSatisfy({ $0.pointAxis != nil })
    else { return nil }
    // Every axis that is kept must be the map's own at the same dimension.
    var dimensions: [Int] = []
    for (dimension, access) in fold.reads[0].index.enumerated() {
      let axis = access.pointAxis!
      if axis >= fold.resultRank {
        dimensions.append(dimension)
      } else if node.reads[1].index[axis].pointAxis != dimension {
        return nil
      }
    }
    return dimensions
  }
}

extension AccessGraph.Node {
  /// Whether an operand has the node's shape and is read at the same positions.
  fileprivate func readsInPlace(_ operand: Int) -> Bool {
    reads[operand].index.map(\.pointAxis) == space.indices.map { $0 }
  }
}
