import TensorCore

/// NumPy's file of one array: read by mapping, written byte for byte as `numpy.save` writes it.
public enum NPYFile {
  /// The array in the file at `path`, without a copy.
  ///
  /// - Errors: `file.unreadable`, `file.not-regular`, and every `npy.` code.
  public static func read(_ path: String) throws(Diagnostic) -> TensorBytes {
    try decode(FileContents(mapping: path))
  }

  /// Writes a file that holds `tensor`, or leaves what was there.
  ///
  /// - Errors: `npy.no-bf16`, `file.unwritable`, `file.not-regular`.
  public static func write(_ tensor: TensorBytes, to path: String) throws(Diagnostic) {
    let header = try header(of: tensor.type, path: path)
    try AtomicFile.write(to: path) { (writer) throws(Diagnostic) in
      try writer.append(header)
      try tensor.withUnsafeBytes { (bytes) throws(Diagnostic) in try writer.append(bytes) }
    }
  }

  package static func decode(_ contents: FileContents) throws(Diagnostic) -> TensorBytes {
    let header = try NPYHeader(parsing: contents.bytes, of: contents.path)
    guard contents.bytes.count - header.byteCount == header.type.byteCount else {
      throw .npySize(
        contents.path, header.type, expected: header.type.byteCount,
        got: contents.bytes.count - header.byteCount)
    }
    return TensorBytes(header.type, in: contents, at: header.byteCount..<contents.bytes.count)
  }

  /// The first bytes of the file, as NumPy lays them out: spaces and a line feed fill 128 bytes.
  ///
  /// NumPy leaves room for the first length to grow to 21 digits and fills to a multiple of 64.
  /// That is 128 for every `Shape`: the text before filling has 66 to 121 bytes.
  ///
  /// - Errors: `npy.no-bf16`.
  static func header(of type: TensorType, path: String) throws(Diagnostic) -> [UInt8] {
    guard let code = type.element.npyCode else { throw .npyNoBF16(path, type) }
    let order = type.element.byteCount == 1 ? "|" : "<"
    let lengths = type.shape.dimensions.map(String.init)
    let tuple = "(" + lengths.joined(separator: ", ") + (lengths.count == 1 ? ",)" : ")")
    var text =
      "{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': \(tuple), }"
    text += String(repeating: " ", count: 128 - 10 - text.utf8.count - 1) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndianBytes(UInt16(text.utf8.count))
      + Array(text.utf8)
  }
}
