/// Checks a partition by code that made no part of it: from the graph's reads and what the regions
/// say of themselves.
///
/// Laws: reads stay inside what they read; every node is in one region; regions and walks are convex; the regions' order is an
/// evaluation order, so no regions wait for each other; whatever a region reads of its own it reads
/// at the task's own tile; what several tasks could write has every parallel axis; reductions over
/// tiled axes are finished only after their region; walks compute and read one position at a time;
/// what is repeated super-tile by super-tile reads rows of its own alone.
///
/// - Cost: O(n · r) for n reads and r regions.
package enum RegionVerifier {
  /// All problems, in the order of the laws above. Later laws are judged only where the earlier ones
  /// hold, since their numbers mean nothing otherwise.
  package static func problems(in partition: Partition) -> [RegionProblem] {
    var check = RegionCheck(partition)
    check.checkShapes()
    check.checkMembership()
    guard check.problems.isEmpty else { return check.problems }
    check.checkExpressions()
    guard check.problems.isEmpty else { return check.problems }
    check.checkBounds()
    check.checkOrder()
    for number in partition.regions.indices {
      check.checkConvexity(number)
      check.checkKinds(number)
      check.checkOutputs(number)
      check.checkTiles(number)
      if check.checkLabels(number) {
        check.checkWriters(number)
        check.checkLanes(number)
        check.checkReads(number)
        check.checkWalks(number)
      }
    }
    // Labels of other regions are read here.
    guard check.problems.isEmpty else { return check.problems }
    for number in partition.regions.indices { check.checkSuperTile(number) }
    return check.problems
  }
}

/// What the laws of one partition need.
struct RegionCheck {
  let graph: AccessGraph
  let regions: [Region]
  let regionOf: [Int]
  /// Nodes whose results are results of the graph.
  let returned: Set<Int>
  /// For each node the nodes that read it.
  private let readers: [[Int]]
  private(set) var problems: [RegionProblem] = []

  init(_ partition: Partition) {
    graph = partition.graph
    regions = partition.regions
    regionOf = partition.regionOf
    returned = Set(partition.graph.results.compactMap { partition.graph.producer($0.value) })
    var readers = [[Int]](repeating: [], count: partition.graph.nodes.count)
    for (number, node) in partition.graph.nodes.enumerated() {
      for read in node.reads {
        guard let producer = partition.graph.producer(read.value),
          readers.indices.contains(producer)
        else { continue }
        readers[producer].append(number)
      }
    }
    self.readers = readers
  }

  mutating func report(_ code: RegionProblem.Code, _ region: Int?, _ message: String) {
    problems.append(RegionProblem(code, region, message))
  }

  /// `n7 encoder/softmax`.
  func name(_ node: Int) -> String { "n\(node) \(graph.label(node))" }

  /// What a node reads of other nodes.
  func sources(_ node: Int) -> [(read: AccessGraph.Read, producer: Int)] {
    graph.nodes[node].reads.compactMap { read in
      graph.producer(read.value).map { (read, $0) }
    }
  }
}

// MARK: - Shapes and membership
extension RegionCheck {
  mutating func checkShapes() {
    for (number, node) in graph.nodes.enumerated() {
      for value in node.results
      where graph.values[value].lengths != Array(node.space.prefix(node.resultRank))
        || graph.producer(value) != number
      {
        report(
          .shape, nil,
          "\(name(number)) computes \(node.space.prefix(node.resultRank)), "
            + "its result has \(graph.values[value].lengths)")
      }
      for (_, producer) in sources(number) where producer >= number {
        report(.shape, nil, "\(name(number)) comes before \(name(producer)), which it reads")
      }
      for read in node.reads {
        let axes = read.index.flatMap(\.terms).map(\.axis)
        if read.index.count != graph.values[read.value].lengths.count
          || !axes.allSatisfy(node.space.indices.contains)
        {
          report(
            .shape, nil,
            "\(name(number)) with axes \(node.space) reads \(graph.name(read.value)) of "
              + "\(graph.values[read.value].lengths) at \(read.index)")
        }
      }
    }
  }

  mutating func checkMembership() {
    var owners = [[Int]](repeating: [], count: graph.nodes.count)
    for (number, region) in regions.enumerated() {
      for member in region.members {
        guard owners.indices.contains(member) else {
          report(.membership, number, "n\(member) does not exist")
          continue
        }
        owners[member].append(number)
      }
      let named = region.lanes.union(region.outputs).union(region.walks.flatMap(\.members))
      for stranger in named.subtracting(region.members).sorted() {
        report(.membership, number, "n\(stranger) is named by the region and not in it")
      }
    }
    for (node, owners) in owners.enumerated() {
      if owners.count != 1 {
        report(.membership, nil, "\(name(node)) is in regions \(owners), not in one")
      } else if regionOf.count != graph.nodes.count || regionOf[node] != owners[0] {
        report(
          .membership, owners[0],
          "\(name(node)) is in region \(owners[0]), the partition says "
            + (regionOf.indices.contains(node) ? "\(regionOf[node])" : "nothing"))
      }
    }
  }
}

// MARK: - What a region holds
extension RegionCheck {
  mutating func checkKinds(_ number: Int) {
    let region = regions[number]
    for member in region.members where region.members.count > 1 {
      switch graph.nodes[member].kind {
      case .gather, .reinterpret:
        report(
          .alone, number,
          "\(name(member)) needs a region of its own, this one has \(region.members.count) nodes")
      default: continue
      }
    }
    for member in region.members where isPrepared(member) != region.isPrepared {
      report(
        .prepared, number,
        "\(name(member)) \(isPrepared(member) ? "depends" : "does not depend") on parameters alone, "
          + "the region \(region.isPrepared ? "does" : "does not")")
    }
  }

  private func isPrepared(_ node: Int) -> Bool {
    var pending = [node], seen: Set<Int> = [node]
    while let next = pending.popLast() {
      for read in graph.nodes[next].reads {
        switch graph.values[read.value].source {
        case .argument, .state: return false
        case .parameter, .constant, .node: break
        }
        if let producer = graph.producer(read.value), seen.insert(producer).inserted {
          pending.append(producer)
        }
      }
    }
    return true
  }

  /// Members that other regions read or that are results of the graph.
  private func wantedOutside(_ region: Region) -> Set<Int> {
    let inside = Set(region.members)
    return inside.filter { member in
      returned.contains(member) || readers[member].contains { !inside.contains($0) }
    }
  }

  mutating func checkOutputs(_ number: Int) {
    let region = regions[number]
    let wanted = wantedOutside(region)
    for member in region.members {
      let isOutput = region.outputs.contains(member)
      if wanted.contains(member), !isOutput {
        report(.output, number, "\(name(member)) is read outside and is no output")
      } else if isOutput, !wanted.contains(member), !region.lanes.contains(member) {
        report(.output, number, "\(name(member)) is an output that nothing outside reads")
      }
    }
  }

  mutating func checkTiles(_ number: Int) {
    let (lengths, tiles) = (regions[number].solution.lengths, regions[number].tiling.tiles)
    if tiles.count != lengths.count || !zip(tiles, lengths).allSatisfy({ 1...max($1, 1) ~= $0 }) {
      report(.tile, number, "tiles are \(tiles), the parallel axes \(lengths)")
    }
  }
}
