extension Graph {
  /// The graph without nodes that no result or update needs. Inputs stay, read or not: they are the call's.
  public func pruned() -> Graph {
    var isNeeded = [Bool](repeating: false, count: values.count)
    for result in results { isNeeded[result.value.index] = true }
    for update in updates { isNeeded[update.value.index] = true }
    for node in nodes.reversed() where node.results.contains(where: { isNeeded[$0.index] }) {
      for operand in node.operands { isNeeded[operand.index] = true }
    }
    var graph = Graph(name)
    var map = [ValueID?](repeating: nil, count: values.count)
    for input in inputs {
      map[input.value.index] = graph.appendInput(input.name, input.role, type(input.value))
    }
    for node in nodes where node.results.contains(where: { isNeeded[$0.index] }) {
      let results = graph.appendNode(
        node.operation, node.operands.map { map[$0.index]! }, types: types(node.results),
        scope: node.scope)
      for (old, new) in zip(node.results, results) { map[old.index] = new }
    }
    for result in results { graph.appendResult(result.name, map[result.value.index]!) }
    for update in updates {
      graph.appendUpdate(map[update.input.index]!, map[update.value.index]!)
    }
    return graph
  }
}

extension Graph {
  /// The graph with these results only, in their order in the graph, and without what only others needed.
  public func returning(_ names: [String]) -> Graph {
    Graph(
      name, inputs: inputs, nodes: nodes, values: values,
      results: results.filter { names.contains($0.name) }, updates: updates
    ).pruned()
  }
}
