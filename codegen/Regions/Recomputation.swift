// What waits between regions if some of what waits is computed again.

/// Chosen values that are computed again where they are read: the chains that do it, and what then waits
/// in memory.
///
/// A chain that reads a value which is itself computed again gets that value's chain too: otherwise the
/// value would have to wait for the chain.
package struct Recomputation {
  private let partition: Partition
  /// What could be computed again, by region in order.
  package let candidates: [Rematerialization]
  /// The late nodes of each candidate, and the candidate of each late value.
  private let lateNodes: [Set<Int>]
  private let owner: [Int: Int]
  /// The regions' outputs with the regions that read them, in order.
  private let waiting: [Waiting]

  private struct Waiting {
    var node: Int
    var region: Int
    var byteCount: Int
    /// Bytes of its lanes, in its own region only.
    var laneByteCount: Int
    var readers: Set<Int>
  }

  package init(_ partition: Partition) {
    self.partition = partition
    candidates = partition.rematerializations
    let graph = partition.graph
    lateNodes = candidates.map { Set($0.values.compactMap { graph.producer($0) }) }
    owner = Dictionary(
      uniqueKeysWithValues: candidates.enumerated().flatMap { number, candidate in
        candidate.values.map { ($0, number) }
      })
    let readers = graph.readers
    let results = Set(graph.results.map(\.value))
    waiting = partition.regions.enumerated().flatMap { number, region -> [Waiting] in
      if region.isPrepared { return [] }
      return region.outputs.sorted().map { member in
        func bytes(_ values: [Int]) -> Int {
          values.reduce(0) { $0 + graph.values[$1].count * graph.values[$1].element.byteCount }
        }
        let own = graph.nodes[member].results
        let lanes = region.lanes.contains(member) && region.laneCount > 1 ? region.laneCount : 0
        return Waiting(
          node: member, region: number, byteCount: bytes(own.filter { !results.contains($0) }),
          laneByteCount: lanes * bytes(own),
          readers: Set(readers[member].map { partition.regionOf[$0] }).subtracting([number]))
      }
    }
  }

  /// Chains by region: nodes that it computes again, and the late values that they are for.
  package struct Chains {
    var nodes: [Set<Int>]
    var values: [Set<Int>]
  }

  /// The chains of chosen candidates, by their numbers.
  package func chains(_ chosen: Set<Int>) -> Chains {
    let count = partition.regions.count
    var chains = Chains(
      nodes: [Set<Int>](repeating: [], count: count),
      values: [Set<Int>](repeating: [], count: count))
    let graph = partition.graph
    for number in chosen.sorted() {
      for target in candidates[number].targets {
        var pending = target.values
        while let value = pending.popLast() {
          guard let owner = owner[value], chains.values[target.region].insert(value).inserted,
            let chain = partition.chain(
              to: [graph.producer(value)!], in: candidates[owner].region, lateNodes[owner])
          else { continue }
          chains.nodes[target.region].formUnion(chain)
          for read in chain.lazy.flatMap({ graph.nodes[$0].reads }) {
            guard let other = self.owner[read.value], chosen.contains(other),
              candidates[other].region != target.region
            else { continue }
            pending.append(read.value)
          }
        }
      }
    }
    return chains
  }

  /// What waits in memory, region by region, and the work of all chains.
  package struct Outcome {
    /// Bytes between regions, alive while each of them runs.
    package var alive: [Int]
    package var work: Double
    package var peak: Int { alive.max() ?? 0 }
    /// The region at which most is alive.
    package var peakRegion: Int { alive.firstIndex(of: peak) ?? 0 }
  }

  package func outcome(of chosen: Set<Int>) -> Outcome {
    let chains = chains(chosen)
    let graph = partition.graph
    // Chains keep what they start from.
    var keptFor: [Int: Int] = [:]
    var work = 0.0
    for (place, nodes) in chains.nodes.enumerated() where !nodes.isEmpty {
      for node in nodes.sorted() {
        work += Double(graph.work(node))
        for read in graph.nodes[node].reads {
          guard let producer = graph.producer(read.value), !nodes.contains(producer) else {
            continue
          }
          keptFor[producer] = max(keptFor[producer] ?? 0, place)
        }
      }
    }
    var alive = [Int](repeating: 0, count: partition.regions.count)
    for value in waiting {
      let results = graph.nodes[value.node].results
      let last = value.readers.filter { reader in
        !results.contains(where: chains.values[reader].contains)
      }.max()
      let end = max(last ?? 0, keptFor[value.node] ?? 0)
      // Nobody outside reads it any more: a tile in scratch.
      if end <= value.region, !value.readers.isEmpty { continue }
      for place in value.region...max(value.region, end) { alive[place] += value.byteCount }
      alive[value.region] += value.laneByteCount
    }
    return Outcome(alive: alive, work: work)
  }
}
