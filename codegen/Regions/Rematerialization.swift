// What a region leaves for a much later one, stored or computed again there.

/// Values that a region computes and that only later regions need than the next that reads it: what
/// the forward half of a training step leaves for its gradient.
///
/// Kept, they wait in memory from one region to the other. Recomputed, each reading region gets a copy
/// of the chain that leads to them, from what is stored anyway, and grows around it: then they are no
/// more than a tile in scratch.
package struct Rematerialization: Sendable {
  /// The region that computes them, by number, and what people call it.
  package var region: Int
  package var label: String
  /// In order.
  package var values: [Int]
  /// Later regions that read some of them, with the nodes of the chain that each would compute.
  package var targets: [(region: Int, values: [Int], chain: [Int])]
  /// Bytes of the values.
  package var byteCount: Int
  /// Work of all chains, as ``AccessGraph/work(_:)`` counts it, and their 2 x multiply-adds.
  package var work: Double
  package var flops: Double
}

extension Partition {
  /// What could be computed again, by region in order.
  package var rematerializations: [Rematerialization] {
    let readers = graph.readers
    return regions.indices.compactMap { rematerialization(of: $0, readers) }
  }

  private func rematerialization(of number: Int, _ readers: [[Int]]) -> Rematerialization? {
    let region = regions[number]
    guard !region.isPrepared else { return nil }
    let results = Set(graph.results.map(\.value))
    func later(_ node: Int) -> Set<Int> {
      Set(readers[node].map { regionOf[$0] }).subtracting([number])
    }
    let next = region.members.flatMap { later($0) }.min()
    // A region that only one other reads is simply its neighbour.
    let late = region.members.filter { member in
      let own = later(member)
      return !own.isEmpty && !own.contains(next!) && !region.lanes.contains(member)
        && !graph.nodes[member].results.contains(where: results.contains)
    }
    guard !late.isEmpty else { return nil }
    let isLate = Set(late)
    var found = Rematerialization(
      region: number, label: graph.label(region.members[0]),
      values: late.flatMap { graph.nodes[$0].results }, targets: [], byteCount: 0, work: 0, flops: 0
    )
    for target in Set(late.flatMap { later($0) }).sorted() {
      let own = late.filter { later($0).contains(target) }
      guard let chain = chain(to: own, in: number, isLate) else { return nil }
      found.targets.append((target, own.flatMap { graph.nodes[$0].results }, chain))
      for node in chain {
        found.work += Double(graph.work(node))
        found.flops += Double(graph.flops(node))
      }
    }
    found.byteCount = found.values.reduce(0) { sum, value in
      sum + graph.values[value].count * graph.values[value].element.byteCount
    }
    return found
  }

  /// The nodes of a region that lead to some of them from what is stored anyway; nil if one of them
  /// cannot be computed twice.
  func chain(to ends: [Int], in number: Int, _ isLate: Set<Int>) -> [Int]? {
    let region = regions[number]
    var chain: Set<Int> = []
    var pending = ends
    while let node = pending.popLast() {
      guard chain.insert(node).inserted else { continue }
      switch graph.nodes[node].kind {
      case .gather, .reinterpret: return nil
      default: break
      }
      for read in graph.nodes[node].reads {
        guard let producer = graph.producer(read.value), region.members.contains(producer) else {
          continue
        }
        let isStored = region.outputs.contains(producer) && !isLate.contains(producer)
        if isStored || region.lanes.contains(producer) { continue }
        pending.append(producer)
      }
    }
    return chain.sorted()
  }

  /// The graph with the chains computed again where they are read.
  package func recomputing(_ chosen: Recomputation.Chains) -> AccessGraph {
    // By region: nodes that it computes again, and what copies of them give.
    var chains = chosen.nodes
    let late = chosen.values
    let hasChains = chains.map { !$0.isEmpty }
    var copies = [[Int: Int]](repeating: [:], count: regions.count)
    var result = graph
    result.nodes = []
    for (number, node) in graph.nodes.enumerated() {
      let place = regionOf[number]
      // The part of a chain that leads to what a node reads stands before it: later parts may need what
      // is not there yet.
      let read = node.reads.map(\.value).filter(late[place].contains)
      for member in needed(for: read, chains[place]) {
        chains[place].remove(member)
        var copy = graph.nodes[member].reading(copies[place])
        copy.isRecomputed = true
        copy.home = place
        copy.results = copy.results.map { value in
          result.values.append(graph.values[value])
          copies[place][value] = result.values.count - 1
          return result.values.count - 1
        }
        result.append(copy)
      }
      var own = node.reading(copies[place])
      if hasChains[place] { own.home = place }
      result.append(own)
    }
    return result.withoutDeadNodes()
  }

  /// The nodes of a chain that lead to some values, in order.
  private func needed(for values: [Int], _ chain: Set<Int>) -> [Int] {
    var found: Set<Int> = []
    var pending = values.compactMap { graph.producer($0) }
    while let node = pending.popLast() {
      guard chain.contains(node), found.insert(node).inserted else { continue }
      pending += graph.nodes[node].reads.compactMap { graph.producer($0.value) }
    }
    return found.sorted()
  }
}

extension AccessGraph.Node {
  /// The same reading other values in place of some.
  fileprivate func reading(_ copies: [Int: Int]) -> AccessGraph.Node {
    guard !copies.isEmpty else { return self }
    var node = self
    for operand in node.reads.indices {
      if let copy = copies[node.reads[operand].value] { node.reads[operand].value = copy }
    }
    return node
  }
}
