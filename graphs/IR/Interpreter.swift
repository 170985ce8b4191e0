import TensorCore

/// Evaluates graphs by the plain meaning of each operation.
///
/// The reference for everything else: simple before fast, though large contractions and
/// convolutions cost at most two nanoseconds per multiply-add in release builds.
public struct Interpreter: Sendable {
  public enum Rounding: Sendable {
    /// Floating values stay `Double`; only a `cast` rounds.
    case exact
    /// Every result is rounded to its element type.
    case perOperation
  }
  public var rounding: Rounding

  public init(_ rounding: Rounding = .exact) { self.rounding = rounding }

  /// The results of `graph`, in the order it returns them. `parameters` holds parameters and states
  /// by path, and may hold more than this entry point reads; what the graph replaces stays as it is.
  ///
  /// - Errors: `call.missing`, `call.surplus`, `call.type`.
  public func run(
    _ graph: Graph, _ arguments: [String: HostTensor], parameters: [String: HostTensor] = [:]
  ) throws(Diagnostic) -> [HostTensor] {
    var stored = parameters
    return try run(graph, arguments, replacing: &stored)
  }

  /// The same, with parameters and states replaced as the graph says.
  ///
  /// - Errors: as above; `stored` is then as it was.
  public func run(
    _ graph: Graph, _ arguments: [String: HostTensor], replacing stored: inout [String: HostTensor]
  ) throws(Diagnostic) -> [HostTensor] {
    var values = try bind(graph, arguments, stored)
    var readers = graph.useCounts
    for node in graph.nodes {
      let operands = node.operands.map { values[$0.index]! }
      // A value is dropped after its last reader: memory follows the widest cut, not the sum.
      for operand in node.operands {
        readers[operand.index] -= 1
        if readers[operand.index] == 0 { values[operand.index] = nil }
      }
      let results = node.operation.evaluate(operands)
      for (id, result) in zip(node.results, results) where readers[id.index] > 0 {
        values[id.index] = rounding == .exact ? result : result.roundedToElement()
      }
    }
    for input in graph.inputs {
      if let value = graph.update(of: input.value) { stored[input.name] = values[value.index]! }
    }
    return graph.results.map { values[$0.value.index]! }
  }

  private func bind(
    _ graph: Graph, _ arguments: [String: HostTensor], _ parameters: [String: HostTensor]
  ) throws(Diagnostic) -> [HostTensor?] {
    var values = [HostTensor?](repeating: nil, count: graph.values.count)
    for input in graph.inputs {
      let type = graph.type(input.value)
      let given = input.role == .argument ? arguments[input.name] : parameters[input.name]
      guard let given else { throw .inputMissing(input, type).placed(at: graph.name) }
      guard given.type == type else {
        throw .argumentType(input.name, expected: type, got: given.type).placed(at: graph.name)
      }
      values[input.value.index] = given
    }
    let known = graph.arguments.map(\.name)
    for name in arguments.keys.sorted() where !known.contains(name) {
      throw .argumentSurplus(name, known: known).placed(at: graph.name)
    }
    return values
  }
}
