/// The bytes of one cached object, with everything needed to doubt them.
///
///     0   magic             "smaltiob"
///     8   version           u64 = 1
///     16  key byte count    u64
///     24  object byte count u64
///     32  key, object
///     …   checksum          u64, FNV-1a 64 of all bytes before it
///
/// Integers are little-endian. The whole key is kept and compared, so two keys of one hash are a
/// miss and never an exchange of objects.
enum CacheEntry {
  static let magic: [UInt8] = Array("smaltiob".utf8)
  static let version: UInt64 = 1
  static let headerByteCount = 32
  static let checksumByteCount = 8

  /// What an entry says to someone who asks for a key.
  enum Answer: Equatable {
    case object([UInt8])
    /// A sound entry of another key with the same hash.
    case otherKey
    /// A sentence part: what is wrong.
    case damaged(String)
  }

  static func encode(key: [UInt8], object: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount(key: key, object: object))
    bytes += magic
    bytes += littleEndian(version)
    bytes += littleEndian(UInt64(key.count))
    bytes += littleEndian(UInt64(object.count))
    bytes += key
    bytes += object
    bytes += littleEndian(FNV.hash64(bytes))
    return bytes
  }

  static func byteCount(key: [UInt8], object: [UInt8]) -> Int {
    headerByteCount + key.count + object.count + checksumByteCount
  }

  /// Believes nothing: lengths before they index, the checksum before the key.
  static func decode(_ bytes: [UInt8], key: [UInt8]) -> Answer {
    guard bytes.count >= headerByteCount + checksumByteCount else {
      return .damaged(
        "it has \(bytes.count) bytes, and the least is \(headerByteCount + checksumByteCount)")
    }
    guard bytes.starts(with: magic) else { return .damaged("its magic is unknown") }
    guard integer(in: bytes, at: 8) == version else {
      return .damaged("its version is \(integer(in: bytes, at: 8)), and \(version) is needed")
    }
    let counts = (key: integer(in: bytes, at: 16), object: integer(in: bytes, at: 24))
    let payload = UInt64(bytes.count - headerByteCount - checksumByteCount)
    let (stated, overflows) = counts.key.addingReportingOverflow(counts.object)
    guard !overflows, stated == payload else {
      return .damaged(
        "it states \(counts.key) bytes of key and \(counts.object) of object, and has "
          + "\(payload) in all")
    }
    let end = bytes.count - checksumByteCount
    guard FNV.hash64(bytes[..<end]) == integer(in: bytes, at: end) else {
      return .damaged("its checksum is wrong")
    }
    let middle = headerByteCount + Int(counts.key)
    guard bytes[headerByteCount..<middle].elementsEqual(key) else { return .otherKey }
    return .object(Array(bytes[middle..<end]))
  }

  private static func littleEndian(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value &>> (8 * $0)) }
  }

  /// The integer at `offset`, of which 8 bytes must follow.
  private static func integer(in bytes: [UInt8], at offset: Int) -> UInt64 {
    bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
