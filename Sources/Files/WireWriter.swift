/// Writes protobuf's wire format: fields one after the other.
///
/// - Source: "Encoding", protobuf.dev.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func key(_ number: UInt64, _ wire: WireScanner.Wire) {
    varint(number << 3 | UInt64(wire.rawValue))
  }

  mutating func field(_ number: UInt64, _ value: UInt64) {
    key(number, .varint)
    varint(value)
  }

  mutating func field(_ number: UInt64, _ content: some Collection<UInt8>) {
    key(number, .lengthPrefixed)
    varint(UInt64(content.count))
    bytes += content
  }

  mutating func field(_ number: UInt64, _ text: String) { field(number, text.utf8) }

  mutating func field(_ number: UInt64, _ value: Float) {
    key(number, .fourBytes)
    bytes += littleEndianBytes(value.bitPattern)
  }

  mutating func field(_ number: UInt64, _ value: Double) {
    key(number, .eightBytes)
    bytes += littleEndianBytes(value.bitPattern)
  }

  /// A message of its own fields.
  mutating func field(_ number: UInt64, _ body: (inout WireWriter) -> Void) {
    var inner = WireWriter()
    body(&inner)
    field(number, inner.bytes)
  }

  /// Numbers side by side in one field.
  mutating func packed(_ number: UInt64, _ values: [Float]) {
    field(number, values.flatMap { littleEndianBytes($0.bitPattern) })
  }

  mutating func packed(_ number: UInt64, _ values: [Double]) {
    field(number, values.flatMap { littleEndianBytes($0.bitPattern) })
  }
}
