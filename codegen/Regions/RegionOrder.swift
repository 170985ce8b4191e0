// How regions that grew come into an order, and what growth asks of a graph.

extension RegionGrowth {
  /// Regions in an order in which each comes after what it reads.
  func order() -> [Int] {
    var ordered: [Int] = []
    var done: Set<Int> = []
    var pending = regions.keys.sorted()
    while !pending.isEmpty {
      let ready = pending.firstIndex { region in
        regions[region]!.members.allSatisfy { member in
          graph.nodes[member].reads.allSatisfy { read in
            guard let producer = graph.producer(read.value) else { return true }
            return regionOf[producer] == region || done.contains(regionOf[producer])
          }
        }
      }
      guard let ready else { preconditionFailure("internal: regions in a circle") }
      done.insert(pending[ready])
      ordered.append(pending.remove(at: ready))
    }
    return ordered
  }
}

extension AccessGraph {
  /// For each node the nodes that read one of its results, in order, each once.
  package var readers: [[Int]] {
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (number, node) in nodes.enumerated() {
      for read in node.reads {
        guard let producer = producer(read.value), readers[producer].last != number else {
          continue
        }
        readers[producer].append(number)
      }
    }
    return readers
  }

  /// Whether a node depends on parameters and constants alone.
  package var preparedNodes: [Bool] {
    var isPrepared: [Bool] = []
    for node in nodes {
      isPrepared.append(
        node.reads.allSatisfy { read in
          switch values[read.value].source {
          case .argument, .state: false
          case .parameter, .constant: true
          case .node(let producer): producer < 0 || isPrepared[producer]
          }
        })
    }
    return isPrepared
  }

  func isRead(_ node: Int, in members: [Int]) -> Bool {
    members.contains { member in
      nodes[member].reads.contains { producer($0.value) == node }
    }
  }

  func readByteCount(_ node: Int) -> Int {
    nodes[node].reads.reduce(0) { sum, read in
      sum + values[read.value].count * values[read.value].element.byteCount
    }
  }
}
