/// A part of a region that is walked along an axis of its own, position by position, within each
/// tile: the heads of attention, whose scores need scratch for one head only.
package struct Walk: Sendable {
  package var length: Int
  package var members: Set<Int>
  /// The walked axis of each member; nil if a member does not have it.
  package var axes: [Int: Int]
  /// Members that only the walk reads.
  package var inner: Set<Int>

  /// Whether scratch holds only one position of a member's axis.
  package func shrinks(_ member: Int, _ axis: Int) -> Bool {
    inner.contains(member) && axes[member] == axis
  }

  /// Walks around the products of a region that are computed for each position of a batch axis which
  /// is not parallel. A walk takes in the neighbours that read and write at the same position.
  static func all(
    _ graph: AccessGraph, _ members: [Int], _ solution: AxisSolution, readOutside: Set<Int>
  ) -> [Walk] {
    var walks: [Walk] = []
    for member in members {
      guard case .product(let axes) = graph.nodes[member].kind,
        !walks.contains(where: { $0.members.contains(member) }),
        let axis = axes.batch.first(where: { solution.labels[member]![$0] == nil })
      else { continue }
      let taken = walks.reduce(into: Set<Int>()) { $0.formUnion($1.members) }
      let growth = WalkGrowth(graph, members, taken: taken, member, axis)
      if let walk = growth.walk(readOutside),
        hasOrder(walks.map(\.members) + [walk.members], members, graph)
      {
        walks.append(walk)
      }
    }
    return walks
  }

  /// Whether no path leaves the walk and comes back to it.
  fileprivate static func isConvex(_ walk: Set<Int>, _ members: [Int], _ graph: AccessGraph) -> Bool
  {
    var reached: Set<Int> = []
    for member in members {
      let producers = graph.nodes[member].reads.compactMap { graph.producer($0.value) }
      if walk.contains(member) {
        if producers.contains(where: { reached.contains($0) }) { return false }
      } else if producers.contains(where: { walk.contains($0) || reached.contains($0) }) {
        reached.insert(member)
      }
    }
    return true
  }

  /// Whether members and walks can run one after the other: walks that no path leaves may still wait
  /// for each other.
  private static func hasOrder(_ walks: [Set<Int>], _ members: [Int], _ graph: AccessGraph) -> Bool
  {
    // A walk goes by the number of its first member.
    var names: [Int: Int] = [:]
    for member in members {
      names[member] = walks.first { $0.contains(member) }?.min() ?? member
    }
    var readers: [Int: [Int]] = [:]
    var waitCounts: [Int: Int] = [:]
    for member in members {
      let own = names[member]!
      for producer in graph.nodes[member].reads.compactMap({ graph.producer($0.value) }) {
        guard let other = names[producer], other != own else { continue }
        readers[other, default: []].append(own)
        waitCounts[own, default: 0] += 1
      }
    }
    var ready = members.filter { names[$0] == $0 && waitCounts[$0] == nil }
    var doneCount = 0
    while let done = ready.popLast() {
      doneCount += 1
      for reader in readers[done] ?? [] {
        waitCounts[reader]! -= 1
        if waitCounts[reader] == 0 { ready.append(reader) }
      }
    }
    return doneCount == Set(names.values).count
  }
}

/// Grows a walk from one product.
private struct WalkGrowth {
  private let graph: AccessGraph
  /// Of the region, and those that no other walk has.
  private let all: [Int]
  private let candidates: [Int]
  private let seed: Int
  private let axis: Int

  init(_ graph: AccessGraph, _ all: [Int], taken: Set<Int>, _ seed: Int, _ axis: Int) {
    self.graph = graph
    self.all = all
    candidates = all.filter { !taken.contains($0) }
    self.seed = seed
    self.axis = axis
  }

  /// The parallel axis of the walk in the solution for these members, if it is one of all of them.
  private func label(_ members: [Int]) -> (label: Int, solution: AxisSolution)? {
    guard let solution = try? AxisSolution(graph, members, lanes: [], outputs: [], isSmall: false),
      let label = solution.labels[seed]![axis],
      members.allSatisfy({ solution.labels[$0]!.contains(label) && !isColumn($0, label, solution) })
    else { return nil }
    return (label, solution)
  }

  /// Columns start at panels, and one position is less than a panel.
  private func isColumn(_ member: Int, _ label: Int, _ solution: AxisSolution) -> Bool {
    guard case .product(let axes) = graph.nodes[member].kind else { return false }
    return axes.columns.contains { solution.labels[member]![$0] == label }
  }

  func walk(_ readOutside: Set<Int>) -> Walk? {
    var members = [seed]
    var grew = true
    while grew {
      grew = false
      for candidate in candidates where !members.contains(candidate) && touches(candidate, members)
      {
        let trial = (members + [candidate]).sorted()
        guard let (label, solution) = label(trial),
          // What leaves the walk has the axis, so that every position is written once.
          trial.allSatisfy({ hasInResult($0, label, solution) }),
          Walk.isConvex(Set(trial), all, graph)
        else { continue }
        members = trial
        grew = true
      }
    }
    guard members.count > 1, let (label, solution) = label(members) else { return nil }
    var axes: [Int: Int] = [:]
    for member in members { axes[member] = solution.labels[member]!.firstIndex(of: label) }
    let inside = Set(members)
    let readByOthers = Set(
      all.filter { !inside.contains($0) }.flatMap { other in
        graph.nodes[other].reads.compactMap { graph.producer($0.value) }
      })
    let inner = inside.subtracting(readOutside).subtracting(readByOthers)
    guard !inner.isEmpty else { return nil }
    return Walk(
      length: graph.nodes[seed].space[axis], members: inside, axes: axes, inner: inner)
  }

  private func hasInResult(_ member: Int, _ label: Int, _ solution: AxisSolution) -> Bool {
    graph.nodes[member].resultAxes.contains { solution.labels[member]![$0] == label }
  }

  private func touches(_ candidate: Int, _ members: [Int]) -> Bool {
    let reads = graph.nodes[candidate].reads.compactMap { graph.producer($0.value) }
    if reads.contains(where: { members.contains($0) }) { return true }
    return members.contains { member in
      graph.nodes[member].reads.contains { graph.producer($0.value) == candidate }
    }
  }
}
