import TensorCore
import TensorFiles
import Testing

@Suite("npy")
struct NPYTests {
  static let numpyTypes = ElementType.allCases.filter { $0 != .bf16 }

  @Test("reads what NumPy wrote, and writes the same bytes", arguments: numpyTypes)
  func agreesWithNumPy(_ element: ElementType) throws {
    let path = try fixture("\(element).npy")
    let tensor = try NPYFile.read(path)
    #expect(tensor.tensor == counted(element, [2, 3]))
    try expectWriting(tensor, gives: path)
  }

  @Test(
    "reads and writes every rank as NumPy does",
    arguments: [
      ("scalar", HostTensor(TensorType(.i32, []), integers: [7])),
      ("vector", counted(.f32, [3])), ("empty", counted(.f32, [0, 4])),
      ("rank8", counted(.u8, [1, 2, 1, 2, 1, 2, 1, 1])),
    ])
  func agreesOnRanks(_ name: String, _ expected: HostTensor) throws {
    let path = try fixture("\(name).npy")
    let tensor = try NPYFile.read(path)
    #expect(tensor.tensor == expected)
    try expectWriting(tensor, gives: path)
  }

  func expectWriting(_ tensor: TensorBytes, gives path: String) throws {
    try withFolder { folder in
      try NPYFile.write(tensor, to: "\(folder)/x.npy")
      #expect(try fileBytes("\(folder)/x.npy") == fileBytes(path))
      try expectFiles(["x.npy"], in: folder)
    }
  }

  @Test("reads versions 2 and 3", arguments: [2, 3])
  func readsVersions(_ version: Int) throws {
    let tensor = try NPYFile.read(fixture("version\(version).npy"))
    #expect(tensor.tensor == counted(.f32, [2, 3]))
  }

  @Test("keeps every bit of every element type", arguments: numpyTypes)
  func roundTrips(_ element: ElementType) throws {
    try withFolder { folder in
      try NPYFile.write(TensorBytes(edges(element)), to: "\(folder)/x.npy")
      #expect(try NPYFile.read("\(folder)/x.npy").tensor == edges(element))
    }
  }

  @Test("writes the longest header there is, which NumPy's layout fits too")
  func writesLongestHeader() throws {
    let type = TensorType(.u16, [0, 10, 100, 100, 100, 100, 100, 100])
    try withFolder { folder in
      try NPYFile.write(TensorBytes(type, bytes: []), to: "\(folder)/x.npy")
      #expect(try fileBytes("\(folder)/x.npy").count == 128)
      #expect(try NPYFile.read("\(folder)/x.npy").type == type)
    }
  }

  @Test("refuses to write bf16, leaving nothing")
  func refusesBF16() throws {
    try withFolder { folder in
      expectRefusal("npy.no-bf16", ["\(folder)/x.npy", "bf16[2, 3]", "cast(to: .f32)"]) {
        try NPYFile.write(TensorBytes(counted(.bf16, [2, 3])), to: "\(folder)/x.npy")
      }
      try expectFiles([], in: folder)
    }
  }

  @Test(
    "refuses arrays that have no element type or order of ours",
    arguments: [
      ("fortran", "npy.fortran-order", "f32[2, 3] is in Fortran order", "numpy.ascontiguousarray"),
      ("big-endian", "npy.byte-order", "big-endian (>f4)", "newbyteorder('<')"),
      ("bf16", "npy.dtype", "has the type <V2", "NumPy stores bf16 as raw bytes"),
      ("complex", "npy.dtype", "has the type <c8", "numpy.float32"),
      ("record", "npy.dtype", "a list of fields", "numpy.float32"),
      ("object", "npy.dtype", "has the type |O", "pickles, which are never run"),
    ])
  func refusesForeignArrays(_ name: String, _ code: String, _ part: String, _ remedy: String) throws
  {
    let path = try fixture("\(name).npy")
    expectRefusal(Diagnostic.Code(rawValue: code), [path, part, remedy]) {
      _ = try NPYFile.read(path)
    }
  }
}

// MARK: - Hostile headers
extension NPYTests {
  /// A file of version 1 with this dictionary.
  static func file(_ text: String, dataByteCount: Int = 0) -> [UInt8] {
    magic + [1, 0] + little(UInt16(text.utf8.count)) + Array(text.utf8)
      + [UInt8](repeating: 1, count: dataByteCount)
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  static func shaped(_ shape: String, _ descr: String = "'|u1'") -> String {
    "{'descr': \(descr), 'fortran_order': False, 'shape': \(shape)}"
  }

  static let hostile: [(text: String, code: String, part: String)] = [
    ("", "npy.header", "expected \"{\", got the end"),
    ("{", "npy.header", "expected a string, got the end"),
    ("{}", "npy.header", "descr, fortran_order and shape are needed"),
    ("{'descr': '|u1', 'descr': '|u1'}", "npy.header", "descr is unknown or repeated"),
    ("{'shape': (), 'shape': ()}", "npy.header", "shape is unknown or repeated"),
    ("{'size': 1}", "npy.header", "size is unknown or repeated"),
    ("{'fortran_order': 1}", "npy.header", "expected True or False, got \"1\""),
    ("{'descr': __import__('os')}", "npy.header", "expected a string, got \"_\""),
    ("{'descr", "npy.header", "a string without end"),
    ("{'de\\x73cr': 1}", "npy.header", "unexpected \"\\\" inside a string"),
    ("{'descr': '|u1' 'shape': ()}", "npy.header", "expected \"}\", got \"'\""),
    (shaped("(1)"), "npy.header", "expected \",\", got \")\""),
    (shaped("(-1,)"), "npy.header", "at least 0, got \"-\""),
    (shaped("(1.5,)"), "npy.header", "got \".\""),
    (shaped("(99999999999999999999,)"), "npy.header", "a number beyond 2^63"),
    (shaped("[1]"), "npy.header", "expected \"(\", got \"[\""),
    (shaped("(1,)") + "x", "npy.header", "expected the end of the header, got \"x\""),
    (shaped("(4294967296, 4294967296, 4294967296)"), "npy.shape", "at most 2^46 elements"),
    (shaped("(0, 9223372036854775807, 9223372036854775807)"), "npy.shape", "at most 2^46"),
    (shaped("(1, 1, 1, 1, 1, 1, 1, 1, 1)"), "npy.shape", "at most 8 dimensions, got 9"),
    (shaped("(5,)"), "npy.size", "u8[5] takes 5 bytes, and 4 follow"),
    (shaped("(3,)"), "npy.size", "u8[3] takes 3 bytes, and 4 follow"),
    (shaped("(70368744177664,)"), "npy.size", "takes 70368744177664 bytes, and 4 follow"),
    (shaped("(1,)", "'=f4'"), "npy.dtype", "=f4"),
    (shaped("(1,)", "'|f4'"), "npy.dtype", "|f4"),
    (shaped("(1,)", "''"), "npy.dtype", "has the type , which"),
    (shaped("(1,)", "'<U4'"), "npy.dtype", "<U4"),
    (shaped("(1,)", "'<M8[ns]'"), "npy.dtype", "<M8[ns]"),
  ]

  @Test("refuses a hostile header", arguments: hostile)
  func refusesHostileHeaders(_ text: String, _ code: String, _ part: String) {
    expectRefusal(Diagnostic.Code(rawValue: code), ["hostile.npy", part]) {
      _ = try decode(Self.file(text, dataByteCount: 4))
    }
  }

  func decode(_ bytes: [UInt8]) throws -> TensorBytes {
    try NPYFile.decode(FileContents(named: "hostile.npy", copying: bytes))
  }

  @Test("refuses other magic, versions and header lengths")
  func refusesOtherBeginnings() {
    expectRefusal("npy.magic", ["hostile.npy", "got an empty file"]) { _ = try decode([]) }
    expectRefusal("npy.magic", ["got 50 4b 03 04 00 00", ".npz"]) {
      _ = try decode([0x50, 0x4B, 3, 4, 0, 0, 0, 0, 0, 0])
    }
    expectRefusal("npy.version", ["got 4.0"]) { _ = try decode(Self.magic + [4, 0, 0, 0]) }
    expectRefusal("npy.version", ["got 1.1"]) { _ = try decode(Self.magic + [1, 1, 0, 0]) }
    expectRefusal("npy.header-length", ["states 9 bytes, and 1 follow"]) {
      _ = try decode(Self.magic + [1, 0, 9, 0, 0x7B])
    }
    expectRefusal("npy.header-length", ["states 4294967295 bytes, and 0 follow"]) {
      _ = try decode(Self.magic + [2, 0] + [UInt8](repeating: 0xFF, count: 4))
    }
    expectRefusal("npy.header-length", ["and 0 follow"]) {
      _ = try decode(Self.magic + [2, 0, 9, 0])
    }
    expectRefusal("npy.header-length", ["states 65537 bytes, and 65537 follow", "65536 are read"]) {
      _ = try decode(
        Self.magic + [2, 0, 1, 0, 1, 0] + [UInt8](repeating: 0x20, count: 65537))
    }
  }

  @Test("accepts other spellings of the same dictionary")
  func acceptsSpellings() throws {
    let texts = [
      "{\"shape\":(2,2),\"fortran_order\":False,\"descr\":\"|u1\"}",
      " {'fortran_order': False , 'shape': (2, 2, ) , 'descr': '>u1' , } \n",
    ]
    for text in texts {
      #expect(try decode(Self.file(text, dataByteCount: 4)).type == TensorType(.u8, [2, 2]))
    }
    // One dimension has one order.
    let vector = "{'descr': '|u1', 'fortran_order': True, 'shape': (4,)}"
    #expect(try decode(Self.file(vector, dataByteCount: 4)).type == TensorType(.u8, [4]))
  }

  @Test("refuses every truncation of a file")
  func refusesTruncation() throws {
    let whole = try fileBytes(fixture("f32.npy"))
    for count in 0..<whole.count {
      let code: Diagnostic.Code =
        count < 10 ? "npy.magic" : count < 128 ? "npy.header-length" : "npy.size"
      expectRefusal(code, ["hostile.npy"]) { _ = try decode(Array(whole[..<count])) }
    }
  }
}
