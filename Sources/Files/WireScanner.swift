/// Reads protobuf's wire format from left to right; nil wherever the bytes are none.
///
/// - Source: "Encoding", protobuf.dev.
struct WireScanner {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  private let end: Int

  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  enum Wire: UInt8 { case varint = 0, eightBytes = 1, lengthPrefixed = 2, fourBytes = 5 }

  var isAtEnd: Bool { position >= end }

  mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard position < end else { return nil }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }

  /// The number of the next field and how it is stored.
  mutating func field() -> (number: UInt64, wire: Wire)? {
    guard let key = varint(), let wire = Wire(rawValue: UInt8(key & 7)) else { return nil }
    return (key >> 3, wire)
  }

  /// Where a length-prefixed field lies.
  mutating func content() -> Range<Int>? {
    guard let length = varint(), length <= UInt64(end - position) else { return nil }
    let start = position
    position += Int(length)
    return start..<position
  }

  /// `count` bytes as they are.
  mutating func fixed(_ count: Int) -> Range<Int>? {
    guard count <= end - position else { return nil }
    position += count
    return position - count..<position
  }

  /// Steps over a field; false if it does not end within the bytes.
  mutating func skip(_ wire: Wire) -> Bool {
    switch wire {
    case .varint: varint() != nil
    case .eightBytes: fixed(8) != nil
    case .fourBytes: fixed(4) != nil
    case .lengthPrefixed: content() != nil
    }
  }

  /// The fields of a message that are length-prefixed and of one number, in order; others are stepped over.
  /// nil if the message is none.
  static func contents(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, of number: UInt64
  ) -> [Range<Int>]? {
    var scanner = WireScanner(bytes, range)
    var found: [Range<Int>] = []
    while !scanner.isAtEnd {
      guard let field = scanner.field() else { return nil }
      if field.number == number, field.wire == .lengthPrefixed {
        guard let content = scanner.content() else { return nil }
        found.append(content)
      } else {
        guard scanner.skip(field.wire) else { return nil }
      }
    }
    return found
  }
}
