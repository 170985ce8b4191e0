import GraphIR
import GraphOps
import TensorCore

/// Makes a graph smaller for as long as it still fails: fewer results, fewer nodes, shorter axes,
/// plainer types.
///
/// Greedy: the first smaller graph that fails is taken, and all is tried again.
package struct Shrinker {
  /// How many graphs may be tried.
  package var tryLimit = 600
  private let fails: (RandomGraph) -> Bool

  /// - Parameter fails: whether a graph still shows what is sought.
  package init(_ fails: @escaping (RandomGraph) -> Bool) { self.fails = fails }

  /// The smallest graph found; the graph itself if nothing smaller fails.
  package func shrunk(_ drawn: RandomGraph) -> RandomGraph {
    var best = drawn
    var rest = tryLimit
    var isSmaller = true
    while isSmaller, rest > 0 {
      isSmaller = false
      for change in Change.all(of: best.graph) {
        guard rest > 0 else { break }
        guard let graph = change.applied(to: best.graph), Size(graph) < Size(best.graph) else {
          continue
        }
        rest -= 1
        let candidate = RandomGraph(seed: best.seed, graph)
        guard fails(candidate) else { continue }
        best = candidate
        isSmaller = true
        break
      }
    }
    return best
  }
}

/// What shrinking makes smaller, the most important first.
private struct Size: Comparable {
  var parts: [Int]

  init(_ graph: Graph) {
    let types = graph.values.map(\.type)
    parts = [
      graph.nodes.count, graph.results.count,
      types.count { $0.element.isFloating && $0.element != .f32 },
      types.reduce(0) { $0 + $1.shape.count } + graph.inputs.count,
    ]
  }

  static func < (a: Size, b: Size) -> Bool { a.parts.lexicographicallyPrecedes(b.parts) }
}

/// One way of making a graph smaller.
private enum Change {
  /// Only these results are kept.
  case keepResults([Int])
  /// The operands of a result's node are returned instead of the result.
  case returnOperands(result: Int)
  /// The first result of a node becomes its operand of the same type.
  case skip(NodeID, operand: Int)
  /// The results of a node become arguments.
  case cut(NodeID)
  /// Every axis of one length gets another one.
  case shorten(from: Int, to: Int)
  /// An axis of one input gets another length.
  case shortenInput(Int, axis: Int, to: Int)
  /// Floating types become f32.
  case useF32

  /// All changes of `graph`, those that remove most first.
  static func all(of graph: Graph) -> [Change] {
    var changes: [Change] = []
    if graph.results.count > 1 {
      changes += graph.results.indices.map { .keepResults([$0]) }
      changes += graph.results.indices.map { index in
        .keepResults(graph.results.indices.filter { $0 != index })
      }
    }
    changes += graph.results.indices.map { .returnOperands(result: $0) }
    for id in graph.nodeIDs.reversed() {
      let node = graph[id]
      if !node.operands.isEmpty { changes.append(.cut(id)) }
      for (position, operand) in node.operands.enumerated()
      where graph.type(operand) == graph.type(node.results[0]) {
        changes.append(.skip(id, operand: position))
      }
      if node.operands.isEmpty, graph.type(node.results[0]).rank > 0 { changes.append(.cut(id)) }
    }
    let lengths = Set(graph.values.flatMap(\.type.shape.dimensions)).sorted().reversed()
    for length in lengths {
      for shorter in [1, 2, 3, length / 2, length - 1] where shorter < length && shorter > 0 {
        changes.append(.shorten(from: length, to: shorter))
      }
    }
    for (index, input) in graph.inputs.enumerated() {
      for (axis, length) in graph.type(input.value).shape.dimensions.enumerated() where length > 1 {
        changes += [1, length / 2].map { .shortenInput(index, axis: axis, to: $0) }
      }
    }
    return changes + [.useF32]
  }

  /// The changed graph without what nothing reads, or nil if an operation refuses it.
  func applied(to graph: Graph) -> Graph? {
    var results = graph.results.map(\.value)
    switch self {
    case .keepResults(let kept): results = kept.map { results[$0] }
    case .returnOperands(let index):
      guard case .node(let id, _) = graph[results[index]].definition else { return nil }
      let operands = graph[id].operands.filter { graph.type($0).shape.count > 0 }
      guard !operands.isEmpty else { return nil }
      results.remove(at: index)
      results += operands
    default: break
    }
    return Rebuilder(graph: graph, change: self, results: results).rebuilt()
  }
}

/// Builds a graph again from what its results need, with one change.
private struct Rebuilder {
  let graph: Graph
  let change: Change
  /// Values to return; they get new names.
  let results: [ValueID]

  func rebuilt() -> Graph? {
    let builder = GraphBuilder(graph.name)
    let isNeeded = needed()
    var map = [Tensor?](repeating: nil, count: graph.values.count)
    for (index, input) in graph.inputs.enumerated() where isNeeded[input.value.index] {
      var type = changed(graph.type(input.value))
      if case .shortenInput(index, let axis, let length) = change {
        var lengths = type.shape.dimensions
        lengths[axis] = length
        type.shape = (try? Shape(checking: lengths)) ?? type.shape
      }
      map[input.value.index] =
        switch input.role {
        case .argument: builder.argument(input.name, type)
        case .parameter:
          builder.parameter(input.name, type.element, type.shape.dimensions, .zeros)
        case .state: builder.state(input.name, type.element, type.shape.dimensions, .zeros)
        }
    }
    var names = Set(graph.inputs.map(\.name))
    for id in graph.nodeIDs where graph[id].results.contains(where: { isNeeded[$0.index] }) {
      let node = graph[id]
      if case .cut(id) = change {
        for value in node.results where isNeeded[value.index] {
          let name = (0...).lazy.map { "v\($0)" }.first { names.insert($0).inserted }!
          map[value.index] = builder.argument(name, graph.type(value))
        }
        continue
      }
      if case .skip(id, let operand) = change {
        guard !node.results.dropFirst().contains(where: { isNeeded[$0.index] }) else { return nil }
        map[node.results[0].index] = map[node.operands[operand].index]
        continue
      }
      guard let operation = changed(node.operation) else { return nil }
      let values = builder.apply(operation, node.operands.map { map[$0.index]! })
      guard values.count == node.results.count else { return nil }
      for (value, tensor) in zip(node.results, values) { map[value.index] = tensor }
    }
    for (index, value) in results.enumerated() {
      builder.result("y\(index)", map[value.index]!)
    }
    return try? builder.finish().graph
  }

  /// What the results need once the change is made.
  private func needed() -> [Bool] {
    var needed = [Bool](repeating: false, count: graph.values.count)
    for value in results { needed[value.index] = true }
    for id in graph.nodeIDs.reversed() {
      let node = graph[id]
      guard node.results.contains(where: { needed[$0.index] }) else { continue }
      if case .cut(id) = change { continue }
      if case .skip(id, let operand) = change {
        needed[node.operands[operand].index] = true
        continue
      }
      for operand in node.operands { needed[operand.index] = true }
    }
    return needed
  }
}

// MARK: - Types and attributes
extension Rebuilder {
  private func changed(_ type: TensorType) -> TensorType {
    let lengths = type.shape.dimensions.map(changed)
    return TensorType(changed(type.element), (try? Shape(checking: lengths)) ?? type.shape)
  }

  private func changed(_ element: ElementType) -> ElementType {
    if case .useF32 = change, element.isFloating { return .f32 }
    return element
  }

  private func changed(_ length: Int) -> Int {
    if case .shorten(length, let shorter) = change { return shorter }
    return length
  }

  /// The operation with lengths and types changed wherever they are attributes.
  private func changed(_ operation: any Operation) -> (any Operation)? {
    if let constant = operation as? Constant {
      let type = changed(constant.value.type)
      if type == constant.value.type { return constant }
      if type.shape == constant.value.shape {
        return Constant(HostTensor(type, converting: constant.value.numbers))
      }
      return constant.splat.map { Constant(HostTensor(type, repeating: $0)) }
    }
    let attributes = operation.attributeValues.map { name, value in
      switch value {
      case .integers(let lengths) where name == "shape" || name == "counts":
        (name, AttributeValue.integers(lengths.map(changed)))
      case .element(let element): (name, AttributeValue.element(changed(element)))
      default: (name, value)
      }
    }
    return try? operation.setting(attributes: attributes)
  }
}
