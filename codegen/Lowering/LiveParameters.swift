import GraphIR

extension Program {
  /// The graphs as code is made of them: a parameter that one of them replaces is a state in all, so
  /// that each reads it as it is when it is called.
  public var loweredGraphs: [Graph] {
    let replaced = Set(graphs.flatMap { graph in graph.updates.map { graph.inputName($0.input) } })
    guard !replaced.isEmpty else { return graphs }
    return graphs.map { $0.readingAsStates(replaced) }
  }
}

extension Graph {
  fileprivate func readingAsStates(_ paths: Set<String>) -> Graph {
    let inputs = inputs.map { input in
      var input = input
      if input.role == .parameter, paths.contains(input.name) { input.role = .state }
      return input
    }
    return Graph(
      name, inputs: inputs, nodes: nodes, values: values, results: results, updates: updates)
  }
}
