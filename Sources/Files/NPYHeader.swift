import TensorCore

/// What stands before the data of an npy file: magic, version, length, and a Python dictionary such
/// as `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
///
/// The dictionary is read by a strict parser for exactly these three entries; nothing is evaluated.
///
/// - Source: `numpy/lib/_format_impl.py`, which defines versions 1.0 to 3.0.
struct NPYHeader {
  let type: TensorType
  /// Where the data begins.
  let byteCount: Int

  /// Before the dictionary stand at most 12 bytes.
  static let maximumByteCount = 12 + maximumTextByteCount
  /// A dictionary takes about 80 bytes, and the first version could not state more than this.
  static let maximumTextByteCount = 1 << 16

  /// From the first bytes of a file: all of them, or at least `maximumByteCount`.
  ///
  /// - Errors: every `npy.` code but `npy.size`.
  init(parsing bytes: UnsafeRawBufferPointer, of path: String) throws(Diagnostic) {
    let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    guard bytes.count >= 10, bytes.prefix(6).elementsEqual(magic) else {
      throw .npyMagic(path, Array(bytes.prefix(6)))
    }
    let version = Int(bytes[6])
    guard (1...3).contains(version), bytes[7] == 0 else {
      throw .npyVersion(path, "\(bytes[6]).\(bytes[7])")
    }
    let start = version == 1 ? 10 : 12
    guard bytes.count >= start else {
      throw .npyHeaderLength(path, stated: 0, available: bytes.count - start)
    }
    var stated = 0
    for index in (8..<start).reversed() { stated = stated << 8 | Int(bytes[index]) }
    guard stated <= Self.maximumTextByteCount, stated <= bytes.count - start else {
      throw .npyHeaderLength(path, stated: stated, available: bytes.count - start)
    }
    byteCount = start + stated
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<byteCount])
    var fields = Fields()
    var scanner = ByteScanner(text) { message, position in
      .npyHeader(path, message, at: start + position)
    }
    try fields.parse(&scanner, path: path)
    type = try fields.type(path: path)
  }
}

/// The three entries of the dictionary.
private struct Fields {
  var descr: String?
  var isFortranOrder: Bool?
  var dimensions: [Int]?

  mutating func parse(_ scanner: inout ByteScanner, path: String) throws(Diagnostic) {
    try scanner.require(UInt8(ascii: "{"))
    while !scanner.take(UInt8(ascii: "}")) {
      let key = try Self.string(&scanner)
      try scanner.require(UInt8(ascii: ":"))
      switch key {
      case "descr" where descr == nil: descr = try Self.descr(&scanner, path: path)
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try Self.bool(&scanner)
      case "shape" where dimensions == nil: dimensions = try Self.tuple(&scanner)
      default: throw scanner.fail("the key \(key) is unknown or repeated")
      }
      if scanner.take(UInt8(ascii: ",")) { continue }
      try scanner.require(UInt8(ascii: "}"))
      break
    }
    try scanner.requireEnd()
    guard descr != nil, isFortranOrder != nil, dimensions != nil else {
      throw scanner.fail("the keys descr, fortran_order and shape are needed")
    }
  }

  func type(path: String) throws(Diagnostic) -> TensorType {
    guard let descr, let isFortranOrder, let dimensions else {
      preconditionFailure("internal: fields before parse")
    }
    let element = try Self.element(descr, path: path)
    let shape: Shape
    do {
      shape = try Shape(checking: dimensions)
    } catch {
      throw .npyShape(path, error)
    }
    // With fewer than two dimensions both orders are the same.
    guard !isFortranOrder || shape.rank < 2 else {
      throw .npyFortranOrder(path, TensorType(element, shape))
    }
    return TensorType(element, shape)
  }

  /// `<f4`: byte order, kind, bytes.
  private static func element(_ descr: String, path: String) throws(Diagnostic) -> ElementType {
    let code = descr.dropFirst()
    guard
      let element = ElementType.allCases.first(where: { $0.npyCode.map { $0 == code } ?? false })
    else { throw .npyDtype(path, descr) }
    switch descr.first {
    case "<": return element
    case "|" where element.byteCount == 1: return element
    case ">" where element.byteCount == 1: return element
    case ">": throw .npyByteOrder(path, descr)
    default: throw .npyDtype(path, descr)
    }
  }

  // MARK: Python literals

  /// A type string; a list would describe the fields of a record.
  private static func descr(
    _ scanner: inout ByteScanner, path: String
  ) throws(Diagnostic) -> String {
    scanner.skipSpace()
    if scanner.next == UInt8(ascii: "[") { throw .npyDtype(path, "a list of fields") }
    return try string(&scanner)
  }

  private static func string(_ scanner: inout ByteScanner) throws(Diagnostic) -> String {
    scanner.skipSpace()
    guard let quote = scanner.next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw scanner.fail("expected a string, got \(scanner.found)")
    }
    scanner.advance()
    var text = ""
    while let byte = scanner.next, byte != quote {
      guard (0x20...0x7E).contains(byte), byte != UInt8(ascii: "\\") else {
        throw scanner.fail("unexpected \(scanner.found) inside a string")
      }
      text.unicodeScalars.append(UnicodeScalar(byte))
      scanner.advance()
    }
    guard scanner.next == quote else { throw scanner.fail("a string without end") }
    scanner.advance()
    return text
  }

  private static func bool(_ scanner: inout ByteScanner) throws(Diagnostic) -> Bool {
    if scanner.take(word: "True") { return true }
    if scanner.take(word: "False") { return false }
    throw scanner.fail("expected True or False, got \(scanner.found)")
  }

  /// `()`, `(2,)`, `(2, 3)`; a number in parentheses without a comma is no tuple.
  private static func tuple(_ scanner: inout ByteScanner) throws(Diagnostic) -> [Int] {
    try scanner.require(UInt8(ascii: "("))
    var values: [Int] = []
    while !scanner.take(UInt8(ascii: ")")) {
      values.append(try scanner.integer())
      if scanner.take(UInt8(ascii: ",")) { continue }
      guard values.count > 1 else { throw scanner.fail("expected \",\", got \(scanner.found)") }
      try scanner.require(UInt8(ascii: ")"))
      break
    }
    return values
  }
}

// MARK: - Names of types
extension ElementType {
  /// Kind and bytes as NumPy writes them; NumPy itself has no bf16.
  var npyCode: String? {
    switch self {
    case .bf16: nil
    case .bool: "b1"
    case .f64, .f32, .f16: "f\(byteCount)"
    case .i8, .i16, .i32, .i64: "i\(byteCount)"
    case .u8, .u16, .u32, .u64: "u\(byteCount)"
    }
  }
}
