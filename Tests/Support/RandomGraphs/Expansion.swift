import GraphIR
import TensorCore

extension Graph {
  /// The same graph with every composition replaced by what it is composed of, so that errors can
  /// be followed through the few operations that are left.
  func expanded() throws(Diagnostic) -> Graph {
    let builder = GraphBuilder(name)
    var map = [Tensor?](repeating: nil, count: values.count)
    for input in inputs {
      let type = type(input.value)
      map[input.value.index] =
        switch input.role {
        case .argument: builder.argument(input.name, type)
        case .parameter:
          builder.parameter(input.name, type.element, type.shape.dimensions, .zeros)
        case .state: builder.state(input.name, type.element, type.shape.dimensions, .zeros)
        }
    }
    for node in nodes {
      let results = try Self.expand(node.operation, node.operands.map { map[$0.index]! }, builder)
      for (id, result) in zip(node.results, results) { map[id.index] = result }
    }
    for result in results { builder.result(result.name, map[result.value.index]!) }
    return try builder.finish().graph
  }

  private static func expand(
    _ operation: any Operation, _ operands: [Tensor], _ builder: GraphBuilder
  ) throws(Diagnostic) -> [Tensor] {
    let inner = GraphBuilder(operation.name)
    let arguments = operands.enumerated().map { inner.argument("\($0)", $1.type) }
    guard case .decompose(let results) = operation.form(arguments) else {
      return builder.apply(operation, operands)
    }
    for (index, result) in results.enumerated() { inner.result("\(index)", result) }
    let body = try inner.finish().graph
    var map = [Tensor?](repeating: nil, count: body.values.count)
    for (input, operand) in zip(body.inputs, operands) { map[input.value.index] = operand }
    for node in body.nodes {
      let values = try expand(node.operation, node.operands.map { map[$0.index]! }, builder)
      for (id, value) in zip(node.results, values) { map[id.index] = value }
    }
    return body.results.map { map[$0.value.index]! }
  }
}
