import TensorCore

/// A place in a list of tokens, and the small readings from which the grammar is made. Each either
/// moves past what it read or throws `text.syntax` with line and column; none moves past the end.
struct TokenCursor {
  private let tokens: [Lexer.Located]
  private var position = 0

  /// - Errors: `text.syntax`.
  init(_ text: String) throws(Diagnostic) { tokens = try Lexer.tokens(of: text) }

  var current: Lexer.Located { tokens[position] }

  /// Moves on, except at the end: the last token, `end`, stays readable for every message.
  mutating func advance() { position = min(position + 1, tokens.count - 1) }
}

// MARK: - Mistakes
extension TokenCursor {
  func error(_ message: String, at token: Lexer.Located, help: String? = nil) -> Diagnostic {
    .syntax(message, line: token.line, column: token.column, help: help)
  }

  /// The fact that `body` throws, with line and column.
  func placing<Value>(
    _ token: Lexer.Located, _ body: () throws(Diagnostic) -> Value
  ) throws(Diagnostic) -> Value {
    do {
      return try body()
    } catch {
      throw error.placed(at: "line \(token.line), column \(token.column)")
    }
  }

  /// The current token as a message shows it.
  private var shown: String {
    switch current.token {
    case .word(let text), .name(let text), .number(let text), .mark(let text): text
    case .text(let text): NumberText.quoted(text)
    case .end: "the end of the text"
    }
  }
}

// MARK: - Marks and words
extension TokenCursor {
  mutating func take(_ mark: String) -> Bool {
    guard current.token == .mark(mark) else { return false }
    advance()
    return true
  }

  mutating func expect(_ mark: String) throws(Diagnostic) {
    guard take(mark) else { throw error("expected \(mark), got \(shown)", at: current) }
  }

  func isAt(word: String) -> Bool { current.token == .word(word) }

  var isAtName: Bool {
    if case .name = current.token { true } else { false }
  }

  mutating func expect(word: String) throws(Diagnostic) {
    guard isAt(word: word) else { throw error("expected \(word), got \(shown)", at: current) }
    advance()
  }

  func expectEnd() throws(Diagnostic) {
    guard current.token == .end else {
      throw error("unexpected \(shown) after the end", at: current)
    }
  }

  mutating func word(_ what: String) throws(Diagnostic) -> String {
    guard case .word(let word) = current.token else {
      throw error("expected \(what), got \(shown)", at: current)
    }
    advance()
    return word
  }
}

// MARK: - Names, numbers, types
extension TokenCursor {
  mutating func name(after sigil: String) throws(Diagnostic) -> String {
    guard case .name(let name) = current.token, name.hasPrefix(sigil) else {
      throw error("expected a name after \(sigil), got \(shown)", at: current)
    }
    advance()
    return String(name.dropFirst())
  }

  mutating func quoted() throws(Diagnostic) -> String {
    guard case .text(let text) = current.token else {
      throw error("expected a string in quotes, got \(shown)", at: current)
    }
    advance()
    return text
  }

  /// A word, or any text in quotes.
  mutating func wordOrQuoted(_ what: String) throws(Diagnostic) -> String {
    if case .text = current.token { return try quoted() }
    return try word(what)
  }

  mutating func integer() throws(Diagnostic) -> Int {
    guard case .number(let text) = current.token, let value = Int(text) else {
      throw error("expected a whole number, got \(shown)", at: current)
    }
    advance()
    return value
  }

  mutating func real() throws(Diagnostic) -> Double {
    let text: String? =
      switch current.token {
      case .number(let text), .word(let text): text
      default: nil
      }
    guard let text, let value = Double(text) else {
      throw error("expected a number, got \(shown)", at: current)
    }
    advance()
    return value
  }

  mutating func type() throws(Diagnostic) -> TensorType {
    let start = current
    let word = try word("an element type")
    guard let element = ElementType(rawValue: word) else {
      throw error(
        "unknown element type \(word)", at: start,
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
}
