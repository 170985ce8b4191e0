import TensorCore

/// Reads graph and program text. Every type that the text states is compared with what the
/// operations infer, so a parsed graph satisfies the verifier.
public struct Parser {
  private let table: OperationTable
  private var tokens: [Lexer.Located]
  private var position = 0

  private init(_ text: String, _ table: OperationTable) throws(Diagnostic) {
    self.table = table
    tokens = try Lexer.tokens(of: text)
  }

  /// - Errors: `text.syntax` and the operations' own, all with line and column.
  public static func graph(_ text: String, _ table: OperationTable) throws(Diagnostic) -> Graph {
    var parser = try Parser(text, table)
    let graph = try parser.graph()
    try parser.expectEnd()
    return graph
  }

  /// - Errors: as `graph(_:_:)`, and those of the verifier.
  public static func program(
    _ text: String, _ table: OperationTable
  ) throws(Diagnostic) -> Program {
    var parser = try Parser(text, table)
    let program = try parser.program()
    try parser.expectEnd()
    try Verifier.check(program)
    return program
  }
}

// MARK: - Programs and graphs
extension Parser {
  private mutating func program() throws(Diagnostic) -> Program {
    try expect(word: "program")
    let name = try self.name(after: "@")
    try expect("{")
    var parameters: [Parameter] = []
    var graphs: [Graph] = []
    while !take("}") {
      if peekWord("parameter") {
        parameters.append(try parameter())
      } else {
        graphs.append(try graph())
      }
    }
    return Program(name, parameters: parameters, graphs: graphs)
  }

  private mutating func parameter() throws(Diagnostic) -> Parameter {
    try expect(word: "parameter")
    let path = try quoted()
    try expect(":")
    let type = try self.type()
    try expect("=")
    let start = current
    let kind = try word("an initialiser")
    try expect("(")
    let number = try real()
    let stream = take(",") ? try quoted() : nil
    try expect(")")
    switch kind {
    case "constant":
      return Parameter(
        path: path, type: type, initialiser: Initialiser(.constant(number), stream: stream))
    case "uniform":
      return Parameter(
        path: path, type: type, initialiser: Initialiser(.uniform(bound: number), stream: stream))
    default:
      throw error("unknown initialiser \(kind)", at: start, help: "write constant or uniform")
    }
  }

  private mutating func graph() throws(Diagnostic) -> Graph {
    try expect(word: "graph")
    var graph = Graph(try name(after: "@"))
    var names: [String: ValueID] = [:]
    try expect("(")
    if !take(")") {
      repeat {
        let start = current
        let name = try self.name(after: "%")
        try expect(":")
        let type = try self.type()
        try define(name, graph.appendInput(name, .argument, type), &names, at: start)
      } while take(",")
      try expect(")")
    }
    try expect("->")
    let declared = try declaredResults()
    try expect("{")
    while !peekWord("return") { try statement(&graph, &names) }
    try returned(&graph, names, declared)
    try expect("}")
    return graph
  }

  private mutating func declaredResults() throws(Diagnostic) -> [(name: String, type: TensorType)] {
    guard take("(") else { return [(Printer.plainResult, try type())] }
    var results: [(name: String, type: TensorType)] = []
    if take(")") { return results }
    repeat {
      let start = current
      let name = try word("a result's name")
      guard !results.contains(where: { $0.name == name }) else {
        throw error("there are two results named \(name)", at: start, help: "rename one")
      }
      try expect(":")
      results.append((name, try type()))
    } while take(",")
    try expect(")")
    return results
  }

  private mutating func returned(
    _ graph: inout Graph, _ names: [String: ValueID], _ declared: [(name: String, type: TensorType)]
  ) throws(Diagnostic) {
    let start = current
    try expect(word: "return")
    var returned: [ValueID] = []
    if case .name = current.token {
      repeat { returned.append(try value(names)) } while take(",")
    }
    guard returned.count == declared.count else {
      throw error(
        "\(declared.count) results are declared, \(returned.count) are returned", at: start)
    }
    for (value, result) in zip(returned, declared) {
      guard graph.type(value) == result.type else {
        throw error(
          "result \(result.name) is declared \(result.type), got \(graph.type(value))", at: start)
      }
      graph.appendResult(result.name, value)
    }
  }
}

// MARK: - Statements
extension Parser {
  private mutating func statement(
    _ graph: inout Graph, _ names: inout [String: ValueID]
  ) throws(Diagnostic) {
    let start = current
    var targets: [String] = []
    repeat { targets.append(try name(after: "%")) } while take(",")
    try expect("=")
    let operationStart = current
    let operationName = try word("an operation")
    let results: [ValueID]
    if operationName == "parameter" {
      let path = try quoted()
      try expect(":")
      results = [graph.appendInput(path, .parameter, try type())]
    } else {
      results = try node(operationName, operationStart, &graph, names)
    }
    guard results.count == targets.count else {
      throw error(
        "\(operationName) gives \(results.count) results, \(targets.count) are named", at: start)
    }
    for (target, result) in zip(targets, results) { try define(target, result, &names, at: start) }
  }

  private mutating func node(
    _ name: String, _ start: Lexer.Located, _ graph: inout Graph, _ names: [String: ValueID]
  ) throws(Diagnostic) -> [ValueID] {
    let literal = name == Constant.name ? try self.literal() : nil
    var operands: [ValueID] = []
    if case .name = current.token {
      repeat { operands.append(try value(names)) } while take(",")
    }
    let attributes = try self.attributes()
    try expect(":")
    let typeStart = current
    var types: [TensorType] = []
    repeat { types.append(try type()) } while take(",")
    let operation: any Operation
    if let literal {
      operation = try constant(literal, types[0], at: start)
    } else {
      guard let prototype = table[name] else {
        throw error("unknown operation \(name)", at: start, help: "`smalti ops` lists them")
      }
      operation = try placing(start) { () throws(Diagnostic) in
        try prototype.setting(attributes: attributes)
      }
    }
    let operandTypes = graph.types(operands)
    let inferred = try placing(start) { () throws(Diagnostic) in
      try operation.resultTypes(of: operandTypes)
    }
    guard inferred == types else {
      let list = { (types: [TensorType]) in types.map(\.description).joined(separator: ", ") }
      throw error("\(name) gives \(list(inferred)), the text says \(list(types))", at: typeStart)
    }
    return graph.appendNode(operation, operands, types: types)
  }

  private mutating func attributes() throws(Diagnostic) -> [(name: String, value: AttributeValue)] {
    var attributes: [(name: String, value: AttributeValue)] = []
    guard take("{") else { return attributes }
    repeat {
      let name = try word("an attribute's name")
      try expect("=")
      attributes.append((name, try attributeValue()))
    } while take(",")
    try expect("}")
    return attributes
  }

  private mutating func attributeValue() throws(Diagnostic) -> AttributeValue {
    let start = current
    if take("[") {
      var integers: [Int] = []
      if take("]") { return .integers([]) }
      repeat { integers.append(try integer()) } while take(",")
      try expect("]")
      return .integers(integers)
    }
    switch start.token {
    case .text(let text):
      position += 1
      return .text(text)
    case .word(let word):
      if word == "true" || word == "false" {
        position += 1
        return .bool(word == "true")
      }
      if let element = ElementType(rawValue: word) {
        position += 1
        return .element(element)
      }
      return .real(try real())
    case .number(let number):
      if let value = Int(number) {
        position += 1
        return .integer(value)
      }
      return .real(try real())
    default: throw error("an attribute's value must follow =", at: start)
    }
  }
}

// MARK: - Constants
extension Parser {
  private enum Literal {
    case one(Lexer.Located)
    case many([Lexer.Located])
  }

  private mutating func literal() throws(Diagnostic) -> Literal {
    guard take("[") else {
      let token = current
      position += 1
      return .one(token)
    }
    var elements: [Lexer.Located] = []
    if take("]") { return .many([]) }
    repeat {
      elements.append(current)
      position += 1
    } while take(",")
    try expect("]")
    return .many(elements)
  }

  private func constant(
    _ literal: Literal, _ type: TensorType, at start: Lexer.Located
  ) throws(Diagnostic) -> Constant {
    let tokens: [Lexer.Located]
    switch literal {
    case .one(let token):
      // One number for all elements needs no memory in the text; a bound keeps it from asking for
      // more than a machine has.
      guard type.shape.count <= 1 << 28 else {
        throw error("a constant has at most 2^28 elements, got \(type)", at: start)
      }
      let element = try element(token, type.element)
      let values = [ScalarExpression.Value](repeating: element, count: type.shape.count)
      return Constant(HostTensor(type, values: values))
    case .many(let elements): tokens = elements
    }
    guard tokens.count == type.shape.count else {
      throw error(
        "a constant of \(type) has \(type.shape.count) elements, got \(tokens.count)", at: start)
    }
    var values: [ScalarExpression.Value] = []
    for token in tokens { values.append(try element(token, type.element)) }
    return Constant(HostTensor(type, values: values))
  }

  private func element(
    _ token: Lexer.Located, _ type: ElementType
  ) throws(Diagnostic) -> ScalarExpression.Value {
    let text: String
    switch token.token {
    case .number(let number): text = number
    case .word(let word): text = word
    default: throw error("a constant's element must be a number", at: token)
    }
    if type.isFloating, let value = Double(text) { return .real(type.rounding(value)) }
    if type == .u64, let value = UInt64(text) { return .integer(Int64(bitPattern: value)) }
    if !type.isFloating, let value = Int64(text), type.wrapping(value) == value {
      return .integer(value)
    }
    throw error("\(text) is not a value of \(type)", at: token)
  }
}

// MARK: - Pieces
extension Parser {
  private var current: Lexer.Located { tokens[position] }

  private func error(
    _ message: String, at token: Lexer.Located, help: String? = nil
  ) -> Diagnostic {
    .syntax(message, line: token.line, column: token.column, help: help)
  }

  /// The fact that `body` throws, with line and column.
  private func placing<Value>(
    _ token: Lexer.Located, _ body: () throws(Diagnostic) -> Value
  ) throws(Diagnostic) -> Value {
    do {
      return try body()
    } catch {
      throw error.placed(at: "line \(token.line), column \(token.column)")
    }
  }

  private mutating func take(_ mark: String) -> Bool {
    guard current.token == .mark(mark) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ mark: String) throws(Diagnostic) {
    guard take(mark) else { throw error("expected \(mark), got \(shown)", at: current) }
  }

  private func peekWord(_ word: String) -> Bool { current.token == .word(word) }

  private mutating func expect(word: String) throws(Diagnostic) {
    guard peekWord(word) else { throw error("expected \(word), got \(shown)", at: current) }
    position += 1
  }

  private func expectEnd() throws(Diagnostic) {
    guard current.token == .end else {
      throw error("unexpected \(shown) after the end", at: current)
    }
  }

  private var shown: String {
    switch current.token {
    case .word(let text), .name(let text), .number(let text), .mark(let text): text
    case .text(let text): NumberText.quoted(text)
    case .end: "the end of the text"
    }
  }

  private mutating func word(_ what: String) throws(Diagnostic) -> String {
    guard case .word(let word) = current.token else {
      throw error("expected \(what), got \(shown)", at: current)
    }
    position += 1
    return word
  }

  private mutating func name(after sigil: String) throws(Diagnostic) -> String {
    guard case .name(let name) = current.token, name.hasPrefix(sigil) else {
      throw error("expected a name after \(sigil), got \(shown)", at: current)
    }
    position += 1
    return String(name.dropFirst())
  }

  private mutating func quoted() throws(Diagnostic) -> String {
    guard case .text(let text) = current.token else {
      throw error("expected a string in quotes, got \(shown)", at: current)
    }
    position += 1
    return text
  }

  private mutating func integer() throws(Diagnostic) -> Int {
    guard case .number(let text) = current.token, let value = Int(text) else {
      throw error("expected a whole number, got \(shown)", at: current)
    }
    position += 1
    return value
  }

  private mutating func real() throws(Diagnostic) -> Double {
    let text: String? =
      switch current.token {
      case .number(let text), .word(let text): text
      default: nil
      }
    guard let text, let value = Double(text) else {
      throw error("expected a number, got \(shown)", at: current)
    }
    position += 1
    return value
  }

  private mutating func type() throws(Diagnostic) -> TensorType {
    let start = current
    guard let element = ElementType(rawValue: try word("an element type")) else {
      throw error(
        "unknown element type", at: start,
        help: "one of " + ElementType.allCases.map(\.rawValue).joined(separator: " "))
    }
    try expect("[")
    var dimensions: [Int] = []
    if !take("]") {
      repeat { dimensions.append(try integer()) } while take(",")
      try expect("]")
    }
    return TensorType(
      element, try placing(start) { () throws(Diagnostic) in try Shape(checking: dimensions) })
  }

  private mutating func value(_ names: [String: ValueID]) throws(Diagnostic) -> ValueID {
    let start = current
    let name = try self.name(after: "%")
    guard let value = names[name] else {
      throw error("%\(name) is not defined before it is read", at: start)
    }
    return value
  }

  private func define(
    _ name: String, _ value: ValueID, _ names: inout [String: ValueID], at token: Lexer.Located
  ) throws(Diagnostic) {
    guard names.updateValue(value, forKey: name) == nil else {
      throw error("%\(name) is defined twice", at: token)
    }
  }
}
