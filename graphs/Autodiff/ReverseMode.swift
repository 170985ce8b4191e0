import GraphIR
import GraphOps
import TensorCore

extension GraphBuilder {
  /// The gradients of a scalar with respect to `variables`, as new nodes of this graph.
  ///
  /// Nodes are taken in reverse order of evaluation; the contributions to one value are added in the
  /// order in which they come, so the same graph always gives the same graph. Nodes of a gradient
  /// carry the scope of the node they are of, under `gradient`; the additions, that of the caller.
  ///
  /// - Returns: one gradient for each variable, of its type.
  /// - Errors (from `finish()`): `gradient.not-scalar`, `gradient.not-floating`,
  ///   `gradient.no-path`.
  public func gradients(of loss: Tensor, withRespectTo variables: [Tensor]) -> [Tensor] {
    guard isSound, let lossID = loss.id else { return variables }
    guard loss.shape.count == 1, loss.element.isFloating else {
      fail(.gradientOfVector(loss.type))
      return variables
    }
    var targets: [ValueID] = []
    for variable in variables {
      guard let id = variable.id else { return variables }
      guard variable.element.isFloating else {
        fail(.gradientOfIntegers(traced.name(id), variable.type))
        return variables
      }
      targets.append(id)
    }
    var sweep = ReverseSweep(self, from: lossID, to: targets)
    sweep.run(seed: constant(HostTensor(loss.type, repeating: 1)))
    return zip(variables, targets).map { variable, id in
      if let gradient = sweep.gradients[id.index] { return gradient }
      fail(.gradientMissing(traced.name(id), of: traced.name(lossID), sweep.stops(to: id)))
      return variable
    }
  }
}

/// One pass backwards over the nodes that lie between variables and loss.
private struct ReverseSweep {
  private let builder: GraphBuilder
  /// The graph as it was before gradients were appended.
  private let graph: Graph
  private let loss: ValueID
  /// Whether a value depends on a variable, along floating values.
  private let varies: [Bool]
  private(set) var gradients: [Tensor?]

  init(_ builder: GraphBuilder, from loss: ValueID, to targets: [ValueID]) {
    self.builder = builder
    self.loss = loss
    let graph = builder.traced
    self.graph = graph
    varies = graph.dependents(on: targets)
    gradients = Array(repeating: nil, count: graph.values.count)
  }

  mutating func run(seed: Tensor) {
    gradients[loss.index] = seed
    for node in graph.nodes.reversed() {
      guard node.results.contains(where: { gradients[$0.index] != nil }),
        node.operands.contains(where: { varies[$0.index] })
      else { continue }
      for (operand, gradient) in zip(node.operands, operandGradients(node)) {
        guard case .flows(let flow) = gradient, varies[operand.index] else { continue }
        precondition(
          flow.type == graph.type(operand) || !builder.isSound,
          "internal: \(node.operation.name) gives \(graph.type(operand)) a gradient of \(flow.type)"
        )
        gradients[operand.index] = gradients[operand.index].map { $0 + flow } ?? flow
      }
    }
  }

  private func operandGradients(_ node: Graph.Node) -> [OperandGradient] {
    let backward = BackwardNode(
      operands: node.operands.map(builder.tensor), results: node.results.map(builder.tensor),
      resultGradients: node.results.map { gradients[$0.index] })
    return builder.scoped("gradient") {
      node.scope.isEmpty
        ? node.operation.gradient(backward)
        : builder.scoped(node.scope) { node.operation.gradient(backward) }
    }
  }

  /// Where the paths from a variable to the loss end, in words.
  func stops(to variable: ValueID) -> [String] {
    let reached = graph.dependents(on: [variable], alongAllTypes: true)
    guard reached[loss.index] else { return [] }
    var words: [String] = []
    for node in graph.nodes {
      let ends = node.operands.contains { reached[$0.index] }
      guard ends, node.results.contains(where: { gradients[$0.index] != nil }) else { continue }
      for (operand, gradient) in zip(node.operands, operandGradients(node)) {
        guard case .stops(let stop) = gradient, reached[operand.index] else { continue }
        let place = node.scope.isEmpty ? "" : " in \(node.scope)"
        words.append("\(node.operation.name)\(place) ends a path: \(stop)")
      }
    }
    return words
  }
}

extension Graph {
  /// Whether each value depends on one of `sources`; along floating values alone unless told.
  func dependents(on sources: [ValueID], alongAllTypes: Bool = false) -> [Bool] {
    var depends = [Bool](repeating: false, count: values.count)
    for source in sources { depends[source.index] = true }
    for node in nodes where node.operands.contains(where: { depends[$0.index] }) {
      for result in node.results where alongAllTypes || type(result).element.isFloating {
        depends[result.index] = true
      }
    }
    return depends
  }

  /// What people call a value: its name as an input or result, else its operation.
  func name(_ id: ValueID) -> String {
    if case .input(let number) = self[id].definition { return inputs[number].name }
    if let result = results.first(where: { $0.value == id }) { return result.name }
    guard case .node(let node, _) = self[id].definition else { return "a value" }
    let scope = self[node].scope
    return (scope.isEmpty ? "" : scope + "/") + self[node].operation.name
  }
}
