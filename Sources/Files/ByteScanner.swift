import TensorCore

/// Reads the text of a header from left to right; every failure says at which byte of the file.
struct ByteScanner {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0
  /// Builds the diagnostic of the format, from what is wrong and the position in `bytes`.
  let failure: (String, Int) -> Diagnostic

  init(_ bytes: UnsafeRawBufferPointer, failure: @escaping (String, Int) -> Diagnostic) {
    self.bytes = bytes
    self.failure = failure
  }

  /// The next byte, or nil at the end.
  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  func fail(_ message: String) -> Diagnostic { failure(message, position) }

  mutating func advance() { position += 1 }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      position += 1
    }
  }

  /// Steps over `byte` after any space; false, and no step, when another follows.
  mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard next == byte else { return false }
    position += 1
    return true
  }

  mutating func require(_ byte: UInt8) throws(Diagnostic) {
    guard take(byte) else {
      throw fail("expected \(Self.name(of: byte)), got \(found)")
    }
  }

  /// Steps over `word` after any space; false, and no step, when something else follows.
  mutating func take(word: StaticString) -> Bool {
    skipSpace()
    let count = word.utf8CodeUnitCount
    guard bytes.count - position >= count else { return false }
    for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
    position += count
    return true
  }

  /// Nothing but space may follow.
  mutating func requireEnd() throws(Diagnostic) {
    skipSpace()
    guard next == nil else { throw fail("expected the end of the header, got \(found)") }
  }

  /// A whole number of at least 0, without sign, fraction or leading zeros.
  mutating func integer() throws(Diagnostic) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (shifted, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowsToo) = shifted.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !overflows, !overflowsToo else {
        throw failure("a number beyond 2^63", start)
      }
      value = sum
      position += 1
    }
    guard position > start else {
      throw fail("expected a whole number of at least 0, got \(found)")
    }
    guard position == start + 1 || bytes[start] != UInt8(ascii: "0") else {
      throw failure("a number with leading zeros", start)
    }
    return value
  }

  /// What stands at the position, for a message.
  var found: String { next.map(Self.name(of:)) ?? "the end" }

  private static func name(of byte: UInt8) -> String {
    (0x21...0x7E).contains(byte)
      ? "\"\(Character(UnicodeScalar(byte)))\"" : "byte 0x\(String(byte, radix: 16))"
  }
}
