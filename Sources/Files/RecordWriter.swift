import TensorCore

/// Writes TFRecord files, which appear whole or not at all.
///
/// Each record is packed by itself, so that any number of threads can pack and the bytes stay the
/// same; the file is one stream of zlib or gzip all the same.
public enum RecordWriter {
  public enum Packing: String, Sendable, CaseIterable { case none, zlib, gzip }

  /// Takes the records of one file, in order.
  public final class Sink {
    private let file: AtomicFile.Writer
    private let packing: Packing
    /// Of all that was appended, as zlib or gzip check it.
    private var check: UInt
    private var byteCount = 0

    fileprivate init(_ file: AtomicFile.Writer, _ packing: Packing) throws(Diagnostic) {
      self.file = file
      self.packing = packing
      check = packing.check([])
      try file.append(packing.header)
    }

    /// - Errors: `file.unwritable`, `file.memory`.
    public func append(_ record: [UInt8]) throws(Diagnostic) {
      try append(PackedRecord(record, packing))
    }

    /// - Precondition: packed as the file is.
    /// - Errors: `file.unwritable`.
    public func append(_ record: PackedRecord) throws(Diagnostic) {
      precondition(record.packing == packing, "internal: \(record.packing) in \(packing)")
      try file.append(record.bytes)
      check = packing.combined(check, record)
      byteCount += record.byteCount
    }

    fileprivate func finish() throws(Diagnostic) {
      try file.append(packing.ending(check: UInt32(check), byteCount: byteCount))
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
      let sink = try Sink(file, packing)
      try body(sink)
      try sink.finish()
    }
  }
}
