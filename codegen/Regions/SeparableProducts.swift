import TensorCore

/// A product over a concatenation of broadcasts becomes one small product per part, each computed
/// once per the axes that its part really has, and a sum.
///
///     [a(i), b(j)] · W = a(i) · W_a + b(j) · W_b
///
/// Sound because a product is linear in its left operand; the sum is rounded in another order, within
/// the error of the product itself. A part that has every axis keeps its work, so nothing is lost by
/// splitting it off; the pass asks that the parts together cost at most half.
extension AccessGraph {
  package func splittingSeparableProducts() -> AccessGraph {
    var result = self
    result.nodes = []
    for (number, node) in nodes.enumerated() {
      if let parts = SeparableProduct(self, number) {
        parts.replace(in: &result)
      } else {
        result.append(node)
      }
    }
    return result.withoutDeadNodes()
  }

  /// Adds a node whose results exist as values.
  mutating func append(_ node: Node) {
    nodes.append(node)
    for value in node.results { values[value].source = .node(nodes.count - 1) }
  }

  /// Whether each node leads to a result.
  var liveNodes: [Bool] {
    var isLive = [Bool](repeating: false, count: nodes.count)
    for result in results { if let node = producer(result.value) { isLive[node] = true } }
    for node in nodes.indices.reversed() where isLive[node] {
      for read in nodes[node].reads {
        if let source = producer(read.value) { isLive[source] = true }
      }
    }
    return isLive
  }

  /// Without nodes that nothing reads and no result needs.
  package func withoutDeadNodes() -> AccessGraph {
    let isLive = liveNodes
    var kept = self
    kept.nodes = []
    for node in nodes.indices where isLive[node] { kept.append(nodes[node]) }
    return kept
  }
}

/// One product that can be split.
private struct SeparableProduct {
  private let graph: AccessGraph
  private let node: AccessGraph.Node
  private let pieces: AccessGraph.Node
  private let boxes: [AccessGraph.Box]
  /// The single summed axis, and the dimension of the concatenation that it walks along.
  private let summed: Int
  private let dimension: Int
  private let columns: [Int]
  /// Axes of the product that each part depends on, without columns.
  private let partAxes: [[Int]]

  init?(_ graph: AccessGraph, _ number: Int) {
    let node = graph.nodes[number]
    guard case .product(let axes) = node.kind, axes.summed.count == 1, axes.batch.isEmpty,
      let producer = graph.producer(node.reads[0].value)
    else { return nil }
    let pieces = graph.nodes[producer]
    guard case .pieces(let boxes, _) = pieces.kind, boxes.count > 1 else { return nil }
    let summed = axes.summed[0]
    guard let dimension = node.reads[0].index.firstIndex(where: { $0.pointAxis == summed }),
      boxes.reduce(0, { $0 + $1.lengths[dimension] }) == pieces.space[dimension],
      boxes.allSatisfy({ box in
        pieces.space.indices.allSatisfy { $0 == dimension || box.lengths[$0] == pieces.space[$0] }
      }),
      node.reads[0].index.enumerated().allSatisfy({ place, access in
        place == dimension || !access.terms.contains { $0.axis == summed }
      })
    else { return nil }
    self.graph = graph
    self.node = node
    self.pieces = pieces
    self.boxes = boxes
    self.summed = summed
    self.dimension = dimension
    columns = axes.columns
    let left = node.reads[0].index
    partAxes = pieces.reads.map { read in
      let used = read.index.flatMap { $0.composed(left).terms.map(\.axis) }
      return axes.rows.filter { used.contains($0) }.sorted()
    }
    let parts = zip(partAxes, boxes).reduce(0) { sum, part in
      sum + part.0.reduce(part.1.lengths[dimension]) { $0 * node.space[$1] }
    }
    let whole = axes.rows.reduce(node.space[summed]) { $0 * node.space[$1] }
    guard 2 * parts <= whole else { return nil }
  }

  func replace(in result: inout AccessGraph) {
    // Parts with the same axes are added up there first.
    var groups: [(axes: [Int], values: [Int])] = []
    for part in boxes.indices {
      let value = appendPart(part, in: &result)
      if let known = groups.firstIndex(where: { $0.axes == partAxes[part] }) {
        groups[known].values.append(value)
      } else {
        groups.append((partAxes[part], [value]))
      }
    }
    let reads = groups.map { group -> AccessGraph.Read in
      let order = group.axes + columns.sorted()
      let value = added(group.values, order, in: &result)
      return .init(value, order.map { .point($0) })
    }
    var total = node
    total.kind = .map(sum(reads.count))
    total.space = Array(node.space.prefix(node.resultRank))
    total.reads = reads
    result.append(total)
  }

  private func sum(_ count: Int) -> ScalarExpression {
    (1..<count).reduce(.operand(0)) { .apply(.add, [$0, .operand($1)]) }
  }

  private func added(_ values: [Int], _ order: [Int], in result: inout AccessGraph) -> Int {
    if values.count == 1 { return values[0] }
    let space = order.map { node.space[$0] }
    let reads = values.map { value in
      AccessGraph.Read(value, space.indices.map { .point($0) })
    }
    return append(.map(sum(values.count)), space, inner: [], reads, in: &result)
  }

  private func append(
    _ kind: AccessGraph.Kind, _ space: [Int], inner: [Int], _ reads: [AccessGraph.Read],
    in result: inout AccessGraph
  ) -> Int {
    let element = graph.values[node.results[0]].element
    result.values.append(.init(element: element, lengths: space, source: .node(-1)))
    result.append(
      .init(
        kind: kind, space: space + inner, resultRank: space.count, reads: reads,
        results: [result.values.count - 1], group: node.group))
    return result.values.count - 1
  }

  /// The product of one part with its rows of the right operand.
  private func appendPart(_ part: Int, in result: inout AccessGraph) -> Int {
    let box = boxes[part]
    let depth = box.lengths[dimension]
    let rows = partAxes[part]
    let order = rows + columns.sorted()
    let space = order.map { node.space[$0] }
    let inner = depth == 1 ? [] : [depth]
    /// The product's axis in the part's space; the summed one counts from the part's first position.
    func renamed(_ access: DimensionAccess) -> DimensionAccess {
      var moved = DimensionAccess(start: access.start)
      for term in access.terms {
        if term.axis == summed {
          moved.start += term.step * box.offset[dimension]
          if depth > 1 { moved.terms.append(.init(space.count, term.step)) }
        } else {
          moved.terms.append(.init(order.firstIndex(of: term.axis)!, term.step))
        }
      }
      return moved
    }
    let left = pieces.reads[part]
    let reads = [
      AccessGraph.Read(
        left.value, left.index.map { renamed($0.composed(node.reads[0].index)) }),
      AccessGraph.Read(node.reads[1].value, node.reads[1].index.map(renamed)),
    ]
    let numbers = order.indices
    let columnNumbers = columns.map { order.firstIndex(of: $0)! }
    let kind: AccessGraph.Kind
    let isProduct =
      !rows.isEmpty && rows.reduce(1) { $0 * node.space[$1] } >= 2
      && columns.reduce(1) { $0 * node.space[$1] } >= 2 && depth > 1
    let body = ScalarExpression.apply(.multiply, [.operand(0), .operand(1)])
    if isProduct {
      kind = .product(
        .init(
          batch: [], rows: numbers.filter { !columnNumbers.contains($0) }, columns: columnNumbers,
          summed: [space.count]))
    } else {
      kind = depth > 1 ? .fold(.add, body, givesIndex: false) : .map(body)
    }
    return append(kind, space, inner: inner, reads, in: &result)
  }
}
