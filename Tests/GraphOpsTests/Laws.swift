import GraphIR
import GraphOps
import TensorCore

/// What must hold for every operation. A law gives the sentence of its failure, or nil, so that it
/// can be shown to catch operations that are wrong on purpose.
enum Laws {}

// MARK: - Laws of samples
extension Laws {
  /// Text keeps the whole operation: what is parsed prints the same and computes the same.
  static func textRoundTrips(_ sample: Sample, _ table: OperationTable) -> String? {
    failing {
      let graph = try sample.graph()
      let text = Printer().text(graph)
      let parsed = try Parser.graph(text, table)
      let again = Printer().text(parsed)
      guard again == text else { return "printed \(text), then \(again)" }
      guard let operation = parsed.nodes.first?.operation, parsed.nodes.count == 1 else {
        return "one node became \(parsed.nodes.count)"
      }
      guard operation.isSame(as: sample.operation) else { return "another operation: \(text)" }
      // Attributes that text does not show are seen in what the operation does.
      let types = try operation.resultTypes(of: sample.operands.map(\.type))
      guard try types == sample.resultTypes() else { return "the parsed operation gives \(types)" }
      guard sameBits(operation.evaluate(sample.operands), sample.results()) else {
        return "the parsed operation computes something else: \(text)"
      }
      return nil
    }
  }

  /// The types that are inferred are the types of the values, and the verifier agrees.
  static func typesMatchValues(_ sample: Sample) -> String? {
    failing {
      let types = try sample.resultTypes()
      let values = sample.results().map(\.type)
      guard types == values else { return "inferred \(types), evaluated \(values)" }
      try Verifier.check(try sample.graph())
      return nil
    }
  }

  /// Equal operands give equal bits.
  static func evaluatesToTheSameBits(_ sample: Sample) -> String? {
    let first = sample.results()
    let second = sample.results()
    return sameBits(first, second) ? nil : "evaluated \(first), then \(second)"
  }

  /// The exact interpreter gives what `evaluate` gives; the rounding one gives values that the
  /// element type can hold, nearest to those.
  static func interpretersAgree(_ sample: Sample) -> String? {
    failing {
      let graph = try sample.graph()
      let arguments = sample.arguments
      let meant = sample.results()
      let exact = try Interpreter(.exact).run(graph, arguments)
      guard sameBits(exact, meant) else { return "exactly \(exact), evaluate gives \(meant)" }
      let rounded = try Interpreter(.perOperation).run(graph, arguments)
      guard sameBits(rounded, meant.map { $0.roundedToElement() }) else {
        return "rounded \(rounded), evaluate gives \(meant)"
      }
      return rounded.allSatisfy(fitsElement) ? nil : "rounded values do not fit: \(rounded)"
    }
  }

  private static func fitsElement(_ x: HostTensor) -> Bool {
    switch x.storage {
    case .reals(let values): values.allSatisfy { $0.isNaN || x.element.rounding($0) == $0 }
    case .integers(let values): values.allSatisfy { x.element.wrapping($0) == $0 }
    }
  }
}

// MARK: - Laws of refusals
extension Laws {
  /// Inference, builder, parser and verifier refuse the operands, all with the same code, in a
  /// sentence that starts small and has no final period.
  static func isRefused(_ refusal: Refusal, _ table: OperationTable) -> String? {
    let operation = refusal.operation
    guard let direct = diagnostic({ _ = try operation.resultTypes(of: refusal.operands) }) else {
      return "accepted \(refusal.operands)"
    }
    guard direct.code == refusal.code else { return "refused with \(direct.code)" }
    if let fault = faultOfSentence(direct.message) { return "\(fault): \(direct.message)" }

    let builder = GraphBuilder("main")
    let operands = refusal.operands.enumerated().map { builder.argument("x\($0)", $1) }
    _ = builder.apply(operation, operands)
    let traced = diagnostic { _ = try builder.finish() }
    guard traced?.code == refusal.code, traced?.notes.last?.hasPrefix("in ") == true else {
      return "the builder says \(String(describing: traced))"
    }

    var graph = Graph("main")
    let ids = refusal.operands.enumerated().map { graph.appendInput("x\($0)", .argument, $1) }
    graph.appendResult("result", graph.appendNode(operation, ids, types: [.f32([])])[0])
    let verified = diagnostic { try Verifier.check(graph) }
    guard verified?.code == "graph.invalid" else {
      return "the verifier says \(String(describing: verified))"
    }
    let parsed = diagnostic { _ = try Parser.graph(Printer().text(graph), table) }
    guard parsed?.code == refusal.code, parsed?.place?.hasPrefix("line 2, column ") == true else {
      return "the parser says \(String(describing: parsed))"
    }
    return nil
  }

  private static func faultOfSentence(_ message: String) -> String? {
    if message.hasSuffix(".") { return "a message has no final period" }
    let start = message.first
    return start?.isUppercase == false ? nil : "a message starts in lower case"
  }
}

// MARK: - Laws of the catalogue
extension Laws {
  /// Names are unique and in snake case.
  static func namesAreSpelledWell(_ operations: [any Operation]) -> String? {
    var seen: Set<String> = []
    for name in operations.map(\.name) {
      guard seen.insert(name).inserted else { return "two operations are named \(name)" }
      let letters = name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }
      guard letters, name.first?.isLetter == true, name.last != "_", !name.contains("__") else {
        return "\(name) is not in snake case"
      }
    }
    return nil
  }

  /// Every operation is seen by the laws: at least one sample and one refusal of its own name.
  /// A table of operations shares its refusals; a constant has no operands that could be wrong.
  static func isCovered(_ operation: any Operation) -> String? {
    let type = type(of: operation)
    guard type.samples.contains(where: { $0.operation.name == operation.name }) else {
      return "\(operation.name) has no sample"
    }
    let shared = operation is Elementwise || operation is Reduce || operation is ReduceWithIndex
    let refused = type.refusals.contains { shared || $0.operation.name == operation.name }
    return refused || operation is Constant ? nil : "\(operation.name) has no refusal"
  }

  /// Every stored property is an attribute, save the one that makes the name of a table's entry.
  static func attributesCoverProperties(_ operation: any Operation) -> String? {
    if operation is Constant { return nil }
    let properties = Mirror(reflecting: operation).children.count
    let named = operation is any NamedOperation ? 0 : 1
    let attributes = operation.attributeValues.count
    guard properties == attributes + named else {
      return "\(operation.name) has \(properties) properties and \(attributes) attributes"
    }
    return nil
  }

  /// Each attribute takes values of its kind, shows them, and refuses every other kind, by itself
  /// and through text; an attribute that does not exist is refused.
  static func attributesTakeTheirKind(
    _ operation: any Operation, _ table: OperationTable
  ) -> String? {
    let kinds: [AttributeValue] = [
      .integer(3), .integers([4, 2]), .real(0.375), .bool(true), .bool(false), .text("xy,yz->xz"),
      .element(.i8),
    ]
    for (name, own) in operation.attributeValues {
      for value in kinds {
        let isKind = value.kind == own.kind
        // A whole number is written for a real one.
        let isTaken = isKind || (value.kind == "integer" && own.kind == "real")
        var shown: AttributeValue?
        let refusal = diagnostic {
          let changed = try operation.setting(attributes: [(name, value)])
          shown = changed.attributeValues.first { $0.name == name }?.value
        }
        guard refusal?.code == (isTaken ? nil : "attribute.kind") else {
          return "\(name) = \(value): \(String(describing: refusal))"
        }
        if isKind, shown != value { return "\(name) = \(value) reads \(String(describing: shown))" }
        if !isTaken, let fault = refusedInText(operation, name, value, "attribute.kind", table) {
          return fault
        }
      }
    }
    return refusedInText(operation, "no_such", .bool(true), "attribute.unknown", table)
  }

  private static func refusedInText(
    _ operation: any Operation, _ name: String, _ value: AttributeValue, _ code: Diagnostic.Code,
    _ table: OperationTable
  ) -> String? {
    // A constant is read by the parser itself, from the literal and the type.
    if operation is Constant { return nil }
    let text = """
      graph @main(%x: f32[]) -> f32[] {
        %0 = \(operation.name) %x {\(name) = \(value)} : f32[]
        return %0
      }
      """
    let found = diagnostic { _ = try Parser.graph(text, table) }
    guard found?.code == code, found?.place == "line 2, column 8" else {
      return "\(name) = \(value) in text: \(String(describing: found))"
    }
    return nil
  }
}

extension AttributeValue {
  fileprivate var kind: String {
    switch self {
    case .integer: "integer"
    case .integers: "integers"
    case .real: "real"
    case .bool: "bool"
    case .text: "text"
    case .element: "element"
    }
  }
}

// MARK: - Pieces
extension Sample {
  func resultTypes() throws(Diagnostic) -> [TensorType] {
    try operation.resultTypes(of: operands.map(\.type))
  }

  func results() -> [HostTensor] { operation.evaluate(operands) }

  var arguments: [String: HostTensor] {
    Dictionary(uniqueKeysWithValues: operands.enumerated().map { ("x\($0)", $1) })
  }

  /// A graph of this one operation, which returns all its results.
  func graph() throws(Diagnostic) -> Graph {
    let builder = GraphBuilder("main")
    let inputs = operands.enumerated().map { builder.argument("x\($0)", $1.type) }
    for (index, result) in builder.apply(operation, inputs).enumerated() {
      builder.result(index == 0 ? "result" : "result\(index)", result)
    }
    return try builder.finish().graph
  }
}

/// The diagnostic that `body` throws, if it throws one.
func diagnostic(_ body: () throws -> Void) -> Diagnostic? {
  do {
    try body()
    return nil
  } catch {
    return error as? Diagnostic
  }
}

/// The failure that `body` finds; what it throws is one too.
func failing(_ body: () throws -> String?) -> String? {
  do { return try body() } catch { return "\(error)" }
}

/// Equal types and bits; every NaN is the same, because payloads mean nothing.
func sameBits(_ left: [HostTensor], _ right: [HostTensor]) -> Bool {
  left.count == right.count
    && zip(left, right).allSatisfy { a, b in
      guard a.type == b.type else { return false }
      switch (a.storage, b.storage) {
      case (.reals(let x), .reals(let y)):
        return zip(x, y).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
      case (.integers(let x), .integers(let y)): return x == y
      default: return false
      }
    }
}
