/// Which operand of which node reads a value.
struct MapUse: Hashable {
  var node: Int
  var operand: Int
}

// Who reads what, and where.

extension AccessGraph {
  /// By value, the reads of it that lead to results.
  var uses: [[MapUse]] {
    var isLive = [Bool](repeating: false, count: nodes.count)
    for result in results { if let node = producer(result.value) { isLive[node] = true } }
    var uses = [[MapUse]](repeating: [], count: values.count)
    for number in nodes.indices.reversed() where isLive[number] {
      for (operand, read) in nodes[number].reads.enumerated() {
        uses[read.value].append(MapUse(node: number, operand: operand))
        if let source = producer(read.value) { isLive[source] = true }
      }
    }
    return uses.map { $0.reversed() }
  }

  /// Whether a task needs other positions of an operand than those of the reader's own tile: a shift,
  /// a stride, a window, an index, or fewer positions than there are.
  func isDisplaced(_ use: MapUse) -> Bool {
    let node = nodes[use.node]
    if case .convolution = node.kind { return true }
    let read = node.reads[use.operand]
    return zip(read.index, values[read.value].lengths).contains { access, length in
      access.pointAxis.map { node.space[$0] != length } ?? true
    }
  }

  /// Whether the reader can compute the map that it reads.
  func canRecompute(_ use: MapUse) -> Bool {
    switch nodes[use.node].kind {
    case .map, .fold, .moments, .product: true
    case .convolution: use.operand < nodes[use.node].reads.count - 1
    case .pieces, .gather, .random, .reinterpret: false
    }
  }

  /// The reader's axes that a read goes along, in the order of the value's dimensions.
  func axes(of read: Read) -> [Int] {
    var axes: [Int] = []
    for term in read.index.flatMap(\.terms) where !axes.contains(term.axis) {
      axes.append(term.axis)
    }
    return axes
  }

  /// How many elements of a map the reader would compute, or the largest number if they are more.
  func evaluations(_ use: MapUse) -> Int {
    let node = nodes[use.node]
    if case .convolution(let axes) = node.kind {
      // At worst a task has one row of the result, and copies all that its window reaches.
      let reach = (axes.window.size[0] - 1) * axes.window.dilations[0] + 1
      let rows = axes.resultLengths[0] * min(reach, axes.imageLengths[0])
      let factors = axes.batch.map { node.space[$0] } + axes.imageLengths[1...2]
      return factors.reduce(rows) {
        let (product, overflows) = $0.multipliedReportingOverflow(by: $1)
        return overflows ? .max : product
      }
    }
    return self.axes(of: node.reads[use.operand]).reduce(1) { $0 * node.space[$1] }
  }

  /// What to add to the reason for a boundary between a map and its reader.
  func whyKept(_ producer: Int, for reader: Int) -> String {
    let value = nodes[producer].results[0]
    guard let words = keptMaps[value] else { return "" }
    let isMeant = nodes[reader].reads.indices.contains { operand in
      let use = MapUse(node: reader, operand: operand)
      return nodes[reader].reads[operand].value == value && isDisplaced(use) && canRecompute(use)
    }
    return isMeant ? "; \(words)" : ""
  }
}
