/// The parallel axes of a set of nodes: how a task's tile of one value follows from its tile of
/// another.
///
/// Every axis of every node starts as one of its own. Where a node reads a value of the set at the
/// positions of one of its axes, that axis and the producer's are the same. Where it touches more
/// than its own position (a reduced axis, an offset, a stride, an index), the producer's axis must
/// lie whole in the tile and is given up. So every value inside has one footprint, and all readers
/// inside want that one. Values from outside are finished, and may be read in any way.
package struct AxisSolution: Sendable {
  /// Lengths of the parallel axes.
  package var lengths: [Int] = []
  /// For each node, the parallel axis of each of its axes; nil means whole in the tile.
  package var labels: [Int: [Int?]] = [:]
  /// Parallel axes that a reduction accumulates over, tile after tile.
  package var laneAxes: Set<Int> = []

  /// - Parameters:
  ///   - members: nodes in order.
  ///   - lanes: members that accumulate over tiled axes; their results are finished only after the
  ///     region.
  ///   - outputs: members whose results are read outside.
  ///   - isSmall: whether one task may do all the work, so that any axis can be given up.
  /// - Errors: why the members have no axes in common.
  package init(
    _ graph: AccessGraph, _ members: [Int], lanes: Set<Int>, outputs: Set<Int>,
    isSmall: Bool = true
  ) throws(AxisProblem) {
    var classes = AxisClasses(graph, members)
    let inside = Set(members)
    for member in members {
      for read in graph.nodes[member].reads {
        guard let producer = graph.producer(read.value), inside.contains(producer) else { continue }
        if lanes.contains(producer) { throw .readsLanes(producer) }
        classes.connect(member, read, producer)
      }
      classes.keepWhole(member, isLane: lanes.contains(member))
    }
    classes.separateAxesOfOneNode()
    guard classes.restrict(to: outputs, lanes) else { throw .lanesDisagree }
    try classes.computeOnce(without: lanes, isSmall: isSmall)
    guard classes.restrict(to: outputs, lanes) else { throw .lanesDisagree }
    number(classes, graph, members, lanes)
  }

  /// Gives the remaining classes numbers, outermost first as they stand in the largest node.
  private mutating func number(
    _ classes: AxisClasses, _ graph: AccessGraph, _ members: [Int], _ lanes: Set<Int>
  ) {
    var numbers: [Int: Int] = [:]
    let bySize = members.sorted { (graph.nodes[$1].count, $1) < (graph.nodes[$0].count, $0) }
    for member in bySize {
      for axis in graph.nodes[member].space.indices {
        guard let root = classes.parallelClass(member, axis), numbers[root] == nil else { continue }
        numbers[root] = lengths.count
        lengths.append(graph.nodes[member].space[axis])
      }
    }
    for member in members {
      labels[member] = graph.nodes[member].space.indices.map { axis in
        classes.parallelClass(member, axis).map { numbers[$0]! }
      }
    }
    for member in lanes {
      for axis in graph.nodes[member].innerAxes {
        if let label = labels[member]![axis] { laneAxes.insert(label) }
      }
    }
  }

  /// Positions of all parallel axes together.
  package var positions: Int { lengths.reduce(1, *) }
}

/// Why nodes have no parallel axes in common.
package enum AxisProblem: Error {
  /// The node accumulates over tiles, and another one reads what is not finished.
  case readsLanes(Int)
  case lanesDisagree
  /// The node combines many elements and lacks an axis, so each tile along it would do so again.
  case repeats(Int)
}

/// Classes of axes that are the same, by union and find.
private struct AxisClasses {
  private let graph: AccessGraph
  private let members: [Int]
  private var offsets: [Int: Int] = [:]
  private var parents: [Int] = []
  private var isWhole: [Bool]

  init(_ graph: AccessGraph, _ members: [Int]) {
    self.graph = graph
    self.members = members
    for member in members {
      offsets[member] = parents.count
      parents += parents.count..<parents.count + graph.nodes[member].space.count
    }
    isWhole = [Bool](repeating: false, count: parents.count)
  }

  private func root(_ node: Int, _ axis: Int) -> Int {
    var element = offsets[node]! + axis
    while parents[element] != element { element = parents[element] }
    return element
  }

  /// The class of an axis if it is parallel.
  func parallelClass(_ node: Int, _ axis: Int) -> Int? {
    let root = root(node, axis)
    return isWhole[root] ? nil : root
  }

  private mutating func giveUp(_ node: Int, _ axis: Int) { isWhole[root(node, axis)] = true }

  private mutating func unify(_ a: Int, _ b: Int) {
    let (low, high) = (min(a, b), max(a, b))
    if low == high { return }
    parents[high] = low
    isWhole[low] = isWhole[low] || isWhole[high]
  }

  mutating func connect(_ reader: Int, _ read: AccessGraph.Read, _ producer: Int) {
    let lengths = graph.values[read.value].lengths
    for (dimension, access) in read.index.enumerated() {
      if let axis = access.pointAxis, graph.nodes[reader].space[axis] == lengths[dimension] {
        unify(root(reader, axis), root(producer, dimension))
      } else {
        giveUp(producer, dimension)
      }
    }
  }

  /// Axes that a node needs whole, whatever it reads.
  mutating func keepWhole(_ member: Int, isLane: Bool) {
    let node = graph.nodes[member]
    switch node.kind {
    case .map, .random: break
    case .fold, .moments: if !isLane { node.innerAxes.forEach { giveUp(member, $0) } }
    case .product(let axes):
      if !isLane { axes.summed.forEach { giveUp(member, $0) } }
      // A tile of columns starts at a panel, so only the outermost of several axes is cut.
      axes.columns.dropFirst().forEach { giveUp(member, $0) }
    case .convolution(let axes):
      node.innerAxes.forEach { giveUp(member, $0) }
      axes.result[1...].compactMap { $0 }.forEach { giveUp(member, $0) }
    case .pieces(let boxes, _):
      for axis in node.resultAxes
      where boxes.contains(where: { $0.lengths[axis] != node.space[axis] }) {
        giveUp(member, axis)
      }
    case .gather, .reinterpret: node.resultAxes.forEach { giveUp(member, $0) }
    }
  }

  /// Two axes of one node that would be the same: a tile of one would need every position of the
  /// other.
  mutating func separateAxesOfOneNode() {
    for member in members {
      var seen: Set<Int> = []
      for axis in graph.nodes[member].space.indices where !seen.insert(root(member, axis)).inserted
      {
        giveUp(member, axis)
      }
    }
  }

  private func parallelClasses(_ member: Int, _ axes: some Sequence<Int>) -> Set<Int> {
    Set(axes.compactMap { parallelClass(member, $0) })
  }

  /// Gives up the classes that some output lacks: its tile would be written by several tasks.
  mutating func restrict(to outputs: Set<Int>, _ lanes: Set<Int>) -> Bool {
    var accumulated: Set<Int>?
    for member in members where lanes.contains(member) {
      let own = parallelClasses(member, graph.nodes[member].innerAxes)
      if let accumulated, accumulated != own { return false }
      accumulated = own
    }
    if accumulated?.isEmpty == true { return false }
    var all: Set<Int> = []
    for member in members {
      all.formUnion(parallelClasses(member, graph.nodes[member].space.indices))
    }
    for member in members where outputs.contains(member) || lanes.contains(member) {
      let node = graph.nodes[member]
      let own =
        lanes.contains(member)
        ? parallelClasses(member, node.space.indices)
        : parallelClasses(member, node.resultAxes)
      for missing in all.subtracting(own) { isWhole[missing] = true }
      all.formIntersection(own)
    }
    // What lanes keep must not be what they go over.
    return accumulated.map { !$0.isDisjoint(with: all) } ?? true
  }

  /// Gives up the classes that a member lacks which combines many elements, if that is what keeps what
  /// it reads in the tile: a row that it reduces and others walk along, columns of a product, or
  /// rows of a convolution, which then has a whole image in the tile. Otherwise the member is better finished first.
  mutating func computeOnce(without lanes: Set<Int>, isSmall: Bool) throws(AxisProblem) {
    let columns = columnClasses
    let imageRows = imageRowClasses
    var all: Set<Int> = []
    for member in members {
      all.formUnion(parallelClasses(member, graph.nodes[member].space.indices))
    }
    for member in members where graph.nodes[member].isCombining && !lanes.contains(member) {
      // Classes are only ever given up.
      let missing = all.subtracting(parallelClasses(member, graph.nodes[member].resultAxes))
        .filter { !isWhole[$0] }
      for label in missing.sorted() {
        guard
          isSmall || columns.contains(label) || imageRows.contains(label)
            || sharesRow(member, label)
        else {
          throw .repeats(member)
        }
        isWhole[label] = true
      }
    }
  }

  /// Rows of convolutions whose images are computed inside.
  private var imageRowClasses: Set<Int> {
    var classes: Set<Int> = []
    for member in members {
      let node = graph.nodes[member]
      guard case .convolution(let axes) = node.kind,
        node.reads.dropLast().contains(where: {
          graph.producer($0.value).map(members.contains) ?? false
        })
      else { continue }
      classes.formUnion(parallelClasses(member, axes.result.compactMap { $0 }))
    }
    return classes
  }

  private var columnClasses: Set<Int> {
    var classes: Set<Int> = []
    for member in members {
      guard case .product(let axes) = graph.nodes[member].kind else { continue }
      classes.formUnion(parallelClasses(member, axes.columns))
    }
    return classes
  }

  /// Whether a member combines along a dimension of a value from outside that others walk along by
  /// this class.
  private func sharesRow(_ member: Int, _ label: Int) -> Bool {
    let inner = graph.nodes[member].innerAxes
    for read in graph.nodes[member].reads {
      for (dimension, access) in read.index.enumerated() {
        guard let axis = access.pointAxis, inner.contains(axis) else { continue }
        for other in members where other != member {
          for read2 in graph.nodes[other].reads where read2.value == read.value {
            guard let own = read2.index[dimension].pointAxis else { continue }
            if root(other, own) == label { return true }
          }
        }
      }
    }
    return false
  }
}

extension AccessGraph.Node {
  /// Whether it combines many elements into one.
  var isCombining: Bool {
    switch kind {
    case .product, .fold, .moments, .convolution: true
    default: false
    }
  }

  /// Whether it needs a region of its own, so that what it makes is stored.
  var isAlone: Bool {
    switch kind {
    case .gather, .reinterpret: true
    default: false
    }
  }
}
