import GraphIR
import GraphRegions
import TensorCore
import TileIR

/// Lowers an entry point group by group: each operation of the graph becomes one region, or a few
/// where a value is needed whole before it is read.
///
/// A class, because lowering has identity: every region adds to the same buffers and steps.
final class EntryLowering {
  let target: TargetLevel
  let matmul: MatmulProvider
  var graph: FormGraph
  var entry = LoweredEntry()
  /// Where each value lies, once it is computed.
  var views: [Int: View] = [:]
  /// Splat constants, which go into expressions instead of memory.
  var literals: [Int: Double] = [:]
  private let useCounts: [Int]
  /// Panels of right operands that exist already.
  var panels: [GroupPanelKey: Int] = [:]
  /// The name of the group being lowered.
  var name = ""

  init(
    _ source: Graph, _ target: TargetLevel, _ matmul: MatmulProvider
  ) throws(Diagnostic) {
    self.target = target
    self.matmul = matmul
    graph = try FormGraph(source, expandsMoments: true)
    useCounts = graph.useCounts
    var argument = 0
    for (input, value) in zip(source.inputs, graph.inputs) {
      let kind: LoweredEntry.Buffer.Kind
      switch input.role {
      case .argument:
        kind = .argument(argument)
        argument += 1
      case .parameter: kind = .parameter(input.name)
      }
      define(value, kind, input.name)
    }
    lowerGroups()
    bindResults()
  }

  // MARK: - Values and buffers
  func type(_ value: Int) -> TensorType { graph.types[value] }

  func addBuffer(
    _ kind: LoweredEntry.Buffer.Kind, _ element: ElementType, _ count: Int, _ name: String
  ) -> Int {
    entry.buffers.append(.init(kind: kind, element: element, count: count, name: name))
    return entry.buffers.count - 1
  }

  /// Gives a value a row-major buffer of its own.
  @discardableResult
  func define(_ value: Int, _ kind: LoweredEntry.Buffer.Kind, _ name: String) -> View {
    let type = type(value)
    let buffer = addBuffer(kind, type.element, type.shape.count, name)
    let view = View(buffer: buffer, shape: type.shape)
    views[value] = view
    return view
  }

  /// The view of a value, which a constant gets when it is first read from memory.
  func view(_ value: Int) -> View {
    if let view = views[value] { return view }
    guard let literal = literals[value] else { preconditionFailure("internal: value not lowered") }
    let tensor = HostTensor(TensorType(type(value).element, []), repeating: literal)
    let buffer = addBuffer(.constant(tensor), tensor.element, 1, "constant")
    let view = View(buffer: buffer, strides: type(value).shape.dimensions.map { _ in 0 })
    views[value] = view
    return view
  }

  /// The same value in a row-major buffer of its own.
  func materialized(_ value: Int) -> Int {
    if view(value).isContiguous(type(value).shape) { return value }
    let node = graph.appendNode(.map(.operand(0)), [value], type(value))
    lower(node)
    return node.results[0]
  }

  /// How many nodes and results of the graph read a value.
  func useCount(_ value: Int) -> Int { value < useCounts.count ? useCounts[value] : 1 }

  func append(_ step: LoweredEntry.Step) {
    if step.program.taskCount > 0 { entry.steps.append(step) }
  }

  // MARK: - Groups
  private func lowerGroups() {
    var first = 0
    while first < graph.nodes.count {
      let group = graph.nodes[first].group
      var end = first
      while end < graph.nodes.count, graph.nodes[end].group == group { end += 1 }
      name = graph.groups[group]
      lower(Array(graph.nodes[first..<end]))
      first = end
    }
  }

  private func lower(_ nodes: [FormGraph.Node]) {
    // Constants and moves that are views need no code; the others form one region if they can.
    let rest = nodes.filter { !lowersWithoutCode($0) }
    if rest.count > 1, lowerRegion(rest) { return }
    for node in rest { if !lowersWithoutCode(node) { lower(node) } }
  }

  /// Lowers nodes as one region; false, with nothing done, if they cannot be one.
  func lowerRegion(_ nodes: [FormGraph.Node]) -> Bool {
    var region = RegionLowering(self, nodes)
    return region.lower()
  }

  /// Lowers one node as a region of its own.
  func lower(_ node: FormGraph.Node) {
    switch node.form {
    case .constant, .decompose, .moments: break
    case .map: _ = lowerRegion([node])
    case .reduce(let reduction): lowerReduction(node, reduction)
    case .contract(let contraction): lowerContraction(node, contraction)
    case .window(let window): lowerWindow(node, window)
    case .move(let move): lowerMove(node, move)
    case .gather(let axis): lowerGather(node, axis)
    case .random(let draw): lowerRandom(node, draw)
    }
  }

  private func lowersWithoutCode(_ node: FormGraph.Node) -> Bool {
    let result = node.results[0]
    switch node.form {
    case .constant(let tensor):
      if let first = tensor.numbers.first,
        tensor.numbers.allSatisfy({ $0 == first || $0.isNaN && first.isNaN }),
        tensor.element.isFloating || abs(first) < 0x1p53
      {
        literals[result] = first
      } else {
        define(result, .constant(tensor), "constant")
      }
      return true
    case .move(let move):
      guard views[node.operands[0]] != nil || literals[node.operands[0]] != nil else {
        return false
      }
      guard let view = movedView(move, node) else { return false }
      views[result] = view
      return true
    default: return false
    }
  }

  // MARK: - Results
  /// A result that owns its buffer becomes the caller's memory; any other is copied there.
  private func bindResults() {
    for (number, result) in graph.results.enumerated() {
      name = "result/\(result.name)"
      let type = type(result.value)
      let current = view(result.value)
      let buffer = entry.buffers[current.buffer]
      if buffer.kind == .temporary, current.offset == 0, buffer.count == type.shape.count,
        current.isContiguous(type.shape)
      {
        entry.buffers[current.buffer].kind = .result(number)
        continue
      }
      let copy = graph.appendNode(.map(.operand(0)), [result.value], type)
      lower(copy)
      let target = view(copy.results[0])
      entry.buffers[target.buffer].kind = .result(number)
    }
  }
}
