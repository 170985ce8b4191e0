import TensorCore

/// A map and the maps that only it reads, as one expression of what they read together.
struct MapCone {
  private let graph: AccessGraph
  private let limits: RegionLimits
  let root: Int
  /// With the root.
  let members: Set<Int>

  /// - Parameters:
  ///   - uses: who reads each value.
  ///   - mayJoin: whether a map that only members read may be one of them.
  init(
    _ graph: AccessGraph, _ root: Int, _ uses: [[MapUse]], _ limits: RegionLimits,
    mayJoin: (Int) -> Bool
  ) {
    self.graph = graph
    self.limits = limits
    self.root = root
    var members: Set<Int> = []
    var pending: Set<Int> = [root]
    // Descending, so that all readers of a map are judged before it.
    while let node = pending.max() {
      pending.remove(node)
      let isInner = uses[graph.nodes[node].results[0]].allSatisfy { members.contains($0.node) }
      guard node == root || isInner else { continue }
      members.insert(node)
      for read in graph.nodes[node].reads {
        guard let producer = graph.producer(read.value), mayJoin(producer),
          case .map = graph.nodes[producer].kind
        else { continue }
        pending.insert(producer)
      }
    }
    self.members = members
  }

  /// What the root computes at `positions`, one for each of its axes; nil if that is too long.
  func expression(
    at positions: [DimensionAccess]
  ) -> (body: ScalarExpression, reads: [AccessGraph.Read])? {
    var reads: [AccessGraph.Read] = []
    guard let body = expression(root, positions, &reads) else { return nil }
    return reads.count <= limits.recomputedReadCount ? (body, reads) : nil
  }

  private func expression(
    _ node: Int, _ positions: [DimensionAccess], _ reads: inout [AccessGraph.Read]
  ) -> ScalarExpression? {
    guard case .map(let body) = graph.nodes[node].kind else {
      preconditionFailure("internal: only maps are computed again")
    }
    var arguments: [ScalarExpression] = []
    for read in graph.nodes[node].reads {
      let index = read.index.map { $0.composed(positions) }
      if let producer = graph.producer(read.value), members.contains(producer) {
        guard let inner = expression(producer, index, &reads) else { return nil }
        arguments.append(inner)
        continue
      }
      let own = AccessGraph.Read(read.value, index)
      let known = reads.firstIndex { $0.value == own.value && $0.index == own.index }
      if known == nil { reads.append(own) }
      arguments.append(.operand(known ?? reads.count - 1))
    }
    let whole = body.substituting(arguments) { positions[$0].asExpression }
    return whole.size <= limits.recomputedSize ? whole : nil
  }
}

extension DimensionAccess {
  /// The position as a number.
  package var asExpression: ScalarExpression {
    let sum = terms.reduce(nil as ScalarExpression?) { sum, term in
      let own: ScalarExpression =
        term.step == 1
        ? .coordinate(axis: term.axis)
        : .apply(.multiply, [.coordinate(axis: term.axis), .constant(Double(term.step), .i64)])
      return sum.map { .apply(.add, [$0, own]) } ?? own
    }
    guard let sum else { return .constant(Double(start), .i64) }
    return start == 0 ? sum : .apply(.add, [sum, .constant(Double(start), .i64)])
  }
}

extension ScalarExpression {
  /// Functions, casts and leaves.
  fileprivate var size: Int {
    switch self {
    case .operand, .constant, .coordinate: 1
    case .cast(_, let x): 1 + x.size
    case .apply(_, let list): list.reduce(1) { $0 + $1.size }
    }
  }

  /// Numbers of the operands that it reads.
  package var operands: Set<Int> {
    switch self {
    case .operand(let index): [index]
    case .constant, .coordinate: []
    case .cast(_, let x): x.operands
    case .apply(_, let list): list.reduce(into: []) { $0.formUnion($1.operands) }
    }
  }
}
