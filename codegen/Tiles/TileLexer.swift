import TensorCore

/// Tile text as tokens with line and column. Comments run from `//` to the end of the line.
struct TileLexer {
  enum Token: Equatable {
    /// Letters, digits and `_`, from a letter on.
    case word(String)
    /// From a digit on, or from a `-` before one; the reader decides what number it is.
    case number(String)
    /// One character of punctuation.
    case mark(Character)
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

  /// - Errors: `tile.syntax`.
  static func tokens(of text: String) throws(Diagnostic) -> [Located] {
    var lexer = TileLexer(bytes: Array(text.utf8))
    var tokens: [Located] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last!.token != .end
    return tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func next() throws(Diagnostic) -> Located {
    skipBlanks()
    let column = position - lineStart + 1
    guard let byte = peek() else { return Located(token: .end, line: line, column: column) }
    let token: Token
    if Self.isDigit(byte) || (byte == UInt8(ascii: "-") && peek(1).map(Self.isDigit) == true) {
      token = .number(number())
    } else if Self.isWord(byte) {
      token = .word(take(while: Self.isWord))
    } else if Self.marks.contains(byte) {
      position += 1
      token = .mark(Character(Unicode.Scalar(byte)))
    } else {
      let shown = byte < 128 ? String(Character(Unicode.Scalar(byte))) : "byte \(byte)"
      throw .tileSyntax("unexpected character \(shown)", line: line, column: column)
    }
    return Located(token: token, line: line, column: column)
  }

  /// A sign belongs to the number at its start and after the `e` of its exponent.
  private mutating func number() -> String {
    let start = position
    position += 1
    while let byte = peek() {
      let follows = bytes[position - 1]
      let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
      let isExponent = follows == UInt8(ascii: "e") || follows == UInt8(ascii: "E")
      guard Self.isWord(byte) || byte == UInt8(ascii: ".") || (isSign && isExponent) else { break }
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
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
        _ = take { $0 != UInt8(ascii: "\n") }
      } else {
        return
      }
    }
  }

  private func peek(_ ahead: Int = 0) -> UInt8? {
    position + ahead < bytes.count ? bytes[position + ahead] : nil
  }

  private mutating func take(while condition: (UInt8) -> Bool) -> String {
    let start = position
    while let byte = peek(), condition(byte) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static let marks = Array("(){}[],:=+-*<%".utf8)

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"):
      true
    default: isDigit(byte)
    }
  }
}
