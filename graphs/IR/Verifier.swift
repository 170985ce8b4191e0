import TensorCore

/// Checks the laws of graphs anew, by code that did not build them.
///
/// 1. Every operand is defined before its reader. 2. Ids, definitions and results agree with the
/// arena. 3. Types are what the operations infer. 4. Names of inputs and results are unique.
/// 5. Every parameter and state a graph reads is in the program's table with its type. 6. Only those
/// are replaced, each once, by values of their type.
public enum Verifier {
  /// - Errors: `graph.invalid`, at the graph and node.
  public static func check(_ graph: Graph) throws(Diagnostic) {
    try checkInputs(graph)
    var defined = [Bool](repeating: false, count: graph.values.count)
    for input in graph.inputs { defined[input.value.index] = true }
    for id in graph.nodeIDs {
      let node = graph[id]
      for operand in node.operands {
        guard graph.values.indices.contains(operand.index), defined[operand.index] else {
          throw .verifier(
            graph.name,
            "node \(id.index) (\(node.operation.name)) reads value "
              + "\(operand.index) before it is defined")
        }
      }
      try checkResults(graph, id, node)
      for result in node.results { defined[result.index] = true }
    }
    guard defined.allSatisfy({ $0 }) else {
      throw .verifier(graph.name, "a value of the arena has no definition")
    }
    try checkReturn(graph, defined)
    try checkUpdates(graph)
  }

  /// - Errors: `graph.invalid`.
  public static func check(_ program: Program) throws(Diagnostic) {
    for graph in program.graphs {
      try check(graph)
      for input in graph.inputs where input.role != .argument {
        let table = input.role == .parameter ? program.parameters : program.states
        guard let parameter = table.first(where: { $0.path == input.name }) else {
          throw .verifier(
            graph.name, "\(input.role) \(input.name) is not in the program's table")
        }
        guard parameter.type == graph.type(input.value) else {
          throw .verifier(
            graph.name,
            "\(input.role) \(input.name) is \(parameter.type) in the table "
              + "and \(graph.type(input.value)) in the graph")
        }
      }
    }
    let paths = (program.parameters + program.states).map(\.path)
    guard Set(paths).count == paths.count else {
      throw .verifier(program.name, "a path stands twice in the tables")
    }
    let names = program.graphs.map(\.name)
    guard Set(names).count == names.count else {
      throw .verifier(program.name, "two entry points have one name")
    }
  }

  private static func checkInputs(_ graph: Graph) throws(Diagnostic) {
    for (index, input) in graph.inputs.enumerated() {
      guard graph.values.indices.contains(input.value.index),
        graph[input.value].definition == .input(index)
      else {
        throw .verifier(graph.name, "input \(input.name) does not agree with the arena")
      }
    }
    let arguments = graph.arguments.map(\.name)
    let stored = graph.inputs.filter { $0.role != .argument }.map(\.name)
    guard Set(arguments).count == arguments.count, Set(stored).count == stored.count else {
      throw .verifier(graph.name, "two inputs have one name")
    }
  }

  private static func checkResults(
    _ graph: Graph, _ id: NodeID, _ node: Graph.Node
  ) throws(Diagnostic) {
    let name = node.operation.name
    let inferred: [TensorType]
    do {
      inferred = try node.operation.resultTypes(of: graph.types(node.operands))
    } catch {
      throw .verifier(graph.name, "node \(id.index) (\(name)) refuses its operands")
        .noting("\(error.message)")
    }
    guard inferred.count == node.results.count else {
      throw .verifier(
        graph.name,
        "node \(id.index) (\(name)) has \(node.results.count) results, "
          + "its operation gives \(inferred.count)")
    }
    for (position, (result, type)) in zip(node.results, inferred).enumerated() {
      guard graph.values.indices.contains(result.index),
        graph[result].definition == .node(id, result: position)
      else {
        throw .verifier(
          graph.name,
          "result \(position) of node \(id.index) (\(name)) does not "
            + "agree with the arena")
      }
      guard graph.type(result) == type else {
        throw .verifier(
          graph.name,
          "node \(id.index) (\(name)) is recorded as "
            + "\(graph.type(result)), its operation gives \(type)")
      }
    }
  }

  private static func checkReturn(_ graph: Graph, _ defined: [Bool]) throws(Diagnostic) {
    for result in graph.results {
      guard defined.indices.contains(result.value.index) else {
        throw .verifier(
          graph.name,
          "result \(result.name) names value \(result.value.index), "
            + "which does not exist")
      }
    }
    let names = graph.results.map(\.name)
    guard Set(names).count == names.count else {
      throw .verifier(graph.name, "two results have one name")
    }
  }

  private static func checkUpdates(_ graph: Graph) throws(Diagnostic) {
    var replaced: Set<ValueID> = []
    for update in graph.updates {
      guard graph.values.indices.contains(update.value.index),
        let input = graph.inputs.first(where: { $0.value == update.input }),
        input.role != .argument
      else {
        throw .verifier(graph.name, "an update is of no parameter or state, or by no value")
      }
      guard replaced.insert(update.input).inserted else {
        throw .verifier(graph.name, "\(input.role) \(input.name) is replaced twice")
      }
      guard graph.type(update.value) == graph.type(update.input) else {
        throw .verifier(
          graph.name,
          "\(input.role) \(input.name) is \(graph.type(update.input)) "
            + "and is replaced by \(graph.type(update.value))")
      }
    }
  }
}
