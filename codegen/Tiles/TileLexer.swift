import TensorCore

/// Tile text as tokens with line and column.
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

  private var scanner: TextScanner

  /// - Errors: `tile.syntax`.
  static func tokens(of text: String) throws(Diagnostic) -> [Located] {
    var lexer = TileLexer(scanner: TextScanner(text))
    var tokens: [Located] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last!.token != .end
    return tokens
  }

  private init(scanner: TextScanner) { self.scanner = scanner }

  private mutating func next() throws(Diagnostic) -> Located {
    scanner.skipBlanks()
    let place = scanner.place
    func located(_ token: Token) -> Located {
      Located(token: token, line: place.line, column: place.column)
    }
    guard let byte = scanner.peek() else { return located(.end) }
    let isNegative = byte == UInt8(ascii: "-") && scanner.peek(1).map(TextScanner.isDigit) == true
    if TextScanner.isDigit(byte) || isNegative { return located(.number(number())) }
    if TextScanner.isWord(byte) {
      return located(.word(scanner.take(while: TextScanner.isWord)))
    }
    guard Self.marks.contains(byte) else {
      throw .tileSyntax(
        "unexpected character \(TextScanner.shown(byte))", line: place.line, column: place.column)
    }
    scanner.advance()
    return located(.mark(Character(Unicode.Scalar(byte))))
  }

  /// A sign belongs to the number at its start and after the `e` of its exponent.
  private mutating func number() -> String {
    let start = scanner.position
    var last = scanner.peek()
    scanner.advance()
    while let byte = scanner.peek() {
      let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
      let isExponent = last == UInt8(ascii: "e") || last == UInt8(ascii: "E")
      guard TextScanner.isWord(byte) || byte == UInt8(ascii: ".") || (isSign && isExponent) else {
        break
      }
      last = byte
      scanner.advance()
    }
    return scanner.text(from: start)
  }

  private static let marks = Array("(){}[],:=+-*<%".utf8)
}
