/// Walks through text byte by byte and knows line and column: what the lexers of graph text and of
/// tile text have in common. Comments run from `//` to the end of the line.
package struct TextScanner {
  /// A place in a text, both numbers from 1; a column counts bytes of UTF-8.
  package struct Place: Hashable, Sendable {
    package var line: Int
    package var column: Int
  }

  private let bytes: [UInt8]
  /// The number of bytes before the next one.
  package private(set) var position = 0
  private var line = 1
  private var lineStart = 0

  package init(_ text: String) { bytes = Array(text.utf8) }

  /// Where the next byte stands.
  package var place: Place { Place(line: line, column: position - lineStart + 1) }

  package func peek(_ ahead: Int = 0) -> UInt8? {
    position + ahead < bytes.count ? bytes[position + ahead] : nil
  }

  /// Moves past a byte that is no end of a line.
  package mutating func advance() { position += 1 }

  /// The text of the bytes from a position to the next one.
  package func text(from start: Int) -> String {
    String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Moves past bytes for as long as `condition` holds; it must not hold for the end of a line.
  package mutating func take(while condition: (UInt8) -> Bool) -> String {
    let start = position
    while let byte = peek(), condition(byte) { position += 1 }
    return text(from: start)
  }

  /// Moves past blanks, ends of lines and comments.
  package mutating func skipBlanks() {
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
}

// MARK: - Bytes
extension TextScanner {
  /// A byte as a message shows it.
  package static func shown(_ byte: UInt8) -> String {
    byte < 128 ? String(Character(Unicode.Scalar(byte))) : "byte \(byte)"
  }

  package static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// Whether it is an ASCII letter, a digit or `_`.
  package static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"):
      true
    default: isDigit(byte)
    }
  }
}
