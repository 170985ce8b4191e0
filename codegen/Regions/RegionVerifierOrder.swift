// The laws of order: what is read is there, and no path comes back.

extension RegionCheck {
  mutating func checkOrder() {
    var waits = [Set<Int>](repeating: [], count: regions.count)
    for (number, region) in regions.enumerated() {
      var done: Set<Int> = []
      for member in region.members {
        for (_, producer) in sources(member) {
          let other = regionOf[producer]
          if other != number { waits[number].insert(other) }
          if other > number || other == number && !done.contains(producer) {
            report(
              .order, number,
              "\(name(member)) in region \(number) reads \(name(producer)) in region \(other) "
                + "before it is computed")
          }
        }
        done.insert(member)
      }
    }
    // Regions that wait for nothing are taken away until none is left or all wait.
    var left = Set(regions.indices)
    while let ready = left.first(where: { waits[$0].isDisjoint(with: left) }) { left.remove(ready) }
    if !left.isEmpty { report(.circle, nil, "regions \(left.sorted()) wait for each other") }
  }

  mutating func checkConvexity(_ number: Int) {
    let inside = Set(regions[number].members)
    // Nodes come after what they read, so such a path lies between the first and the last member.
    guard let first = inside.min(), let last = inside.max() else { return }
    for (from, to) in returns(to: inside, among: first...last) {
      report(
        .convexity, number, "a path leaves the region to \(name(from)) and returns at \(name(to))")
    }
  }

  /// Members that read what lies outside and depends on members, with what they read.
  func returns(
    to inside: Set<Int>, among nodes: some Sequence<Int>
  ) -> [(from: Int, to: Int)] {
    var left: Set<Int> = []
    var found: [(from: Int, to: Int)] = []
    for node in nodes {
      for (_, producer) in sources(node) {
        if inside.contains(node) {
          if left.contains(producer) { found.append((producer, node)) }
        } else if inside.contains(producer) || left.contains(producer) {
          left.insert(node)
        }
      }
    }
    return found
  }
}
