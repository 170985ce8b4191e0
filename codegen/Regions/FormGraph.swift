import GraphIR
import TensorCore

/// A graph in structured forms only: compositions are expanded, names of operations are gone.
///
/// The nodes that came from one operation of the graph form a group, side by side, so that "one
/// region per operation" keeps its meaning after the expansion.
package struct FormGraph {
  package struct Node {
    package var form: StructuredForm
    package var operands: [Int]
    package var results: [Int]
    package var group: Int
  }

  package private(set) var types: [TensorType] = []
  package private(set) var nodes: [Node] = []
  /// Values of the graph's inputs, in its order.
  package private(set) var inputs: [Int] = []
  /// What is returned, then what parameters and states become.
  package private(set) var results: [(name: String, value: Int)] = []
  /// What each group is called: the scope and operation of its node.
  package private(set) var groups: [String] = []

  /// - Errors: those of tracing a decomposition, which are mistakes of the operation.
  package init(_ graph: Graph) throws(Diagnostic) {
    var map = [Int](repeating: -1, count: graph.values.count)
    for input in graph.inputs {
      map[input.value.index] = append(graph.type(input.value))
      inputs.append(map[input.value.index])
    }
    for node in graph.nodes {
      let name = node.operation.name
      groups.append(node.scope.isEmpty ? name : "\(node.scope)/\(name)")
      let operands = node.operands.map { map[$0.index] }
      let values = try expand(
        node.operation, operands, graph.types(node.results), group: groups.count - 1)
      for (id, value) in zip(node.results, values) { map[id.index] = value }
    }
    results = graph.results.map { ($0.name, map[$0.value.index]) }
    for update in graph.updates {
      results.append(("new \(graph.inputName(update.input))", map[update.value.index]))
    }
  }

  private mutating func append(_ type: TensorType) -> Int {
    types.append(type)
    return types.count - 1
  }

  private mutating func expand(
    _ operation: any Operation, _ operands: [Int], _ resultTypes: [TensorType], group: Int
  ) throws(Diagnostic) -> [Int] {
    let builder = GraphBuilder(operation.name)
    let arguments = operands.enumerated().map { builder.argument("\($0)", types[$1]) }
    let form = operation.form(arguments)
    if case .moments(let axes) = form, types[operands[0]].element.byteCount < 4 {
      return widenMoments(along: axes, of: operands[0], resultTypes[0], group: group)
    }
    guard case .decompose(let tensors) = form else {
      return add(form, operands, resultTypes, group: group)
    }
    for (index, tensor) in tensors.enumerated() { builder.result("\(index)", tensor) }
    let body = try builder.finish().graph
    var map = [Int](repeating: -1, count: body.values.count)
    for (input, operand) in zip(body.inputs, operands) { map[input.value.index] = operand }
    for node in body.nodes {
      let values = try expand(
        node.operation, node.operands.map { map[$0.index] }, body.types(node.results), group: group)
      for (id, value) in zip(node.results, values) { map[id.index] = value }
    }
    return body.results.map { map[$0.value.index] }
  }

  /// A node of the group.
  mutating func add(
    _ form: StructuredForm, _ operands: [Int], _ resultTypes: [TensorType], group: Int
  ) -> [Int] {
    let results = resultTypes.map { append($0) }
    nodes.append(Node(form: form, operands: operands, results: results, group: group))
    return results
  }
}
