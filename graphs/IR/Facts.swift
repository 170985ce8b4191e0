import TensorCore

// The diagnostics of GraphIR, alphabetically.

extension Diagnostic {
  static func argumentSurplus(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.surplus", "there is no argument \(name)",
      help: known.isEmpty ? "it takes none" : "the arguments are " + known.joined(separator: ", "))
  }

  package static func argumentType(
    _ name: String, expected: TensorType, got: TensorType
  ) -> Diagnostic {
    Diagnostic("call.type", "\(name) needs \(expected), got \(got)", help: "convert or reshape it")
  }

  static func attributeKind(
    _ name: String, of operation: String, got value: AttributeValue, instead sample: AttributeValue
  ) -> Diagnostic {
    Diagnostic(
      "attribute.kind", "attribute \(name) of \(operation) cannot be \(value)",
      help: "write a value like \(sample)")
  }

  static func attributeUnknown(
    _ name: String, of operation: String, known: [String]
  ) -> Diagnostic {
    Diagnostic(
      "attribute.unknown", "\(operation) has no attribute \(name)",
      help: known.isEmpty ? "it takes none" : "it has " + known.joined(separator: ", "))
  }

  static func entryRepeated(_ name: String, program: String) -> Diagnostic {
    Diagnostic(
      "program.entry-repeated", "program \(program) has two entry points named \(name)",
      help: "rename one")
  }

  static func inputMissing(_ input: Graph.Input, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "call.missing", "\(input.role) \(input.name) is missing", help: "pass a tensor of \(type)")
  }

  static func inputRepeated(_ name: String) -> Diagnostic {
    Diagnostic("graph.input-repeated", "there are two arguments named \(name)", help: "rename one")
  }

  static func noEntry(_ name: String, program: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "program.no-entry", "program \(program) has no entry point \(name)",
      help: "it has " + known.joined(separator: ", "))
  }

  static func operandCount(_ name: String, expected: Int, got: Int) -> Diagnostic {
    Diagnostic(
      "operation.operand-count", "\(name) takes \(expected) operands, got \(got)",
      help: "see `smalti ops \(name)`")
  }

  static func parameterDiffers(_ left: Parameter, _ right: Parameter) -> Diagnostic {
    Diagnostic(
      "program.parameter-differs",
      "parameter \(left.path) is declared as \(left.type) \(left.initialiser) and as "
        + "\(right.type) \(right.initialiser)", help: "give the path one declaration")
  }

  static func parameterRedeclared(
    _ path: String, _ old: TensorType, _ new: TensorType
  ) -> Diagnostic {
    Diagnostic(
      "graph.parameter-redeclared", "parameter \(path) is \(old) already, got \(new)",
      help: "open a scope for each layer, so that paths differ")
  }

  static func pathTaken(
    _ path: String, _ role: Graph.Input.Role, by other: Graph.Input.Role
  ) -> Diagnostic {
    Diagnostic(
      "graph.path-taken", "\(path) is a \(other) already and cannot be a \(role) too",
      help: "rename one; a training step has accumulated, average, optimizer and training")
  }

  static func resultRepeated(_ name: String) -> Diagnostic {
    Diagnostic("graph.result-repeated", "there are two results named \(name)", help: "rename one")
  }

  static func syntax(
    _ message: String, line: Int, column: Int, help: String? = nil
  ) -> Diagnostic {
    Diagnostic("text.syntax", message, at: "line \(line), column \(column)", help: help)
  }

  static func verifier(_ graph: String, _ message: String) -> Diagnostic {
    Diagnostic("graph.invalid", message, at: graph, help: "this graph was not made by the builder")
  }

  static func updateOfNoInput() -> Diagnostic {
    Diagnostic(
      "graph.update-input", "only a parameter or a state can be replaced",
      help: "pass what `parameter` or `state` gave")
  }

  static func updateRepeated(_ name: String) -> Diagnostic {
    Diagnostic("graph.update-repeated", "\(name) is replaced twice", help: "remove one")
  }

  static func updateType(_ name: String, _ before: TensorType, _ after: TensorType) -> Diagnostic {
    Diagnostic(
      "graph.update-type", "\(name) is \(before), it is replaced by \(after)",
      help: "convert or reshape it")
  }
}
