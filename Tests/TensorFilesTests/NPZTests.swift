import TensorCore
import TensorFiles
import Testing

@Suite("npz")
struct NPZTests {
  @Test("reads what NumPy wrote, stored and packed", arguments: ["stored", "packed"])
  func readsNumPy(_ name: String) throws {
    let file = try NPZFile(reading: fixture("\(name).npz"))
    for element in NPYTests.numpyTypes {
      #expect(try file.type(of: element.rawValue) == TensorType(element, [2, 3]))
      #expect(try file.tensor(element.rawValue) == counted(element, [2, 3]))
    }
    #expect(file.names.prefix(2) == ["f64", "f32"])
    guard name == "packed" else { return }
    #expect(try file.tensor("zeros") == HostTensor(TensorType(.f32, [64, 64]), repeating: 0))
  }

  @Test("reads and writes an archive without arrays")
  func keepsEmptyArchive() throws {
    #expect(try NPZFile(reading: fixture("empty.npz")).names.isEmpty)
    try withFolder { folder in
      try NPZFile.write([], to: "\(folder)/x.npz")
      #expect(try fileBytes("\(folder)/x.npz") == fileBytes(fixture("empty.npz")))
    }
  }

  @Test("keeps every bit of every element type, names and order", arguments: [false, true])
  func roundTrips(_ isDeflated: Bool) throws {
    let tensors = NPYTests.numpyTypes.reversed().map { (name: "größe/\($0)", value: edges($0)) }
    try withFolder { folder in
      let path = "\(folder)/x.npz"
      let bytes = try tensors.map { (name: $0.name, value: try TensorBytes($0.value)) }
      try NPZFile.write(bytes, to: path, isDeflated: isDeflated)
      let file = try NPZFile(reading: path)
      #expect(file.names == tensors.map(\.name))
      for (name, value) in tensors { #expect(try file.tensor(name) == value) }
      // Nothing in the archive depends on the clock or on chance.
      let first = try fileBytes(path)
      try NPZFile.write(bytes, to: path, isDeflated: isDeflated)
      #expect(try fileBytes(path) == first)
      try expectFiles(["x.npz"], in: folder)
    }
  }

  @Test("packs when asked")
  func packs() throws {
    let zeros = try TensorBytes(HostTensor(TensorType(.f32, [100, 100]), repeating: 0))
    try withFolder { folder in
      try NPZFile.write([("x", zeros)], to: "\(folder)/stored.npz")
      try NPZFile.write([("x", zeros)], to: "\(folder)/packed.npz", isDeflated: true)
      #expect(try fileBytes("\(folder)/stored.npz").count > 40_000)
      #expect(try fileBytes("\(folder)/packed.npz").count < 1_000)
    }
  }

  @Test("refuses to write names and types the format lacks, leaving nothing")
  func refusesWriting() throws {
    let one = try TensorBytes(counted(.f32, [1]))
    try withFolder { folder in
      let path = "\(folder)/x.npz"
      expectRefusal("npz.member", [path, "member w occurs twice"]) {
        try NPZFile.write([("w", one), ("w", one)], to: path)
      }
      for name in ["", "a\0b"] {
        expectRefusal("npz.member", [path, "is empty or holds a zero byte"]) {
          try NPZFile.write([(name, one)], to: path)
        }
      }
      expectRefusal("npy.no-bf16", ["\(path): half", "bf16[1]"]) {
        try NPZFile.write([("half", TensorBytes(counted(.bf16, [1])))], to: path)
      }
      try expectFiles([], in: folder)
    }
  }

  @Test("refuses an array that is not there, or above the limit")
  func refusesNameAndSize() throws {
    let path = try fixture("packed.npz")
    expectRefusal("file.no-tensor", [path, "no tensor nothing", "it has f64, f32"]) {
      _ = try NPZFile(reading: path).tensor("nothing")
    }
    let small = try NPZFile(reading: path, limit: 1000)
    #expect(try small.tensor("f32") == counted(.f32, [2, 3]))
    expectRefusal("npz.too-large", [path, "zeros.npy has 16512 bytes, and the limit is 1000"]) {
      _ = try small.tensor("zeros")
    }
  }
}

// MARK: - Hostile archives
extension NPZTests {
  /// A member as a zip file describes it: the truth, unless a test lies.
  struct Member {
    var name = "x.npy"
    var content: [UInt8] = NPYTests.file(NPYTests.shaped("(4,)"), dataByteCount: 4)
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var statedByteCount: UInt32?
    var statedPackedByteCount: UInt32?
    var checksum: UInt32?
  }

  /// Local headers, contents, directory and end record (PKWARE APPNOTE, sections 4.3.7 to 4.3.16).
  static func archive(_ members: [Member]) -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let packed = member.statedPackedByteCount ?? UInt32(member.content.count)
      let plain = member.statedByteCount ?? UInt32(member.content.count)
      let common =
        little(UInt16(20)) + little(member.flags) + little(member.method) + little(UInt16(0))
        + little(UInt16(33)) + little(member.checksum ?? crc32(member.content)) + little(packed)
        + little(plain) + little(UInt16(member.name.utf8.count)) + little(UInt16(0))
      directory += [0x50, 0x4B, 1, 2] + little(UInt16(20)) + common
      directory += [UInt8](repeating: 0, count: 10) + little(UInt32(bytes.count))
      directory += Array(member.name.utf8)
      bytes += [0x50, 0x4B, 3, 4] + common + Array(member.name.utf8) + member.content
    }
    let count = little(UInt16(members.count))
    return bytes + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
      + little(UInt32(directory.count)) + little(UInt32(bytes.count)) + [0, 0]
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1) * 0xEDB8_8320 }
    }
  }

  func open(_ bytes: [UInt8]) throws -> NPZFile {
    try NPZFile(FileContents(named: "x.npz", copying: bytes))
  }

  func read(_ members: [Member]) throws {
    _ = try open(Self.archive(members)).bytes(of: "x")
  }

  @Test("reads the archive that the lies below are made from")
  func readsHonestArchive() throws { try read([Member()]) }

  @Test("refuses what is no zip archive, and every truncation of one")
  func refusesOtherFiles() throws {
    expectRefusal("npz.not-zip", ["x.npz", "the file is empty"]) { _ = try open([]) }
    expectRefusal("npz.not-zip", ["x.npz", "Not a zip archive", "suffix .npy"]) {
      _ = try open(fileBytes(fixture("f32.npy")))
    }
    let whole = Self.archive([Member()])
    for count in 1..<whole.count {
      expectRefusal("npz.not-zip", ["x.npz"]) { _ = try open(Array(whole[..<count])) }
    }
  }

  @Test("refuses members that are no arrays, repeated, encrypted or packed otherwise")
  func refusesMembers() {
    expectRefusal("npz.member", ["x.npz", "member a.txt is not an npy file"]) {
      try read([Member(), Member(name: "a.txt")])
    }
    expectRefusal("npz.member", ["member x.npy occurs twice"]) { try read([Member(), Member()]) }
    expectRefusal("npz.member", ["member x.npy is encrypted"]) { try read([Member(flags: 1)]) }
    expectRefusal("npz.member", ["member x.npy is packed by method 12"]) {
      try read([Member(method: 12)])
    }
  }

  @Test("refuses sizes that the file cannot hold, before allocating")
  func refusesLyingSizes() {
    expectRefusal("npz.lying-size", ["x.npz", "x.npy states 4000000000 bytes packed into 69"]) {
      try read([Member(statedByteCount: 4_000_000_000)])
    }
    expectRefusal("npz.lying-size", ["states 4000000000 bytes packed into 69"]) {
      try read([Member(method: 8, statedByteCount: 4_000_000_000)])
    }
    expectRefusal("npz.lying-size", ["packed into 4000000000"]) {
      try read([
        Member(statedByteCount: 4_000_000_000, statedPackedByteCount: 4_000_000_000)
      ])
    }
  }

  @Test("refuses an array whose header disagrees with the member's size")
  func refusesLyingHeader() {
    let bomb = NPYTests.file(NPYTests.shaped("(70368744177664,)"), dataByteCount: 4)
    expectRefusal("npy.size", ["x.npz: x", "takes 70368744177664 bytes, and 4 follow"]) {
      try read([Member(content: bomb)])
    }
    expectRefusal("npy.magic", ["x.npz: x", "begins with 93"]) {
      try read([Member(content: Array("hello, world".utf8))])
    }
  }

  @Test("refuses a member whose bytes are damaged")
  func refusesDamage() throws {
    expectRefusal("npz.damaged", ["x.npz", "member x.npy cannot be unpacked", "CRC"]) {
      try read([Member(checksum: 1)])
    }
    expectRefusal("npz.damaged", ["member x.npy cannot be unpacked"]) {
      try read([Member(method: 8)])
    }
    let longer = Member(content: Member().content + [1], statedByteCount: 69)
    expectRefusal("npz.damaged", ["it is longer than it states"]) { try read([longer]) }
  }

  @Test("refuses a packed member that is shorter or longer than it states")
  func refusesWrongSizes() throws {
    let packed = try fileBytes(fixture("packed.npz"))
    let directory = try #require(Self.position(of: "f32.npy", in: packed)) - 46
    for (stated, code, part) in [
      (148, "npy.size", "takes 24 bytes, and 20 follow"),
      (156, "npz.damaged", "ends after 152 of 156 bytes"),
    ] {
      var changed = packed
      changed[directory + 24] = UInt8(stated)
      expectRefusal(Diagnostic.Code(rawValue: code), ["x.npz", part]) {
        _ = try open(changed).bytes(of: "f32")
      }
    }
  }

  /// Of the last occurrence, which is that of the directory.
  static func position(of name: String, in bytes: [UInt8]) -> Int? {
    let pattern = Array(name.utf8)
    return bytes.indices.reversed().first { bytes[$0...].starts(with: pattern) }
  }
}
