import CSmaltiZlib
import TensorCore

/// A record as it lies in a TFRecord file, with its length and checks, packed by itself.
public struct PackedRecord: Sendable {
  /// Blocks of deflate that end on a byte, none of them the last; plain without packing.
  let bytes: [UInt8]
  let packing: RecordWriter.Packing
  /// Of the bytes before packing, as zlib or gzip check them.
  fileprivate let check: UInt
  /// Before packing.
  let byteCount: Int

  /// - Errors: `file.memory`.
  public init(_ record: [UInt8], _ packing: RecordWriter.Packing) throws(Diagnostic) {
    let framed = RecordWriter.framed(record)
    self.packing = packing
    byteCount = framed.count
    check = packing.check(framed)
    bytes = packing == .none ? framed : try Self.deflated(framed)
  }

  private static func deflated(_ source: [UInt8]) throws(Diagnostic) -> [UInt8] {
    var stream = z_stream()
    // Without zlib's header and ending, which the file has once.
    let code = deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw .fileMemory("a packed record", 1 << 18) }
    defer { deflateEnd(&stream) }
    // A flush adds an empty block to what `deflateBound` counts.
    let most = Int(deflateBound(&stream, UInt(source.count))) + 16
    let packed = [UInt8](unsafeUninitializedCapacity: most) { target, count in
      source.withUnsafeBufferPointer { source in
        var place = 0
        repeat {
          // zlib counts in 32 bits.
          let part = min(source.count - place, 1 << 30)
          let room = min(most - count, 1 << 31)
          stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + place })
          stream.avail_in = UInt32(part)
          stream.next_out = target.baseAddress.map { $0 + count }
          stream.avail_out = UInt32(room)
          let isLast = place + part == source.count
          let code = deflate(&stream, isLast ? Z_SYNC_FLUSH : Z_NO_FLUSH)
          precondition(code == Z_OK, "internal: deflate ended with \(code)")
          place += part - Int(stream.avail_in)
          count += room - Int(stream.avail_out)
        } while place < source.count
        precondition(count < most, "internal: \(source.count) bytes deflate to \(most)")
      }
    }
    // Many records wait for their file: a copy lets go of what the bound had too much.
    return packed.withUnsafeBytes { [UInt8]($0) }
  }
}

// MARK: - The stream around the records

extension RecordWriter.Packing {
  /// - Source: RFC 1950, section 2.2; RFC 1952, section 2.3: no name, no time, made on Unix.
  var header: [UInt8] {
    switch self {
    case .none: []
    case .zlib: [0x78, 0x9C]
    case .gzip: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    }
  }

  /// An empty last block, then the check, for gzip also the length.
  func ending(check: UInt32, byteCount: Int) -> [UInt8] {
    func bytes(_ value: UInt32) -> [UInt8] {
      withUnsafeBytes(of: value) { [UInt8]($0) }
    }
    return switch self {
    case .none: []
    case .zlib: [3, 0] + bytes(check.bigEndian)
    case .gzip:
      [3, 0] + bytes(check.littleEndian)
        + bytes(UInt32(truncatingIfNeeded: byteCount).littleEndian)
    }
  }

  /// Adler-32 for zlib, CRC-32 for gzip.
  func check(_ bytes: [UInt8]) -> UInt {
    switch self {
    case .none: 0
    case .zlib: bytes.withUnsafeBufferPointer { adler32_z(1, $0.baseAddress, $0.count) }
    case .gzip: bytes.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
    }
  }

  /// The check of all before and the record.
  func combined(_ before: UInt, _ record: PackedRecord) -> UInt {
    switch self {
    case .none: 0
    case .zlib: adler32_combine(before, record.check, record.byteCount)
    case .gzip: crc32_combine(before, record.check, record.byteCount)
    }
  }
}
