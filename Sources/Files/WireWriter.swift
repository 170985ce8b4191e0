/// Writes protobuf's wire format; what it writes, ``WireScanner`` reads.
///
/// Plain fields that are zero are left out, as every reader assumes of version 3. Fields in the
/// order of their numbers give the bytes that Google's library gives.
///
/// - Source: "Encoding", protobuf.dev.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  init(_ body: (inout WireWriter) -> Void = { _ in }) { body(&self) }

  mutating func integer(_ number: UInt64, _ value: Int) {
    guard value != 0 else { return }
    key(number, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// Minus zero is not zero.
  mutating func double(_ number: UInt64, _ value: Double) {
    guard value.bitPattern != 0 else { return }
    key(number, .eightBytes)
    little(value.bitPattern)
  }

  /// A list of plain numbers, packed.
  mutating func doubles(_ number: UInt64, _ values: [Double]) {
    guard !values.isEmpty else { return }
    key(number, .lengthPrefixed)
    varint(UInt64(values.count * 8))
    for value in values { little(value.bitPattern) }
  }

  mutating func floats(_ number: UInt64, _ values: [Float]) {
    guard !values.isEmpty else { return }
    key(number, .lengthPrefixed)
    varint(UInt64(values.count * 4))
    for value in values { little(value.bitPattern) }
  }

  mutating func text(_ number: UInt64, _ text: String) {
    guard !text.isEmpty else { return }
    content(number, Array(text.utf8))
  }

  /// Bytes or a message, also empty ones: a field that is one of several says which by being there.
  mutating func content(_ number: UInt64, _ content: some Collection<UInt8>) {
    key(number, .lengthPrefixed)
    varint(UInt64(content.count))
    bytes += content
  }

  /// A message of its own fields.
  mutating func message(_ number: UInt64, _ body: (inout WireWriter) -> Void) {
    content(number, WireWriter(body).bytes)
  }

  /// A plain field that is one of several: written even if it is zero.
  mutating func chosenFloat(_ number: UInt64, _ value: Float) {
    key(number, .fourBytes)
    little(value.bitPattern)
  }

  private mutating func key(_ number: UInt64, _ wire: WireScanner.Wire) {
    varint(number << 3 | UInt64(wire.rawValue))
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func little(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
