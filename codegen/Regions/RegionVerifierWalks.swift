// The laws of walks.

extension RegionCheck {
  mutating func checkWalks(_ number: Int) {
    let region = regions[number]
    var walked: Set<Int> = []
    for walk in region.walks {
      for member in walk.members.intersection(walked).sorted() {
        report(.walk, number, "\(name(member)) is in two walks")
      }
      walked.formUnion(walk.members)
      if checkWalkedAxes(walk, number) {
        checkWalkedReads(walk, number)
        checkWalkReturns(walk, number)
      }
    }
    checkWalkOrder(number)
  }

  /// What waits for nothing is taken away, a walk as a whole, until none is left or all wait.
  private mutating func checkWalkOrder(_ number: Int) {
    let region = regions[number]
    var left = Set(region.members)
    func together(_ member: Int) -> Set<Int> {
      region.walks.first { $0.members.contains(member) }?.members ?? [member]
    }
    func waits(_ group: Set<Int>) -> Bool {
      group.contains { member in
        sources(member).contains { left.contains($0.producer) && !group.contains($0.producer) }
      }
    }
    while let ready = left.first(where: { !waits(together($0)) }) {
      left.subtract(together(ready))
    }
    if !left.isEmpty {
      report(.circle, number, "members \(left.sorted()) wait for each other's walks")
    }
  }

  /// Every member has the walked axis in its result, whole in the tile.
  private mutating func checkWalkedAxes(_ walk: Walk, _ number: Int) -> Bool {
    let before = problems.count
    for stranger in walk.inner.subtracting(walk.members).sorted() {
      report(.walk, number, "n\(stranger) is inner to a walk and not in it")
    }
    for member in walk.members.sorted() {
      let node = graph.nodes[member]
      guard let axis = walk.axes[member], node.resultAxes.contains(axis) else {
        report(.walk, number, "\(name(member)) has no walked axis in its result")
        continue
      }
      if node.space[axis] != walk.length {
        report(
          .walk, number,
          "\(name(member)) has \(node.space[axis]) positions where the walk has \(walk.length)")
      }
      if let label = labels(member)[axis] {
        report(.walk, number, "the walked axis of \(name(member)) is the parallel axis p\(label)")
      }
    }
    return problems.count == before
  }

  /// At a position of the walk, nothing of the walk has been computed at later ones, and of inner
  /// values nothing is kept of earlier ones.
  private mutating func checkWalkedReads(_ walk: Walk, _ number: Int) {
    let region = regions[number]
    for member in walk.inner.sorted() where region.outputs.contains(member) {
      report(.walk, number, "\(name(member)) is inner to a walk and an output of the region")
    }
    for member in region.members {
      for (read, producer) in sources(member) where walk.members.contains(producer) {
        guard walk.members.contains(member) else {
          if walk.inner.contains(producer) {
            report(
              .walk, number,
              "\(name(member)) reads \(name(producer)), which is inner to a walk, from outside")
          }
          continue
        }
        let access = read.index[walk.axes[producer]!]
        if access.pointAxis != walk.axes[member] {
          report(
            .walk, number,
            "\(name(member)) reads \(name(producer)) at \(access), the walk is at "
              + "a\(walk.axes[member]!)")
        }
      }
    }
  }

  private mutating func checkWalkReturns(_ walk: Walk, _ number: Int) {
    for (from, to) in returns(to: walk.members, among: regions[number].members) {
      report(
        .convexity, number, "a path leaves a walk to \(name(from)) and returns at \(name(to))")
    }
  }
}
