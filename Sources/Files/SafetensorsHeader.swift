import TensorCore

// The JSON text at the head of a safetensors file, by a strict parser for exactly this grammar:
// a general one would accept repeated names and keep only the last.

/// What the header states, not yet compared with the data.
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var dtype: String
    var dimensions: [Int]
    /// Into the data, which begins after the header.
    var begin: Int
    var end: Int
  }

  /// In the order of the text.
  var entries: [Entry] = []
  var metadata: [(key: String, value: String)] = []

  /// - Errors: `safetensors.header`, `safetensors.utf8`, `safetensors.duplicate`.
  init(parsing text: UnsafeRawBufferPointer, of path: String) throws(Diagnostic) {
    guard String(validating: text, as: UTF8.self) != nil else { throw .safetensorsUTF8(path) }
    var parser = Parser(text, path: path)
    try parser.parse(into: &self)
  }

  static let metadataName = "__metadata__"
}

private struct Parser {
  var scanner: ByteScanner
  let path: String

  init(_ text: UnsafeRawBufferPointer, path: String) {
    scanner = ByteScanner(text) { message, position in
      .safetensorsHeader(path, message, at: position + 8)
    }
    self.path = path
  }

  mutating func parse(into header: inout SafetensorsHeader) throws(Diagnostic) {
    try object { (parser, name) throws(Diagnostic) in
      if name == SafetensorsHeader.metadataName {
        try parser.object { (parser, key) throws(Diagnostic) in
          header.metadata.append((key: key, value: try parser.string()))
        }
      } else {
        header.entries.append(try parser.entry(name))
      }
    }
    try scanner.requireEnd()
  }

  /// `{"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}`
  private mutating func entry(_ name: String) throws(Diagnostic) -> SafetensorsHeader.Entry {
    var dtype: String?
    var dimensions: [Int]?
    var offsets: [Int]?
    try object { (parser, field) throws(Diagnostic) in
      switch field {
      case "dtype": dtype = try parser.string()
      case "shape": dimensions = try parser.integers()
      case "data_offsets": offsets = try parser.integers()
      default: throw parser.scanner.fail("tensor \(name) has the unknown field \(field)")
      }
    }
    guard let dtype, let dimensions, let offsets, offsets.count == 2 else {
      throw scanner.fail("tensor \(name) needs dtype, shape and data_offsets with two numbers")
    }
    return SafetensorsHeader.Entry(
      name: name, dtype: dtype, dimensions: dimensions, begin: offsets[0], end: offsets[1])
  }

  /// Names that differ in bytes but are canonically equivalent Unicode count as repeated: Swift
  /// compares strings so, and nobody could tell them apart on a screen.
  private mutating func object(
    _ member: (inout Parser, String) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    try scanner.require(UInt8(ascii: "{"))
    if scanner.take(UInt8(ascii: "}")) { return }
    var seen: Set<String> = []
    repeat {
      let name = try string()
      guard seen.insert(name).inserted else { throw .safetensorsDuplicate(path, name) }
      try scanner.require(UInt8(ascii: ":"))
      try member(&self, name)
    } while scanner.take(UInt8(ascii: ","))
    try scanner.require(UInt8(ascii: "}"))
  }

  private mutating func integers() throws(Diagnostic) -> [Int] {
    try scanner.require(UInt8(ascii: "["))
    if scanner.take(UInt8(ascii: "]")) { return [] }
    var values: [Int] = []
    repeat { values.append(try scanner.integer()) } while scanner.take(UInt8(ascii: ","))
    try scanner.require(UInt8(ascii: "]"))
    return values
  }

  private mutating func string() throws(Diagnostic) -> String {
    try scanner.require(UInt8(ascii: "\""))
    var bytes: [UInt8] = []
    while let byte = scanner.next {
      switch byte {
      case UInt8(ascii: "\""):
        scanner.advance()
        return String(decoding: bytes, as: UTF8.self)
      case UInt8(ascii: "\\"):
        scanner.advance()
        bytes.append(contentsOf: Array(String(try escape()).utf8))
      case 0..<0x20:
        throw scanner.fail("a control character inside a string")
      default:
        bytes.append(byte)
        scanner.advance()
      }
    }
    throw scanner.fail("a string without end")
  }

  /// The character after a backslash.
  private mutating func escape() throws(Diagnostic) -> UnicodeScalar {
    guard let byte = scanner.next else { throw scanner.fail("a string without end") }
    let simple: [UInt8: UnicodeScalar] = [
      UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
      UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
      UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]
    if let scalar = simple[byte] {
      scanner.advance()
      return scalar
    }
    guard byte == UInt8(ascii: "u") else {
      throw scanner.fail("an unknown escape: \(scanner.found)")
    }
    scanner.advance()
    let unit = try hexadecimal()
    if let scalar = UnicodeScalar(unit) { return scalar }
    // The code point is split over two escapes, the high half first.
    guard unit < 0xDC00, scanner.next == UInt8(ascii: "\\") else {
      throw scanner.fail("half of a surrogate pair")
    }
    scanner.advance()
    guard scanner.next == UInt8(ascii: "u") else { throw scanner.fail("half of a surrogate pair") }
    scanner.advance()
    let low = try hexadecimal()
    guard (0xDC00...0xDFFF).contains(low),
      let scalar = UnicodeScalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw scanner.fail("half of a surrogate pair") }
    return scalar
  }

  private mutating func hexadecimal() throws(Diagnostic) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = scanner.next, let digit = Character(UnicodeScalar(byte)).hexDigitValue
      else { throw scanner.fail("\\u needs four hexadecimal digits, got \(scanner.found)") }
      value = value << 4 | UInt32(digit)
      scanner.advance()
    }
    return value
  }
}
