import TensorCore

/// Graphs and programs as text. Values are numbered in order; the same graph prints the same text.
///
///     graph @main(%x: f32[2, 3]) -> f32[2] {
///       %0 = parameter "scale" : f32[3]
///       %1 = multiply %x, %0 : f32[2, 3]
///       %2 = reduce_sum %1 {axes = [1], keeping_axes = false} : f32[2]
///       return %2
///     }
///
/// A graph that replaces parameters or states says so before it returns: `replace %0 with %7`.
public struct Printer: Sendable {
  /// Whether each line ends with a comment that names its scope.
  public var showsScopes: Bool

  public init(showsScopes: Bool = false) { self.showsScopes = showsScopes }

  /// The text of a graph, each line after `indent`.
  public func text(_ graph: Graph, indent: String = "") -> String {
    let names = Self.names(of: graph)
    let head = "graph @\(NumberText.name(graph.name))(\(arguments(graph))) -> \(results(graph))"
    var lines = ["\(indent)\(head) {"]
    for input in graph.inputs where input.role != .argument {
      lines.append(
        "\(indent)  \(names[input.value.index]) = \(input.role) \(NumberText.quoted(input.name))"
          + " : \(graph.type(input.value))")
    }
    for node in graph.nodes { lines.append(indent + "  " + line(node, graph, names)) }
    for update in graph.updates {
      lines.append(
        "\(indent)  replace \(names[update.input.index]) with \(names[update.value.index])")
    }
    let returned = graph.results.map { names[$0.value.index] }.joined(separator: ", ")
    lines.append(returned.isEmpty ? "\(indent)  return" : "\(indent)  return \(returned)")
    lines.append("\(indent)}")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The text of a program: its tables of parameters and states, then its graphs.
  public func text(_ program: Program) -> String {
    var text = "program @\(NumberText.name(program.name)) {\n"
    for (word, table) in [("parameter", program.parameters), ("state", program.states)] {
      for parameter in table {
        text += "  \(word) \(NumberText.quoted(parameter.path)) : \(parameter.type)"
        text += " = \(parameter.initialiser)\n"
      }
    }
    for graph in program.graphs { text += self.text(graph, indent: "  ") }
    return text + "}\n"
  }

  /// Arguments keep their names; every other value has a number.
  private static func names(of graph: Graph) -> [String] {
    var names = [String](repeating: "", count: graph.values.count)
    for input in graph.arguments { names[input.value.index] = argument(input) }
    let taken = Set(graph.arguments.map(\.name))
    var next = 0
    let stored = graph.inputs.filter { $0.role != .argument }
    let numbered = stored.map(\.value) + graph.nodes.flatMap(\.results)
    for value in numbered {
      while taken.contains(String(next)) { next += 1 }
      names[value.index] = "%\(next)"
      next += 1
    }
    return names
  }

  private static func argument(_ input: Graph.Input) -> String {
    "%" + NumberText.name(input.name)
  }

  private func arguments(_ graph: Graph) -> String {
    graph.arguments.map { "\(Self.argument($0)): \(graph.type($0.value))" }
      .joined(separator: ", ")
  }

  /// A single result named `result` needs no name.
  private func results(_ graph: Graph) -> String {
    if graph.results.count == 1, graph.results[0].name == Self.plainResult {
      return graph.type(graph.results[0].value).description
    }
    let list = graph.results.map { "\(NumberText.name($0.name)): \(graph.type($0.value))" }
    return "(" + list.joined(separator: ", ") + ")"
  }

  static let plainResult = "result"

  private func line(_ node: Graph.Node, _ graph: Graph, _ names: [String]) -> String {
    let results = node.results.map { names[$0.index] }.joined(separator: ", ")
    var line = "\(results) = \(node.operation.name)"
    if let constant = node.operation as? Constant {
      line += " " + literal(constant)
    }
    let operands = node.operands.map { names[$0.index] }.joined(separator: ", ")
    if !operands.isEmpty { line += " " + operands }
    let attributes = node.operation.attributeValues
    if !attributes.isEmpty {
      line += " {" + attributes.map { "\($0.name) = \($0.value)" }.joined(separator: ", ") + "}"
    }
    line += " : " + graph.types(node.results).map(\.description).joined(separator: ", ")
    if showsScopes, !node.scope.isEmpty { line += "  // \(node.scope)" }
    return line
  }

  private func literal(_ constant: Constant) -> String {
    if let splat = constant.splat, constant.value.element.isFloating {
      return NumberText.real(splat)
    }
    let elements: [String] =
      switch constant.value.storage {
      case .reals(let values): values.map(NumberText.real)
      case .integers(let values) where constant.value.element == .u64:
        values.map { String(UInt64(bitPattern: $0)) }
      case .integers(let values): values.map { String($0) }
      }
    if let first = elements.first, elements.allSatisfy({ $0 == first }) { return first }
    return "[" + elements.joined(separator: ", ") + "]"
  }
}

extension Graph: CustomStringConvertible {
  public var description: String { Printer().text(self) }
}

extension Program: CustomStringConvertible {
  public var description: String { Printer().text(self) }
}
