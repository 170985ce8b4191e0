import TensorCore

/// Reads graph and program text. Every type that the text states is compared with what the
/// operations infer, so a parsed graph satisfies the verifier.
///
///     program   program @name { parameter… state… graph… }
///     parameter parameter "path" : type = constant(number) | uniform(bound, "stream")
///     state     state "path" : type = …, as a parameter
///     graph     graph @name(%argument: type, …) -> results
///                 { statement… replacement… return %value, … }
///     results   type | (name: type, …)
///     replacement replace %input with %value
///     statement %value, … = parameter "path" : type
///             | %value, … = state "path" : type
///             | %value, … = constant 2 | [1, 2, …] : type
///             | %value, … = operation %operand, … {attribute = value, …} : type, …
///
/// Names of values, graphs and results are words, or any text in quotes: `%"input:0"`.
public struct Parser {
  private let table: OperationTable
  private var cursor: TokenCursor
  /// The program's table, against which graphs are read; nil for a graph that stands alone.
  private var tables: [String: [String: TensorType]]?

  private init(_ text: String, _ table: OperationTable) throws(Diagnostic) {
    self.table = table
    cursor = try TokenCursor(text)
  }

  /// - Errors: `text.syntax` and the operations' own, all with line and column.
  public static func graph(_ text: String, _ table: OperationTable) throws(Diagnostic) -> Graph {
    var parser = try Parser(text, table)
    let graph = try parser.graph()
    try parser.cursor.expectEnd()
    return graph
  }

  /// - Errors: as `graph(_:_:)`.
  public static func program(
    _ text: String, _ table: OperationTable
  ) throws(Diagnostic) -> Program {
    var parser = try Parser(text, table)
    let program = try parser.program()
    try parser.cursor.expectEnd()
    try Verifier.check(program)
    return program
  }
}

// MARK: - Programs
extension Parser {
  private mutating func program() throws(Diagnostic) -> Program {
    try cursor.expect(word: "program")
    var program = Program(try cursor.name(after: "@"), parameters: [], graphs: [])
    try cursor.expect("{")
    program.parameters = try table("parameter")
    program.states = try table("state", beside: program.parameters)
    tables = [:]
    for (word, table) in [("parameter", program.parameters), ("state", program.states)] {
      tables?[word] = Dictionary(uniqueKeysWithValues: table.map { ($0.path, $0.type) })
    }
    while !cursor.take("}") {
      let start = cursor.current
      let graph = try graph()
      guard !program.graphs.contains(where: { $0.name == graph.name }) else {
        throw cursor.error(
          "there are two entry points named \(graph.name)", at: start, help: "rename one")
      }
      program.graphs.append(graph)
    }
    return program
  }

  /// Declarations that start with `word`, each path once.
  private mutating func table(
    _ word: String, beside other: [Parameter] = []
  ) throws(Diagnostic) -> [Parameter] {
    var table: [Parameter] = []
    var paths = Set(other.map(\.path))
    while cursor.isAt(word: word) {
      let start = cursor.current
      let parameter = try declaration(word)
      guard paths.insert(parameter.path).inserted else {
        throw cursor.error(
          "\(word) \(parameter.path) stands twice in the table", at: start, help: "remove one")
      }
      table.append(parameter)
    }
    return table
  }

  private mutating func declaration(_ word: String) throws(Diagnostic) -> Parameter {
    try cursor.expect(word: word)
    let path = try cursor.quoted()
    try cursor.expect(":")
    let type = try cursor.type()
    try cursor.expect("=")
    let start = cursor.current
    let kind = try cursor.word("an initialiser")
    try cursor.expect("(")
    let number = try cursor.real()
    let stream = cursor.take(",") ? try cursor.quoted() : nil
    try cursor.expect(")")
    let distribution: Initialiser.Distribution
    switch kind {
    case "constant": distribution = .constant(number)
    case "uniform": distribution = .uniform(bound: number)
    default:
      throw cursor.error(
        "unknown initialiser \(kind)", at: start, help: "write constant or uniform")
    }
    return Parameter(path: path, type: type, initialiser: Initialiser(distribution, stream: stream))
  }
}

// MARK: - Graphs
extension Parser {
  /// A graph while it is read, with the values that its text has named so far.
  private struct Draft {
    var graph: Graph
    var names: [String: ValueID] = [:]
  }

  private typealias DeclaredResult = (name: String, type: TensorType)

  private mutating func graph() throws(Diagnostic) -> Graph {
    try cursor.expect(word: "graph")
    var draft = Draft(graph: Graph(try cursor.name(after: "@")))
    try arguments(&draft)
    try cursor.expect("->")
    let declared = try declaredResults()
    try cursor.expect("{")
    while !cursor.isAt(word: "return"), !cursor.isAt(word: "replace") { try statement(&draft) }
    while cursor.isAt(word: "replace") { try replacement(&draft) }
    try returned(&draft, declared)
    try cursor.expect("}")
    return draft.graph
  }

  private mutating func arguments(_ draft: inout Draft) throws(Diagnostic) {
    try cursor.expect("(")
    if cursor.take(")") { return }
    repeat {
      let start = cursor.current
      let name = try cursor.name(after: "%")
      try cursor.expect(":")
      let type = try cursor.type()
      try define(name, draft.graph.appendInput(name, .argument, type), &draft, at: start)
    } while cursor.take(",")
    try cursor.expect(")")
  }

  private mutating func declaredResults() throws(Diagnostic) -> [DeclaredResult] {
    guard cursor.take("(") else { return [(Printer.plainResult, try cursor.type())] }
    var results: [DeclaredResult] = []
    if cursor.take(")") { return results }
    repeat {
      let start = cursor.current
      let name = try cursor.wordOrQuoted("a result's name")
      guard !results.contains(where: { $0.name == name }) else {
        throw cursor.error("there are two results named \(name)", at: start, help: "rename one")
      }
      try cursor.expect(":")
      results.append((name, try cursor.type()))
    } while cursor.take(",")
    try cursor.expect(")")
    return results
  }

  private mutating func replacement(_ draft: inout Draft) throws(Diagnostic) {
    try cursor.expect(word: "replace")
    let start = cursor.current
    let target = try value(draft)
    try cursor.expect(word: "with")
    let value = try value(draft)
    let (before, after) = (draft.graph.type(target), draft.graph.type(value))
    guard case .input(let number) = draft.graph[target].definition,
      draft.graph.inputs[number].role != .argument
    else {
      throw cursor.error(
        "only a parameter or state can be replaced", at: start,
        help: "name the value of a parameter or state statement")
    }
    guard draft.graph.update(of: target) == nil else {
      throw cursor.error("it is replaced twice", at: start, help: "remove one")
    }
    guard before == after else {
      throw cursor.error("\(before) is replaced by \(after)", at: start)
    }
    draft.graph.appendUpdate(target, value)
  }

  private mutating func returned(
    _ draft: inout Draft, _ declared: [DeclaredResult]
  ) throws(Diagnostic) {
    let start = cursor.current
    try cursor.expect(word: "return")
    let returned = try values(draft)
    guard returned.count == declared.count else {
      throw cursor.error(
        "\(declared.count) results are declared, \(returned.count) are returned", at: start)
    }
    for (value, result) in zip(returned, declared) {
      let type = draft.graph.type(value)
      guard type == result.type else {
        throw cursor.error(
          "result \(result.name) is declared \(result.type), got \(type)", at: start)
      }
      draft.graph.appendResult(result.name, value)
    }
  }
}

// MARK: - Statements
extension Parser {
  private mutating func statement(_ draft: inout Draft) throws(Diagnostic) {
    let start = cursor.current
    var targets: [String] = []
    repeat { targets.append(try cursor.name(after: "%")) } while cursor.take(",")
    try cursor.expect("=")
    let operationStart = cursor.current
    let name = try cursor.word("an operation")
    let role = Graph.Input.Role(rawValue: name).flatMap { $0 == .argument ? nil : $0 }
    let results =
      if let role { [try storedInput(role, &draft)] } else {
        try node(name, operationStart, &draft)
      }
    guard results.count == targets.count else {
      throw cursor.error(
        "\(name) gives \(results.count) results, \(targets.count) are named", at: start)
    }
    for (target, result) in zip(targets, results) { try define(target, result, &draft, at: start) }
  }

  private mutating func storedInput(
    _ role: Graph.Input.Role, _ draft: inout Draft
  ) throws(Diagnostic) -> ValueID {
    let start = cursor.current
    let path = try cursor.quoted()
    try cursor.expect(":")
    let type = try cursor.type()
    if let known = draft.graph.inputs.first(where: { $0.name == path && $0.role != .argument }) {
      throw cursor.error(
        known.role == role ? "\(role) \(path) is read twice" : "\(path) is a \(known.role) already",
        at: start, help: known.role == role ? "name its value once, use it twice" : "rename one")
    }
    if let table = tables?[role.rawValue] {
      guard let declared = table[path] else {
        throw cursor.error(
          "\(role) \(path) is not in the program's table", at: start,
          help: "declare it before the first graph")
      }
      guard declared == type else {
        throw cursor.error("\(role) \(path) is declared \(declared), got \(type)", at: start)
      }
    }
    return draft.graph.appendInput(path, role, type)
  }

  private mutating func node(
    _ name: String, _ start: Lexer.Located, _ draft: inout Draft
  ) throws(Diagnostic) -> [ValueID] {
    let literal = name == Constant.name ? try cursor.literal() : nil
    let operands = try values(draft)
    let attributes = try cursor.attributes()
    try cursor.expect(":")
    let typeStart = cursor.current
    var types: [TensorType] = []
    repeat { types.append(try cursor.type()) } while cursor.take(",")
    let prototype = try literal.map { literal throws(Diagnostic) in
      try cursor.constant(literal, types[0], at: start)
    }
    guard let prototype: any Operation = prototype ?? table[name] else {
      throw cursor.error("unknown operation \(name)", at: start, help: "`smalti ops` lists them")
    }
    let operandTypes = draft.graph.types(operands)
    let (operation, inferred) = try cursor.placing(start) { () throws(Diagnostic) in
      let operation = try prototype.setting(attributes: attributes)
      return (operation, try operation.resultTypes(of: operandTypes))
    }
    guard inferred == types else {
      let list = { (types: [TensorType]) in types.map(\.description).joined(separator: ", ") }
      throw cursor.error(
        "\(name) gives \(list(inferred)), the text says \(list(types))", at: typeStart)
    }
    return draft.graph.appendNode(operation, operands, types: types)
  }

  /// Values that were defined before, by name; none if no name follows.
  private mutating func values(_ draft: Draft) throws(Diagnostic) -> [ValueID] {
    guard cursor.isAtName else { return [] }
    var values: [ValueID] = []
    repeat { values.append(try value(draft)) } while cursor.take(",")
    return values
  }

  private mutating func value(_ draft: Draft) throws(Diagnostic) -> ValueID {
    let start = cursor.current
    let name = try cursor.name(after: "%")
    guard let value = draft.names[name] else {
      throw cursor.error("%\(name) is not defined before it is read", at: start)
    }
    return value
  }

  private func define(
    _ name: String, _ value: ValueID, _ draft: inout Draft, at token: Lexer.Located
  ) throws(Diagnostic) {
    guard draft.names.updateValue(value, forKey: name) == nil else {
      throw cursor.error("%\(name) is defined twice", at: token, help: "rename one")
    }
  }
}
