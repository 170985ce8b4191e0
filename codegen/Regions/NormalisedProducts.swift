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
  /// - Parameter longest: positions of a softmax that are computed at once; more go in blocks, see
  ///   ``BlockedSoftmax``.
  package func normalisingProductsLate(longest: Int = .max) -> AccessGraph {
    var readCounts = [Int](repeating: 0, count: values.count)
    for node in nodes { for read in node.reads { readCounts[read.value] += 1 } }
    for entry in results { readCounts[entry.value] += 1 }
    var result = self
    result.nodes = []
    for (number, node) in nodes.enumerated() {
      if let product = NormalisedProduct(self, number, longest: longest, readCounts) {
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
  /// The product of the exponentials.
  private let node: AccessGraph.Node
  /// Their sum, as the product's result would read it.
  private let sum: AccessGraph.Read
  private let values: [AccessGraph.Value]
  private let blocks: BlockedSoftmax?

  /// - Parameter readCounts: how often each value is read or is a result.
  init?(_ graph: AccessGraph, _ number: Int, longest: Int, _ readCounts: [Int]) {
    var node = graph.nodes[number]
    guard case .product(let axes) = node.kind else { return nil }
    for operand in node.reads.indices {
      let read = node.reads[operand]
      guard readCounts[read.value] == 1, let quotient = graph.producer(read.value),
        let softmax = Softmax(graph, quotient),
        read.index.allSatisfy({ $0.pointAxis != nil }),
        Set(softmax.dimensions.map { read.index[$0].pointAxis! }) == Set(axes.summed),
        graph.values[node.results[0]].count < graph.values[read.value].count
      else { continue }
      func composed(_ inner: AccessGraph.Read) -> AccessGraph.Read {
        AccessGraph.Read(inner.value, inner.index.map { $0.composed(read.index) })
      }
      node.reads[operand] = composed(softmax.powers)
      self.node = node
      sum = composed(softmax.sum)
      values = graph.values
      blocks = BlockedSoftmax(graph, softmax, node, operand, longest: longest, readCounts)
      return
    }
    return nil
  }

  func replace(in result: inout AccessGraph) {
    if let blocks { return blocks.replace(in: &result, sum: sum) }
    var undivided = values[node.results[0]]
    undivided.source = .node(-1)
    result.values.append(undivided)
    var product = node
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
