import TensorCore

// The parts of statements: expressions, places and lengths, and the tokens that all are made of.

// MARK: - Expressions
extension TileParser {
  mutating func expression() throws(Diagnostic) -> ScalarExpression {
    if take("%") { return .operand(try integer()) }
    let start = current
    if take("-") {
      try expect(word: "inf")
      return .constant(-.infinity, try element(after: ":"))
    }
    switch start.token {
    case .number(let text):
      guard let value = Double(text) else { throw error("\(text) is not a number") }
      position += 1
      return .constant(value, try element(after: ":"))
    case .word("inf"), .word("nan"):
      position += 1
      return .constant(start.token == .word("inf") ? .infinity : .nan, try element(after: ":"))
    case .word("coordinate"):
      position += 1
      try expect("(")
      let axis = try integer()
      try expect(")")
      return .coordinate(axis: axis)
    case .word("cast"):
      position += 1
      try enter()
      try expect("(")
      let element = try element()
      try expect(",")
      let operand = try expression()
      try expect(")")
      depth -= 1
      return .cast(element, operand)
    default: return try application()
    }
  }

  private mutating func application() throws(Diagnostic) -> ScalarExpression {
    let start = current
    let function = try function()
    try enter()
    let operands = try list { parser, _ throws(Diagnostic) in try parser.expression() }
    depth -= 1
    guard operands.count == function.operandCount else {
      throw error(
        "\(function.rawValue) takes \(function.operandCount) operands, got \(operands.count)",
        at: start)
    }
    return .apply(function, operands)
  }

  mutating func function() throws(Diagnostic) -> ScalarFunction {
    let start = current
    let name = try word("an expression")
    guard let function = ScalarFunction(rawValue: name) else {
      throw error("unknown function \(name)", at: start, help: "see `smalti ops`")
    }
    return function
  }
}

// MARK: - Places and lengths
extension TileParser {
  mutating func location() throws(Diagnostic) -> TileLocation {
    let start = current
    let name = try word("a place such as b0[0]")
    let base: TileLocation.Base
    if let number = Self.number(of: name, after: "b") {
      base = .buffer(number)
    } else if let number = Self.number(of: name, after: "s") {
      base = .scratch(number)
    } else {
      throw error("\(name) is not a place", at: start, help: "write b0[…] or s0[…]")
    }
    try expect("[")
    let offset = try affine()
    try expect("]")
    return TileLocation(base, offset)
  }

  mutating func access() throws(Diagnostic) -> TileAccess {
    let location = try location()
    try expect(word: "by")
    return TileAccess(location, strides: try integers())
  }

  mutating func extent() throws(Diagnostic) -> TileExtent {
    guard take(word: "min") else { return TileExtent(try integer()) }
    try expect("(")
    let size = try integer()
    try expect(",")
    let total = try integer()
    try expect("-")
    try expect("(")
    let start = try affine()
    try expect(")")
    try expect(")")
    return TileExtent(size, of: total, from: start)
  }

  /// `, name extent`
  mutating func extent(named name: String) throws(Diagnostic) -> TileExtent {
    try expect(",")
    try expect(word: name)
    return try extent()
  }

  /// `, depth (count by stride, …)`
  mutating func depths() throws(Diagnostic) -> [TileContract.Depth] {
    try expect(",")
    try expect(word: "depth")
    return try list { parser, _ throws(Diagnostic) in
      TileContract.Depth(try parser.integer(), try parser.integer(after: "by"))
    }
  }

  /// Terms in the order of the text; the printer writes the constant last.
  mutating func affine() throws(Diagnostic) -> AffineExpression {
    var constant = 0
    var terms: [AffineExpression.Term] = []
    repeat {
      if case .word = current.token {
        terms.append(AffineExpression.Term(try variable(), 1))
        continue
      }
      let start = current
      let factor = try integer()
      if take("*") {
        terms.append(AffineExpression.Term(try variable(), factor))
      } else {
        let (sum, overflows) = constant.addingReportingOverflow(factor)
        guard !overflows else { throw error("the sum of constants overflows", at: start) }
        constant = sum
      }
    } while take("+")
    return AffineExpression(constant, terms)
  }

  mutating func variable() throws(Diagnostic) -> TileVariable {
    let start = current
    let name = try word("a variable such as g0")
    if let axis = Self.number(of: name, after: "g") { return .grid(axis) }
    if let number = Self.number(of: name, after: "i") { return .loop(number) }
    throw error("\(name) is not a variable", at: start, help: "write g0 for the grid, i0 for loops")
  }
}

// MARK: - Pieces
extension TileParser {
  var current: TileLexer.Located { tokens[position] }

  func error(
    _ message: String, at token: TileLexer.Located? = nil, help: String? = nil
  ) -> Diagnostic {
    let token = token ?? current
    return .tileSyntax(message, line: token.line, column: token.column, help: help)
  }

  mutating func enter() throws(Diagnostic) {
    depth += 1
    guard depth <= Self.maximumDepth else {
      throw error("nested deeper than \(Self.maximumDepth)", help: "split the statement")
    }
  }

  var shown: String {
    switch current.token {
    case .word(let text), .number(let text): text
    case .mark(let mark): String(mark)
    case .end: "the end of the text"
    }
  }

  mutating func take(_ mark: Character) -> Bool {
    guard current.token == .mark(mark) else { return false }
    position += 1
    return true
  }

  mutating func take(word: String) -> Bool {
    guard current.token == .word(word) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ mark: Character) throws(Diagnostic) {
    guard take(mark) else { throw error("expected \(mark), got \(shown)") }
  }

  mutating func expect(word: String) throws(Diagnostic) {
    guard take(word: word) else { throw error("expected \(word), got \(shown)") }
  }

  mutating func word(_ what: String) throws(Diagnostic) -> String {
    guard case .word(let word) = current.token else {
      throw error("expected \(what), got \(shown)")
    }
    position += 1
    return word
  }

  mutating func integer() throws(Diagnostic) -> Int {
    guard case .number(let text) = current.token, let value = Int(text) else {
      throw error("expected a whole number, got \(shown)")
    }
    position += 1
    return value
  }

  mutating func integer(after word: String) throws(Diagnostic) -> Int {
    try expect(word: word)
    return try integer()
  }

  mutating func integers() throws(Diagnostic) -> [Int] {
    try expect("[")
    var integers: [Int] = []
    if take("]") { return integers }
    repeat { integers.append(try integer()) } while take(",")
    try expect("]")
    return integers
  }

  mutating func element(after mark: Character) throws(Diagnostic) -> ElementType {
    try expect(mark)
    return try element()
  }

  mutating func element() throws(Diagnostic) -> ElementType {
    let start = current
    guard let element = ElementType(rawValue: try word("an element type")) else {
      throw error(
        "unknown element type", at: start,
        help: "one of " + ElementType.allCases.map(\.rawValue).joined(separator: " "))
    }
    return element
  }

  /// `(item, …)`, each item read with its position.
  mutating func list<Item>(
    _ item: (inout TileParser, Int) throws(Diagnostic) -> Item
  ) throws(Diagnostic) -> [Item] {
    var items: [Item] = []
    try expect("(")
    if take(")") { return items }
    repeat { items.append(try item(&self, items.count)) } while take(",")
    try expect(")")
    return items
  }

  mutating func numbered(_ letter: String, _ what: String) throws(Diagnostic) -> Int {
    let start = current
    let name = try word(what)
    guard let number = Self.number(of: name, after: letter) else {
      throw error("expected \(what), got \(name)", at: start)
    }
    return number
  }

  /// The number in a name such as `g12`.
  static func number(of name: String, after letter: String) -> Int? {
    guard name.hasPrefix(letter), name.dropFirst().allSatisfy(\.isNumber) else { return nil }
    return Int(name.dropFirst())
  }
}
