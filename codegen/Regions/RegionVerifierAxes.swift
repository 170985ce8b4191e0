// The laws of parallel axes and lanes.

extension RegionCheck {
  /// The parallel axis of each axis; trusted once ``checkLabels(_:)`` has passed.
  func labels(_ member: Int) -> [Int?] {
    regions[regionOf[member]].solution.labels[member]!
  }

  /// Labels fit their axes, and no two axes of a node have the same: a task would then compute only
  /// the positions where both are in its tile.
  ///
  /// - Returns: whether labels can be used at all.
  mutating func checkLabels(_ number: Int) -> Bool {
    let solution = regions[number].solution
    let before = problems.count
    for member in regions[number].members {
      let space = graph.nodes[member].space
      guard let labels = solution.labels[member], labels.count == space.count,
        labels.allSatisfy({ $0.map(solution.lengths.indices.contains) ?? true })
      else {
        report(
          .label, number,
          "\(name(member)) has axes \(space) and labels \(solution.labels[member] ?? []) of "
            + "\(solution.lengths.count) parallel axes")
        continue
      }
      for (axis, label) in labels.enumerated() {
        guard let label else { continue }
        if solution.lengths[label] != space[axis] {
          report(
            .label, number,
            "axis \(axis) of \(name(member)) has \(space[axis]) positions, its parallel axis "
              + "p\(label) has \(solution.lengths[label])")
        }
        if let other = labels[..<axis].firstIndex(of: label) {
          report(
            .label, number,
            "axes \(other) and \(axis) of \(name(member)) are both the parallel axis p\(label)")
        }
      }
      for axis in axesInOnePiece(member, number) where labels[axis] != nil {
        report(
          .wholeAxis, number,
          "\(name(member)) computes axis \(axis) of \(space[axis]) positions in one piece, "
            + "p\(labels[axis]!) cuts it")
      }
    }
    return problems.count == before
  }

  /// Axes that a node's kind does not compute tile by tile.
  private func axesInOnePiece(_ member: Int, _ number: Int) -> [Int] {
    let node = graph.nodes[member]
    switch node.kind {
    case .map, .random: return []
    case .fold, .moments:
      return regions[number].lanes.contains(member) ? [] : Array(node.innerAxes)
    case .product(let axes):
      let inner = regions[number].lanes.contains(member) ? [] : axes.summed
      return axes.columns.dropFirst() + inner
    case .convolution(let axes):
      // One row of the result at a time.
      return Array(node.innerAxes) + axes.result.dropFirst().compactMap { $0 }
    case .pieces(let boxes, _):
      return node.resultAxes.filter { axis in
        boxes.contains { $0.offset[axis] > 0 || $0.lengths[axis] < node.space[axis] }
      }
    case .gather, .reinterpret: return Array(node.space.indices)
    }
  }

  /// Two tasks differ in a parallel axis; what lacks it would be written by both.
  mutating func checkWriters(_ number: Int) {
    let region = regions[number]
    for member in region.outputs.sorted() {
      let node = graph.nodes[member]
      let axes = region.lanes.contains(member) ? node.space.indices : node.resultAxes
      let own = Set(axes.compactMap { labels(member)[$0] })
      for label in region.solution.lengths.indices where !own.contains(label) {
        report(
          .shared, number,
          "\(name(member)) is an output without the parallel axis p\(label) of "
            + "\(region.solution.lengths[label]) positions: several tasks would write it")
      }
    }
  }

  mutating func checkLanes(_ number: Int) {
    let region = regions[number]
    for member in region.lanes.sorted() {
      let node = graph.nodes[member]
      switch node.kind {
      case .fold(_, _, givesIndex: false), .moments, .product: break
      default: report(.lanes, number, "\(name(member)) does not accumulate")
      }
      let over = Set(node.innerAxes.compactMap { labels(member)[$0] })
      if over.isEmpty || over != region.solution.laneAxes {
        report(
          .lanes, number,
          "\(name(member)) accumulates over parallel axes \(over.sorted()), the region over "
            + "\(region.solution.laneAxes.sorted())")
      }
    }
    if region.lanes.isEmpty, !region.solution.laneAxes.isEmpty {
      report(
        .lanes, number,
        "nothing accumulates over parallel axes \(region.solution.laneAxes.sorted())")
    }
  }

  /// What is computed inside is there only at the positions of the task's tile.
  mutating func checkReads(_ number: Int) {
    let region = regions[number]
    for member in region.members {
      for (read, producer) in sources(member) where regionOf[producer] == number {
        if region.lanes.contains(producer) {
          report(
            .lanes, number,
            "\(name(member)) reads \(name(producer)), which is finished only after all tiles")
        }
        for (dimension, access) in read.index.enumerated() {
          guard let wanted = labels(producer)[dimension] else { continue }
          let axis = access.pointAxis
          if axis == nil || labels(member)[axis!] != wanted {
            let at = axis.map { labels(member)[$0].map { "p\($0)" } ?? "all positions" }
            report(
              .wideRead, number,
              "\(name(member)) reads \(name(producer)) at \(at ?? access.description) along "
                + "dimension \(dimension), of which a task has its tile of p\(wanted)")
          }
        }
      }
    }
  }
}
