import TensorCore

/// Graph text as tokens with line and column, both from 1; a column counts bytes of UTF-8.
struct Lexer {
  enum Token: Equatable {
    case word(String)
    /// `%name`, `@name` or `%"any text"`, with its sigil and without quotes.
    case name(String)
    case number(String)
    case text(String)
    /// One of `( ) { } [ ] , : =` and `->`.
    case mark(String)
    case end
  }

  struct Located {
    var token: Token
    var line: Int
    var column: Int
  }

  private var scanner: TextScanner

  private init(_ text: String) { scanner = TextScanner(text) }

  /// - Errors: `text.syntax`.
  static func tokens(of text: String) throws(Diagnostic) -> [Located] {
    var lexer = Lexer(text)
    var tokens: [Located] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last!.token != .end
    return tokens
  }

  private mutating func next() throws(Diagnostic) -> Located {
    scanner.skipBlanks()
    let place = scanner.place
    func located(_ token: Token) -> Located {
      Located(token: token, line: place.line, column: place.column)
    }
    func error(_ message: String) -> Diagnostic {
      .syntax(message, line: place.line, column: place.column)
    }
    guard let byte = scanner.peek() else { return located(.end) }
    let shown = TextScanner.shown(byte)
    switch byte {
    case UInt8(ascii: "%"), UInt8(ascii: "@"):
      scanner.advance()
      if scanner.peek() == UInt8(ascii: "\"") {
        return located(.name(shown + (try string(from: place))))
      }
      let name = scanner.take(while: Self.isWord)
      guard !name.isEmpty else { throw error("a name must follow \(shown)") }
      return located(.name(shown + name))
    case UInt8(ascii: "\""): return located(.text(try string(from: place)))
    case UInt8(ascii: "-") where scanner.peek(1) == UInt8(ascii: ">"):
      scanner.advance()
      scanner.advance()
      return located(.mark("->"))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      scanner.advance()
      return located(.number(shown + scanner.take(while: Self.isNumber)))
    case _ where Self.isWord(byte): return located(.word(scanner.take(while: Self.isWord)))
    case _ where Self.marks.contains(byte):
      scanner.advance()
      return located(.mark(shown))
    default: throw error("unexpected character \(shown)")
    }
  }

  /// The content of a string in quotes; mistakes are told at `place`.
  private mutating func string(from place: TextScanner.Place) throws(Diagnostic) -> String {
    scanner.advance()
    var content: [UInt8] = []
    while let byte = scanner.peek(), byte != UInt8(ascii: "\n") {
      scanner.advance()
      if byte == UInt8(ascii: "\"") {
        // Valid as the text itself is: the marks of a string are never inside a character.
        return String(decoding: content, as: UTF8.self)
      }
      guard byte == UInt8(ascii: "\\") else {
        content.append(byte)
        continue
      }
      guard let escaped = escape() else {
        throw .syntax(
          "unknown escape in a string", line: place.line, column: place.column,
          help: "write \\\", \\\\, \\n or \\u{…}")
      }
      content += Array(escaped.utf8)
    }
    throw .syntax("a string has no end on its line", line: place.line, column: place.column)
  }

  /// What stands after a `\`, moved past; nil if it means nothing.
  private mutating func escape() -> String? {
    let byte = scanner.peek()
    scanner.advance()
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "u") where scanner.peek() == UInt8(ascii: "{"):
      scanner.advance()
      let digits = scanner.take(while: Self.isWord)
      guard scanner.peek() == UInt8(ascii: "}"), let value = UInt32(digits, radix: 16),
        let scalar = Unicode.Scalar(value)
      else { return nil }
      scanner.advance()
      return String(Character(scalar))
    default: return nil
    }
  }

  private static let marks = Array("(){}[],:=".utf8)

  static func isWord(_ byte: UInt8) -> Bool {
    TextScanner.isWord(byte) || byte == UInt8(ascii: ".")
  }

  private static func isNumber(_ byte: UInt8) -> Bool {
    isWord(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
  }
}
