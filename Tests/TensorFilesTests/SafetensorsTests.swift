import TensorCore
import TensorFiles
import Testing

@Suite("safetensors")
struct SafetensorsTests {
  @Test("reads what the reference library wrote")
  func readsReferenceFile() throws {
    let file = try SafetensorsFile(reading: fixture("every.safetensors"))
    for element in ElementType.allCases {
      #expect(try file.tensor(element.rawValue) == counted(element, [2, 3]))
    }
    #expect(try file.tensor("empty") == counted(.f32, [0, 4]))
    #expect(try file.tensor("scalar") == HostTensor(TensorType(.i32, []), integers: [7]))
    #expect(try file.tensor("größe \"x\"\n") == counted(.f32, [4]))
    #expect(file.metadata.map(\.key) == ["format"])
    #expect(file.metadata.map(\.value) == ["smälti \"1\""])
    #expect(file.names.count == ElementType.allCases.count + 3)
    #expect(file.names.first == "u64")
    #expect(file.names.last == "bool")
  }

  @Test("writes the reference library's bytes, in whatever order tensors come")
  func writesReferenceBytes() throws {
    let file = try SafetensorsFile(reading: fixture("every.safetensors"))
    let reversed = try file.names.reversed().map { (name: $0, value: try file.bytes(of: $0)) }
    try withFolder { folder in
      try SafetensorsFile.write(
        reversed, metadata: file.metadata, to: "\(folder)/copy.safetensors")
      #expect(try fileBytes("\(folder)/copy.safetensors") == fileBytes(file.path))
      try expectFiles(["copy.safetensors"], in: folder)
    }
  }

  @Test("keeps every bit of every element type", arguments: ElementType.allCases)
  func roundTrips(_ element: ElementType) throws {
    try withFolder { folder in
      let path = "\(folder)/one.safetensors"
      try SafetensorsFile.write([("a\u{1}b", TensorBytes(edges(element)))], to: path)
      let file = try SafetensorsFile(reading: path)
      #expect(try file.tensor("a\u{1}b") == edges(element))
      #expect(try file.type(of: "a\u{1}b") == edges(element).type)
      #expect(try file.bytes(of: "a\u{1}b").bytes == edges(element).bytes)
    }
  }

  @Test("keeps the mapping alive while bytes are in use")
  func keepsMapping() throws {
    let bytes = try withFolder { folder in
      try SafetensorsFile.write(
        [("w", TensorBytes(counted(.f32, [3])))], to: "\(folder)/w.safetensors")
      return try SafetensorsFile(reading: "\(folder)/w.safetensors").bytes(of: "w")
    }
    // Neither the file object nor the file exists any more.
    #expect(bytes.tensor == counted(.f32, [3]))
  }

  @Test("keeps metadata in order, and reads a file without tensors")
  func keepsMetadata() throws {
    try withFolder { folder in
      let path = "\(folder)/none.safetensors"
      let pairs = [(key: "z", value: "1\t"), (key: "a", value: "\\/\u{7}")]
      try SafetensorsFile.write([], metadata: pairs, to: path)
      let file = try SafetensorsFile(reading: path)
      #expect(file.names.isEmpty)
      #expect(file.metadata.map(\.key) == ["z", "a"])
      #expect(file.metadata.map(\.value) == ["1\t", "\\/\u{7}"])
    }
  }

  @Test("reads every escape of JSON")
  func readsEscapes() throws {
    let text =
      #"{"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#
    let file = try open(text, dataByteCount: 1)
    #expect(file.names == ["é😀\"\\/\u{8}\u{C}\n\r\t"])
  }

  @Test("refuses writing reserved and repeated names, leaving nothing")
  func refusesNames() throws {
    let one = try TensorBytes(counted(.f32, [1]))
    try withFolder { folder in
      let path = "\(folder)/x.safetensors"
      expectRefusal("safetensors.reserved", [path, "__metadata__"]) {
        try SafetensorsFile.write([("__metadata__", one)], to: path)
      }
      expectRefusal("safetensors.duplicate", [path, "the name w occurs twice"]) {
        try SafetensorsFile.write([("w", one), ("w", one)], to: path)
      }
      expectRefusal("safetensors.duplicate", [path, "the name k occurs twice"]) {
        try SafetensorsFile.write([], metadata: [("k", "1"), ("k", "2")], to: path)
      }
      try expectFiles([], in: folder)
    }
  }

  @Test("lists everything that does not fit a model at once")
  func listsMismatches() throws {
    let file = try SafetensorsFile(reading: fixture("every.safetensors"))
    let exact = try file.names.map { (name: $0, type: try file.type(of: $0)) }
    try file.requireExactly(exact)
    var other = exact.filter { $0.name != "u8" }
    other[0].type = TensorType(.u64, [3, 2])
    other.append((name: "head.bias", type: TensorType(.f32, [5])))
    expectRefusal(
      "weights.mismatch",
      [
        file.path, "1 missing, 1 surplus, 1 of another type", "missing: head.bias f32[5]",
        "surplus: u8", "u64 needs u64[3, 2], got u64[2, 3]",
      ]
    ) { try file.requireExactly(other) }
    // Each alone is enough.
    expectRefusal("weights.mismatch", ["0 missing, 1 surplus, 0 of"]) {
      try file.requireExactly(exact.dropLast())
    }
    expectRefusal("weights.mismatch", ["1 missing, 0 surplus, 0 of"]) {
      try file.requireExactly(exact + [(name: "x", type: TensorType(.f32, []))])
    }
    expectRefusal("weights.mismatch", ["0 missing, 0 surplus, 1 of"]) {
      try file.requireExactly(exact.dropLast() + [(name: "bool", type: TensorType(.u8, [2, 3]))])
    }
  }

  @Test("refuses a tensor that is not there")
  func refusesUnknownName() throws {
    let file = try SafetensorsFile(reading: fixture("every.safetensors"))
    expectRefusal("file.no-tensor", [file.path, "no tensor nothing", "it has u64, i64"]) {
      _ = try file.tensor("nothing")
    }
  }
}

// MARK: - Truncated and lying files
extension SafetensorsTests {
  struct Lie: Sendable, CustomTestStringConvertible {
    var header: String
    var dataByteCount: Int
    var code: Diagnostic.Code
    var part: String
    var testDescription: String { part }
  }

  /// A header's entry of one u8 tensor.
  static func entry(_ name: String, _ begin: Int, _ end: Int) -> String {
    "\"\(name)\":{\"dtype\":\"U8\",\"shape\":[\(end - begin)],\"data_offsets\":[\(begin),\(end)]}"
  }

  static func typed(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    "{\"w\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
  }

  static let lies: [Lie] = [
    Lie("{\(entry("a", 0, 4)),\(entry("b", 2, 6))}", 6, "overlap", "a and b share bytes"),
    Lie("{\(entry("a", 0, 4)),\(entry("b", 0, 4))}", 4, "overlap", "[0, 4] and [0, 4]"),
    Lie("{\(entry("a", 0, 2)),\(entry("b", 4, 6))}", 6, "hole", "bytes 2 to 4"),
    Lie("{\(entry("a", 1, 2))}", 2, "hole", "bytes 0 to 1"),
    Lie("{\(entry("a", 0, 2))}", 5, "hole", "bytes 2 to 5"),
    Lie("{}", 3, "hole", "bytes 0 to 3"),
    Lie("{\(entry("a", 0, 9))}", 8, "range", "tensor a lies at [0, 9] of the data, which has 8"),
    Lie(typed("U8", "[0]", "[4,2]"), 4, "range", "tensor w lies at [4, 2]"),
    Lie(typed("U8", "[0]", "[9,9]"), 4, "range", "tensor w lies at [9, 9]"),
    Lie(typed("U8", "[1]", "[0,9223372036854775807]"), 1, "range", "9223372036854775807"),
    Lie(typed("F32", "[3]", "[0,8]"), 8, "size", "f32[3] and takes 12 bytes, got 8"),
    Lie(typed("F32", "[]", "[0,8]"), 8, "size", "f32[] and takes 4 bytes, got 8"),
    Lie(typed("F8_E4M3", "[8]", "[0,8]"), 8, "dtype", "tensor w has the unknown dtype F8_E4M3"),
    Lie(typed("f32", "[2]", "[0,8]"), 8, "dtype", "known are F64, F32"),
    Lie(typed("U8", "[4294967296,4294967296]", "[0,0]"), 0, "shape", "at most 2^46 elements"),
    Lie(typed("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1, "shape", "at most 8 dimensions, got 9"),
    Lie("{\(entry("a", 0, 1)),\(entry("a", 1, 2))}", 2, "duplicate", "the name a occurs twice"),
    Lie("{\(entry("a", 0, 1)),\(entry("\\u0061", 1, 2))}", 2, "duplicate", "the name a"),
    Lie(#"{"__metadata__":{"k":"1","k":"2"}}"#, 0, "duplicate", "the name k occurs twice"),
    Lie(#"{"__metadata__":{},"__metadata__":{}}"#, 0, "duplicate", "__metadata__"),
    Lie(#"{"w":{"dtype":"U8","dtype":"U8"}}"#, 0, "duplicate", "the name dtype"),
    Lie("", 0, "header", "expected \"{\", got the end"),
    Lie("[]", 0, "header", "expected \"{\", got \"[\""),
    Lie("{", 0, "header", "expected \"\"\", got the end"),
    Lie("{\(entry("a", 0, 1)),}", 1, "header", "expected \"\"\", got \"}\""),
    Lie("{} {}", 0, "header", "byte 11"),
    Lie("{}\0", 0, "header", "expected the end of the header, got byte 0x0"),
    Lie(#"{"__metadata__":{"k":1}}"#, 0, "header", "expected \"\"\", got \"1\""),
    Lie(#"{"__metadata__":{"k":{}}}"#, 0, "header", "got \"{\""),
    Lie(#"{"w":{"dtype":"U8","shape":[1]}}"#, 1, "header", "w needs dtype, shape and data_offsets"),
    Lie(typed("U8", "[1]", "[0,1,2]"), 1, "header", "data_offsets with two numbers"),
    Lie(typed("U8", "[-1]", "[0,1]"), 1, "header", "at least 0, got \"-\""),
    Lie(typed("U8", "[1.0]", "[0,1]"), 1, "header", "expected \"]\", got \".\""),
    Lie(typed("U8", "[01]", "[0,1]"), 1, "header", "leading zeros"),
    Lie(typed("U8", "[9223372036854775808]", "[0,1]"), 1, "header", "a number beyond 2^63"),
    Lie(#"{"w":{"shape":[1],"size":1}}"#, 0, "header", "tensor w has the unknown field size"),
    Lie("{\"a\nb\":{}}", 0, "header", "a control character inside a string"),
    Lie(#"{"a\x":{}}"#, 0, "header", "an unknown escape"),
    Lie(#"{"a\u12g4":{}}"#, 0, "header", "four hexadecimal digits, got \"g\""),
    Lie(#"{"a\ud800":{}}"#, 0, "header", "half of a surrogate pair"),
    Lie(#"{"a\ud800\u0041":{}}"#, 0, "header", "half of a surrogate pair"),
    Lie(#"{"a\udc00\ud800":{}}"#, 0, "header", "half of a surrogate pair"),
  ]

  func open(_ header: String, dataByteCount: Int) throws -> SafetensorsFile {
    let text = Array(header.utf8)
    let bytes =
      little(UInt64(text.count)) + text + [UInt8](repeating: 1, count: dataByteCount)
    return try SafetensorsFile(FileContents(named: "lie.safetensors", copying: bytes))
  }

  @Test("refuses a header that lies", arguments: lies)
  func refusesLies(_ lie: Lie) {
    expectRefusal(lie.code, ["lie.safetensors", lie.part]) {
      _ = try open(lie.header, dataByteCount: lie.dataByteCount)
    }
  }

  @Test("refuses a header that is not UTF-8")
  func refusesOtherEncodings() {
    let text: [UInt8] = Array(#"{"__metadata__":{"k":""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8)
    expectRefusal("safetensors.utf8", ["x.safetensors", "the header is not UTF-8"]) {
      _ = try SafetensorsFile(
        FileContents(named: "x.safetensors", copying: little(UInt64(text.count)) + text))
    }
  }

  @Test("refuses a header length beyond the file or the limit")
  func refusesHeaderLength() throws {
    for stated: UInt64 in [3, 1 << 40, .max] {
      expectRefusal(
        "safetensors.header-length", ["x.safetensors", "states \(stated) bytes, and 2 follow"]
      ) {
        _ = try SafetensorsFile(
          FileContents(named: "x.safetensors", copying: little(stated) + Array("{}".utf8)))
      }
    }
    // A file long enough for its header, but a header beyond what is read.
    let stated = SafetensorsFile.maximumHeaderByteCount + 1
    let long = try FileContents(named: "long.safetensors", byteCount: stated + 8) { target in
      target.copyBytes(from: little(UInt64(stated)) + Array("{}".utf8))
    }
    expectRefusal("safetensors.header-length", ["100000001 bytes", "at most 100000000"]) {
      _ = try SafetensorsFile(long)
    }
  }

  @Test("refuses every truncation of a file")
  func refusesTruncation() throws {
    let whole = try fileBytes(fixture("every.safetensors"))
    for count in 0..<whole.count {
      let code: Diagnostic.Code =
        count < 8
        ? "safetensors.too-short" : count < 1040 ? "safetensors.header-length" : "safetensors.range"
      expectRefusal(code, ["cut.safetensors"]) {
        _ = try SafetensorsFile(
          FileContents(named: "cut.safetensors", copying: Array(whole[..<count])))
      }
    }
  }
}

extension SafetensorsTests.Lie {
  init(_ header: String, _ dataByteCount: Int, _ code: String, _ part: String) {
    self.init(
      header: header, dataByteCount: dataByteCount,
      code: Diagnostic.Code(rawValue: "safetensors.\(code)"), part: part)
  }
}
