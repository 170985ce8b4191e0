import CSmaltiZlib
import TensorCore

/// Bytes of a file, unpacked on the way if zlib or gzip packed them.
///
/// A class, because zlib's state has an address.
final class Inflation {
  private let contents: FileContents
  private var stream = z_stream()
  private let isPacked: Bool
  /// Bytes of the file that were read, if nothing is packed.
  private var position = 0
  private var isAtEnd = false

  /// - Errors: `file.memory`.
  init(_ contents: FileContents, isPacked: Bool) throws(Diagnostic) {
    self.contents = contents
    self.isPacked = isPacked
    guard isPacked else { return }
    // 15 bits of window, and 32: the header says whether it is zlib's or gzip's.
    let code = inflateInit2_(
      &stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw .fileMemory(contents.path, 1 << 16) }
    stream.next_in = UnsafeMutablePointer(
      mutating: contents.bytes.bindMemory(to: UInt8.self).baseAddress)
    isAtEnd = contents.bytes.isEmpty
  }

  deinit { if isPacked { inflateEnd(&stream) } }

  /// Fills `target` as far as there are bytes; how many there were.
  ///
  /// - Errors: `tfrecord.packed` where the packed bytes are damaged or end too early.
  func read(into target: UnsafeMutableRawBufferPointer) throws(Diagnostic) -> Int {
    guard isPacked else {
      let count = min(target.count, contents.bytes.count - position)
      target.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: contents.bytes[position..<position + count]))
      position += count
      return count
    }
    var count = 0
    while count < target.count, !isAtEnd { count += try inflate(target, from: count) }
    return count
  }

  private func inflate(
    _ target: UnsafeMutableRawBufferPointer, from start: Int
  ) throws(Diagnostic) -> Int {
    // zlib counts in 32 bits.
    let consumed = contents.bytes.count - rest
    stream.avail_in = UInt32(min(rest, 1 << 30))
    let room = min(target.count - start, 1 << 30)
    stream.next_out = target.bindMemory(to: UInt8.self).baseAddress! + start
    stream.avail_out = UInt32(room)
    let code = CSmaltiZlib.inflate(&stream, Z_NO_FLUSH)
    switch code {
    case Z_OK: break
    case Z_STREAM_END:
      // gzip files may be joined; the next one starts right after.
      isAtEnd = rest == 0 || inflateReset(&stream) != Z_OK
    case Z_MEM_ERROR: throw .fileMemory(contents.path, 1 << 16)
    default:
      let reason = stream.msg.map { String(cString: $0) }
      throw .tfrecordPacked(
        contents.path, rest == 0 ? "they end too early" : reason ?? "code \(code)", at: consumed)
    }
    return room - Int(stream.avail_out)
  }

  /// Packed bytes that are left.
  private var rest: Int {
    guard let next = stream.next_in, let start = contents.bytes.baseAddress else { return 0 }
    return contents.bytes.count - (UnsafeRawPointer(next) - start)
  }
}
