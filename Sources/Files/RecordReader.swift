import CSmaltiZlib
import TensorCore

/// The records of a TFRecord file, one after the other: plain, or packed by zlib or gzip, which is seen
/// from the file.
///
/// A record is its length in 8 bytes, their check, the bytes, their check, all little-endian; see
/// ``CRC32C`` for checks. Both are compared.
public final class RecordReader {
  public let path: String
  /// Records so far.
  public private(set) var count = 0
  private let stream: Inflation
  private let mostBytes: Int

  /// - Parameter mostBytes: a record that states more is refused before there is memory for it.
  /// - Errors: `file.unreadable`, `file.not-regular`, `tfrecord.format`.
  public init(_ path: String, mostBytes: Int = 1 << 30) throws(Diagnostic) {
    self.path = path
    self.mostBytes = mostBytes
    let contents = try FileContents(mapping: path)
    let packing = Self.packing(contents.bytes)
    guard let packing else { throw .tfrecordFormat(path) }
    stream = try Inflation(contents, isPacked: packing)
  }

  /// Whether the file is packed; nil if it is neither packed nor starts with a record.
  private static func packing(_ bytes: UnsafeRawBufferPointer) -> Bool? {
    if bytes.isEmpty { return false }
    if bytes.count >= 12 {
      let length = UnsafeRawBufferPointer(rebasing: bytes[..<8])
      let check = UInt32(
        littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
      if CRC32C.masked(length) == check { return false }
    }
    guard bytes.count >= 2 else { return nil }
    let isGzip = bytes[0] == 0x1F && bytes[1] == 0x8B
    // Deflate, and a header that 31 divides.
    let isZlib =
      bytes[0] & 0x0F == 8 && (Int(bytes[0]) << 8 | Int(bytes[1])).isMultiple(of: 31)
    return isGzip || isZlib ? true : nil
  }

  /// The next record's bytes, or nil after the last one.
  ///
  /// - Errors: `tfrecord.check`, `tfrecord.truncated`, `tfrecord.too-large`, `tfrecord.packed`,
  ///   `file.memory`.
  public func next() throws(Diagnostic) -> [UInt8]? {
    let head = try read(12)
    if head.isEmpty { return nil }
    guard head.count == 12 else { throw .tfrecordTruncated(path, count, "its length") }
    guard Self.isChecked(head, 8) else { throw .tfrecordCheck(path, count, "length") }
    let stated = head.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard stated <= UInt64(mostBytes) else {
      throw .tfrecordTooLarge(path, count, stated, limit: mostBytes)
    }
    // Not all at once: a length that lies must not take the memory that it states.
    var bytes: [UInt8] = []
    let whole = Int(stated) + 4
    while bytes.count < whole {
      let part = try read(min(whole - bytes.count, max(bytes.count, 1 << 22)))
      bytes = bytes.isEmpty ? part : bytes + part
      if part.isEmpty { throw .tfrecordTruncated(path, count, "its \(stated) bytes") }
    }
    guard Self.isChecked(bytes, Int(stated)) else { throw .tfrecordCheck(path, count, "content") }
    bytes.removeLast(4)
    count += 1
    return bytes
  }

  /// The next `most` bytes; fewer at the end of the file.
  private func read(_ most: Int) throws(Diagnostic) -> [UInt8] {
    var failure: Diagnostic?
    let bytes = [UInt8](unsafeUninitializedCapacity: most) { target, count in
      let target = UnsafeMutableRawBufferPointer(target)
      do throws(Diagnostic) {
        count = try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: target[..<most]))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Whether the 4 bytes after the first `count` are their check.
  private static func isChecked(_ bytes: [UInt8], _ count: Int) -> Bool {
    bytes.withUnsafeBytes { bytes in
      let stored = UInt32(
        littleEndian: bytes.loadUnaligned(fromByteOffset: count, as: UInt32.self))
      return CRC32C.masked(UnsafeRawBufferPointer(rebasing: bytes[..<count])) == stored
    }
  }
}
