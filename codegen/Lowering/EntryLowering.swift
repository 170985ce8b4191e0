import GraphIR
import GraphRegions
import TensorCore
import TileIR

/// Lowers an entry point region by region.
///
/// A class, because lowering has identity: every region adds to the same buffers and steps.
final class EntryLowering {
  let target: TargetLevel
  let panelShapes: PanelShapes
  let options: LoweringOptions
  let limits: RegionLimits
  let partition: Partition
  let graph: AccessGraph
  /// What was stored or computed again, and what that costs.
  let memoryChoices: [EntryPlan.MemoryChoice]
  var entry = LoweredEntry()
  /// The region being lowered.
  private var region = 0
  /// Right operands in panels that exist already.
  var panels: [PanelKey: OperandPanels] = [:]
  /// Which values are wanted in panels by regions that did not make them.
  let wantedPanels: [Int: [PanelKey]]
  /// Where each value from outside a region lies.
  private var stored: [Int: [StoredBox]] = [:]
  private let resultNumbers: [Int: Int]

  init(
    _ source: Graph, _ target: TargetLevel, _ options: LoweringOptions
  ) throws(Diagnostic) {
    self.target = target
    self.options = options
    try options.tuning?.check(for: target)
    var accesses = try AccessGraph.traced(source)
    if options.runs(.foldPieces) { accesses = accesses.foldingPieces() }
    if options.runs(.splitSeparableProducts) { accesses = accesses.splittingSeparableProducts() }
    let limits = options.limits ?? RegionLimits(target, options.tuning)
    self.limits = limits
    if options.runs(.normaliseProductsLate) {
      accesses = accesses.normalisingProductsLate(longest: limits.longestSoftmax)
    }
    let shapes = PanelShapes(target: target, level: options.panelLevel)
    panelShapes = shapes
    func grown(_ graph: AccessGraph) -> Partition {
      RegionGrowth(
        graph, limits: limits, usesLanes: options.runs(.reduceInLanes),
        usesProductLanes: options.matmul == .smalti, usesWalks: options.runs(.walkAxes),
        panelWidth: { shapes.width(graph, $0) },
        mayJoin: options.matmul == .smalti && options.runs(.growRegions)
          ? nil
          : { first, second in
            if options.matmul == .openblas, first.isProduct || second.isProduct { return false }
            return options.runs(.growRegions) || first.group == second.group
          }
      ).partition()
    }
    if options.runs(.recomputeMaps) { accesses = accesses.recomputingMaps(limits, grow: grown) }
    let choice = MemoryChoice(grown(accesses), options, target, grow: grown)
    memoryChoices = choice.choices
    accesses = choice.partition.graph
    partition = choice.partition.withSuperTiles(limits)
    // Wrong regions would be wrong results: better none.
    if let problem = RegionVerifier.problems(in: partition).first {
      throw .planRegions(problem, source.name)
    }
    graph = accesses
    var numbers: [Int: Int] = [:]
    for (number, result) in graph.results.enumerated() { numbers[result.value] = number }
    resultNumbers = numbers
    wantedPanels = options.runs(.writePanels) ? PanelKey.wanted(partition, target) : [:]
    for number in partition.regions.indices { lower(number) }
  }

  private func lower(_ number: Int) {
    let region = partition.regions[number]
    self.region = number
    if region.members.count == 1 {
      switch graph.nodes[region.members[0]].kind {
      case .reinterpret: return reinterpret(region.members[0])
      case .gather(let dimension): lowerGather(region.members[0], dimension)
      case .product(let axes) where options.matmul == .openblas:
        if !lowerLibraryProduct(region.members[0], axes) { lowerTiles(region, number) }
      default: lowerTiles(region, number)
      }
    } else {
      lowerTiles(region, number)
    }
  }

  private func lowerTiles(_ region: Region, _ number: Int) {
    var emission = RegionEmission(self, region, name: name(region))
    emission.emit()
  }

  func append(_ step: LoweredEntry.Step) {
    guard step.program.taskCount > 0 else { return }
    var step = step
    step.region = region
    step.superTile = partition.regions[region].superTile
    if options.runs(.shareScratch) { step.program = step.program.sharingScratch() }
    entry.steps.append(step)
  }

  /// What people see: the first and the last operation of a region.
  func name(_ region: Region) -> String {
    let labels = region.members.map { graph.label($0) }
    return labels.first == labels.last
      ? labels[0] : "\(labels[0]) … \(labels[labels.count - 1])"
  }

  // MARK: - Buffers
  func addBuffer(
    _ kind: LoweredEntry.Buffer.Kind, _ element: ElementType, _ count: Int, _ name: String
  ) -> Int {
    entry.buffers.append(.init(kind: kind, element: element, count: count, name: name))
    return entry.buffers.count - 1
  }

  /// A box of a value in a buffer of its own.
  struct StoredBox {
    var offset: [Int]
    var lengths: [Int]
    /// Row-major over `lengths`; position p of the value is at `view.offset + Σ p · strides`.
    var view: View

    func contains(_ other: AccessGraph.Box) -> Bool {
      offset.indices.allSatisfy { axis in
        offset[axis] <= other.offset[axis]
          && other.offset[axis] + other.lengths[axis] <= offset[axis] + lengths[axis]
      }
    }
  }

  /// A buffer for a box of a value.
  func store(_ value: Int, _ box: AccessGraph.Box, _ name: String) -> StoredBox {
    let own = graph.values[value]
    let strides = rowMajor(box.lengths)
    let isResult = resultNumbers[value] != nil
    let buffer = addBuffer(
      resultNumbers[value].map { .result($0) } ?? .temporary, own.element,
      box.lengths.reduce(1, *), isResult ? graph.results[resultNumbers[value]!].name : name)
    let start = zip(box.offset, strides).reduce(0) { $0 + $1.0 * $1.1 }
    let stored = StoredBox(
      offset: box.offset, lengths: box.lengths,
      view: View(buffer: buffer, offset: -start, strides: strides))
    self.stored[value, default: []].append(stored)
    return stored
  }

  /// Where a finished value, or the box of it that a node reads, lies.
  func view(_ value: Int, _ box: AccessGraph.Box) -> View {
    let own = graph.values[value]
    if let known = stored[value] {
      if let found = known.first(where: { $0.contains(box) }) { return found.view }
      preconditionFailure("internal: a read of \(graph.name(value)) that nobody stored")
    }
    let kind: LoweredEntry.Buffer.Kind
    switch own.source {
    case .argument(let number): kind = .argument(number)
    case .parameter(let path): kind = .parameter(path)
    case .state(let path): kind = .state(path)
    case .constant(let tensor): kind = .constant(tensor)
    case .node: kind = .temporary
    }
    let buffer = addBuffer(kind, own.element, own.count, graph.name(value))
    let view = View(buffer: buffer, strides: rowMajor(own.lengths))
    stored[value] = [
      StoredBox(offset: own.lengths.map { _ in 0 }, lengths: own.lengths, view: view)
    ]
    return view
  }

  /// The same buffer under other lengths.
  private func reinterpret(_ node: Int) {
    let own = graph.nodes[node]
    let value = own.reads[0].value
    let source = view(value, graph.wholeBox(value))
    stored[own.results[0]] = [
      StoredBox(
        offset: own.space.map { _ in 0 }, lengths: own.space,
        view: View(buffer: source.buffer, offset: source.offset, strides: rowMajor(own.space)))
    ]
  }

  // MARK: - What is stored
  /// The boxes of an output's value that others read, each to be stored; the whole value if it is a
  /// result or if boxes overlap.
  ///
  /// - Parameter isTiled: dimensions along which tasks share the work; boxes are whole there.
  func boxes(_ value: Int, _ region: Region, isTiled: [Bool]) -> [AccessGraph.Box] {
    let whole = graph.wholeBox(value)
    if resultNumbers[value] != nil { return [whole] }
    let inside = Set(region.members)
    var boxes: [AccessGraph.Box] = []
    for (number, node) in graph.nodes.enumerated() where !inside.contains(number) {
      for (operand, read) in node.reads.enumerated() where read.value == value {
        if let key = PanelKey(partition, number, operand, target),
          wantedPanels[value]?.contains(key) == true, panels[key] != nil
        {
          continue
        }
        var box = graph.box(of: operand, in: number)
        for dimension in isTiled.indices where isTiled[dimension] {
          box.offset[dimension] = 0
          box.lengths[dimension] = whole.lengths[dimension]
        }
        if !boxes.contains(box) { boxes.append(box) }
      }
    }
    for (index, box) in boxes.enumerated() {
      for other in boxes[..<index] where box.overlaps(other) { return [whole] }
    }
    return boxes
  }
}

/// Distances between neighbours in row-major order.
func rowMajor(_ lengths: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: lengths.count)
  for axis in stride(from: lengths.count - 2, through: 0, by: -1) {
    strides[axis] = strides[axis + 1] * max(lengths[axis + 1], 1)
  }
  return strides
}

extension AccessGraph.Box {
  func overlaps(_ other: AccessGraph.Box) -> Bool {
    offset.indices.allSatisfy {
      offset[$0] < other.offset[$0] + other.lengths[$0]
        && other.offset[$0] < offset[$0] + lengths[$0]
    }
  }
}

extension AccessGraph {
  func wholeBox(_ value: Int) -> Box {
    Box(offset: values[value].lengths.map { _ in 0 }, lengths: values[value].lengths)
  }

  /// The positions of an operand that a node may touch, as a box.
  func box(of operand: Int, in node: Int) -> Box {
    let own = nodes[node]
    let read = own.reads[operand]
    var box = wholeBox(read.value)
    switch own.kind {
    case .reinterpret, .gather, .pieces: return box
    case .convolution where operand < own.reads.count - 1: return box
    default: break
    }
    for (dimension, access) in read.index.enumerated() where !access.isIndirect {
      let reach = access.terms.reduce(0) { $0 + $1.step * (own.space[$1.axis] - 1) }
      guard access.terms.allSatisfy({ $0.step > 0 }) else { continue }
      box.offset[dimension] = access.start
      box.lengths[dimension] = reach + 1
    }
    return box
  }
}
