import TensorCore

/// What an ELF object defines for others and what it needs from them.
///
/// Read here and not asked of LLVM, for two reasons: the linker in memory would silently resolve a
/// needed symbol against anything in the process, and bytes out of a cache may be damaged, so every
/// offset is checked.
///
/// - Source: System V ABI, chapter 4 (ELF-64 object format, little-endian).
struct ObjectSymbols: Equatable {
  /// `e_machine`: 62 is x86-64, 183 is AArch64.
  var machine: UInt16
  /// Functions and data that others may see, in the order of the symbol table.
  var defined: [String] = []
  /// Names that another object or the caller must define.
  var needed: [String] = []

  /// - Errors: `llvm.not-an-object`.
  init(_ object: [UInt8]) throws(Diagnostic) {
    let bytes = ELFBytes(bytes: object)
    guard object.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
      throw .notAnObject("the first bytes are not those of 64-bit little-endian ELF")
    }
    machine = try bytes.integer(at: 18, UInt16.self)
    let table = try bytes.integer(at: 40, UInt64.self)
    let entryByteCount = UInt64(try bytes.integer(at: 58, UInt16.self))
    let sectionCount = UInt64(try bytes.integer(at: 60, UInt16.self))
    guard entryByteCount == 64 else {
      throw .notAnObject("its section headers have \(entryByteCount) bytes instead of 64")
    }
    for number in 0..<sectionCount {
      let header = try Section(bytes, at: bytes.sum(table, number * entryByteCount))
      guard header.kind == Section.symbolTable else { continue }
      guard UInt64(header.link) < sectionCount else {
        throw .notAnObject("symbols name section \(header.link) of \(sectionCount)")
      }
      let names = try Section(bytes, at: bytes.sum(table, UInt64(header.link) * entryByteCount))
      try read(bytes, symbols: header, names: names)
    }
  }

  private mutating func read(
    _ bytes: ELFBytes, symbols: Section, names: Section
  ) throws(Diagnostic) {
    let symbolByteCount: UInt64 = 24
    try bytes.require(symbols.offset, symbols.byteCount)
    for start in stride(from: 0, to: symbols.byteCount, by: Int(symbolByteCount)) {
      let symbol = symbols.offset + start
      let name = try bytes.integer(at: symbol, UInt32.self)
      let info = try bytes.integer(at: symbol + 4, UInt8.self)
      let section = try bytes.integer(at: symbol + 6, UInt16.self)
      // Local symbols (files, sections, labels) concern nobody else.
      guard info >> 4 != 0, name != 0 else { continue }
      let text = try bytes.string(at: bytes.sum(names.offset, UInt64(name)))
      if section == 0 { needed.append(text) } else { defined.append(text) }
    }
  }

  /// `e_machine` of the objects that this process can run.
  static var hostMachine: UInt16 {
    #if arch(arm64)
      183
    #else
      62
    #endif
  }
}

/// A section header, as far as it matters here.
private struct Section {
  static let symbolTable: UInt32 = 2

  var kind: UInt32
  var offset: UInt64
  var byteCount: UInt64
  /// For a symbol table, the number of the section with its names.
  var link: UInt32

  init(_ bytes: ELFBytes, at start: UInt64) throws(Diagnostic) {
    try bytes.require(start, 64)
    kind = try bytes.integer(at: start + 4, UInt32.self)
    offset = try bytes.integer(at: start + 24, UInt64.self)
    byteCount = try bytes.integer(at: start + 32, UInt64.self)
    link = try bytes.integer(at: start + 40, UInt32.self)
  }
}

/// Bytes that are never read beyond their end.
private struct ELFBytes {
  var bytes: [UInt8]

  func require(_ start: UInt64, _ count: UInt64) throws(Diagnostic) {
    guard try sum(start, count) <= UInt64(bytes.count) else {
      throw .notAnObject("it points to byte \(start) + \(count), and has \(bytes.count)")
    }
  }

  func sum(_ a: UInt64, _ b: UInt64) throws(Diagnostic) -> UInt64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    guard !overflow else { throw .notAnObject("the offset \(a) + \(b) is too large") }
    return sum
  }

  func integer<T: FixedWidthInteger>(at start: UInt64, _: T.Type) throws(Diagnostic) -> T {
    try require(start, UInt64(MemoryLayout<T>.size))
    var value: T = 0
    for index in (0..<MemoryLayout<T>.size).reversed() {
      value = value << 8 | T(truncatingIfNeeded: bytes[Int(start) + index])
    }
    return value
  }

  func string(at start: UInt64) throws(Diagnostic) -> String {
    try require(start, 1)
    guard let end = bytes[Int(start)...].firstIndex(of: 0) else {
      throw .notAnObject("a name at byte \(start) has no end")
    }
    return String(decoding: bytes[Int(start)..<end], as: UTF8.self)
  }
}
