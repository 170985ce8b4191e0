import CSmaltiZlib
import TensorCore

/// Writes TFRecord files, which appear whole or not at all.
public enum RecordWriter {
  public enum Packing: String, Sendable, CaseIterable { case none, zlib, gzip }

  /// Takes the records of one file, in order.
  public final class Sink {
    private let file: AtomicFile.Writer
    private let path: String
    private var stream = z_stream()
    private let packing: Packing
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    fileprivate init(
      _ file: AtomicFile.Writer, _ path: String, _ packing: Packing
    ) throws(Diagnostic) {
      self.file = file
      self.path = path
      self.packing = packing
      guard packing != .none else { return }
      let code = deflateInit2_(
        &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, packing == .gzip ? 15 + 16 : 15, 8,
        Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      guard code == Z_OK else { throw .fileMemory(path, 1 << 18) }
    }

    deinit { if packing != .none { deflateEnd(&stream) } }

    /// - Errors: `file.unwritable`.
    public func append(_ record: [UInt8]) throws(Diagnostic) {
      try pack(RecordWriter.framed(record), Z_NO_FLUSH)
    }

    fileprivate func finish() throws(Diagnostic) { try pack([], Z_FINISH) }

    private func pack(_ bytes: [UInt8], _ flush: Int32) throws(Diagnostic) {
      guard packing != .none else { return try file.append(bytes) }
      var place = 0
      while true {
        let (consumed, packed, code) = deflate(bytes, place, flush)
        place += consumed
        try file.append(packed)
        let isDone =
          flush == Z_FINISH
          ? code == Z_STREAM_END : place == bytes.count && packed.count < buffer.count
        if isDone { return }
      }
    }

    private func deflate(
      _ bytes: [UInt8], _ place: Int, _ flush: Int32
    ) -> (consumed: Int, packed: [UInt8], code: Int32) {
      bytes.withUnsafeBytes { source in
        buffer.withUnsafeMutableBytes { target in
          // zlib counts in 32 bits.
          let left = min(source.count - place, 1 << 30)
          stream.next_in = UnsafeMutablePointer(
            mutating: source.bindMemory(to: UInt8.self).baseAddress.map { $0 + place })
          stream.avail_in = UInt32(left)
          stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
          stream.avail_out = UInt32(target.count)
          let code = CSmaltiZlib.deflate(&stream, flush)
          let made = target.count - Int(stream.avail_out)
          let packed = [UInt8](UnsafeRawBufferPointer(rebasing: target[..<made]))
          return (left - Int(stream.avail_in), packed, code)
        }
      }
    }
  }

  /// A record as it lies in a file: its length and its bytes, each with its check behind it.
  static func framed(_ record: [UInt8]) -> [UInt8] {
    func little(_ value: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
    }
    return [little(UInt64(record.count)), record].flatMap { part in
      part + little(part.withUnsafeBytes(CRC32C.masked))
    }
  }

  /// Replaces the file at `path` by the records that `body` appends.
  ///
  /// - Errors: `file.unwritable`, `file.not-regular`, `file.memory`, and those of `body`.
  public static func write(
    to path: String, _ packing: Packing = .none, _ body: (Sink) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    try AtomicFile.write(to: path) { file throws(Diagnostic) in
      let sink = try Sink(file, path, packing)
      try body(sink)
      try sink.finish()
    }
  }
}
