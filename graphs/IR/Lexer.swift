import TensorCore

/// Graph text as tokens with line and column, both from 1; a column counts bytes of UTF-8.
/// Comments run from `//` to the end of the line.
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

  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var lineStart = 0

  private init(_ text: String) { bytes = Array(text.utf8) }

  /// - Errors: `text.syntax`.
  static func tokens(of text: String) throws(Diagnostic) -> [Located] {
    var lexer = Lexer(text)
    var tokens: [Located] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last!.token != .end
    return tokens
  }

  private mutating func next() throws(Diagnostic) -> Located {
    skipBlanks()
    let start = position
    func located(_ token: Token) -> Located {
      Located(token: token, line: line, column: start - lineStart + 1)
    }
    guard let byte = peek() else { return located(.end) }
    switch byte {
    case UInt8(ascii: "%"), UInt8(ascii: "@"):
      position += 1
      if peek() == UInt8(ascii: "\"") {
        return located(.name(Self.show(byte) + (try string(start))))
      }
      let name = take(while: Self.isWord)
      guard !name.isEmpty else {
        throw .syntax("a name must follow \(Self.show(byte))", line: line, column: column(start))
      }
      return located(.name(Self.show(byte) + name))
    case UInt8(ascii: "\""): return located(.text(try string(start)))
    case UInt8(ascii: "-") where peek(1) == UInt8(ascii: ">"):
      position += 2
      return located(.mark("->"))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      position += 1
      return located(.number(Self.show(byte) + take(while: Self.isNumber)))
    case _ where Self.isWord(byte): return located(.word(take(while: Self.isWord)))
    case _ where Self.marks.contains(byte):
      position += 1
      return located(.mark(Self.show(byte)))
    default:
      throw .syntax(
        "unexpected character \(Self.show(byte))", line: line, column: column(start))
    }
  }

  private mutating func string(_ start: Int) throws(Diagnostic) -> String {
    position += 1
    var content: [UInt8] = []
    while let byte = peek(), byte != UInt8(ascii: "\n") {
      position += 1
      if byte == UInt8(ascii: "\"") {
        // Valid as the text itself is: the marks of a string are never inside a character.
        return String(decoding: content, as: UTF8.self)
      }
      guard byte == UInt8(ascii: "\\") else {
        content.append(byte)
        continue
      }
      content += Array(try escape(start).utf8)
    }
    throw .syntax("a string has no end on its line", line: line, column: column(start))
  }

  private mutating func escape(_ start: Int) throws(Diagnostic) -> String {
    let byte = peek()
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "u") where peek() == UInt8(ascii: "{"):
      position += 1
      let digits = take(while: Self.isWord)
      if peek() == UInt8(ascii: "}"), let value = UInt32(digits, radix: 16),
        let scalar = Unicode.Scalar(value)
      {
        position += 1
        return String(Character(scalar))
      }
    default: break
    }
    throw .syntax(
      "unknown escape in a string", line: line, column: column(start),
      help: "write \\\", \\\\, \\n or \\u{…}")
  }

  private mutating func skipBlanks() {
    while let byte = peek() {
      if byte == UInt8(ascii: "\n") {
        position += 1
        line += 1
        lineStart = position
      } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == 13 {
        position += 1
      } else if byte == UInt8(ascii: "/"), peek(1) == byte {
        while let next = peek(), next != UInt8(ascii: "\n") {
          _ = next
          position += 1
        }
      } else {
        return
      }
    }
  }

  private func column(_ start: Int) -> Int { start - lineStart + 1 }
  private func peek(_ ahead: Int = 0) -> UInt8? {
    position + ahead < bytes.count ? bytes[position + ahead] : nil
  }

  private mutating func take(while condition: (UInt8) -> Bool) -> String {
    let start = position
    while let byte = peek(), condition(byte) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static let marks = Array("(){}[],:=".utf8)
  private static func show(_ byte: UInt8) -> String {
    byte < 128 ? String(Character(Unicode.Scalar(byte))) : "byte \(byte)"
  }

  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func isNumber(_ byte: UInt8) -> Bool {
    isWord(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
  }
}
