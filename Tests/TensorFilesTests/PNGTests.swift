import TensorCore
import TensorFiles
import Testing

@Suite("png")
struct PNGTests {
  /// The picture of `tools/fixtures/make_files.py`.
  static let picture = HostTensor(
    TensorType(.u8, [5, 7, 3]),
    integers: (0..<35).flatMap { index -> [Int64] in
      let (y, x) = (Int64(index / 7), Int64(index % 7))
      return [16 * y + 3 * x, y + 7 * x, 200 - 9 * y]
    })

  /// Its first channel in all three.
  static let gray = HostTensor(
    picture.type,
    integers: (0..<35).flatMap { index -> [Int64] in
      let value = picture.integers[index * 3]
      return [value, value, value]
    })

  static let oneBit = HostTensor(gray.type, integers: gray.integers.map { $0 >= 40 ? 255 : 0 })

  @Test(
    "reads every kind of picture as RGB",
    arguments: [
      ("rgb", picture), ("rgba", picture), ("palette", picture), ("interlaced", picture),
      ("gray", gray), ("gray16", gray), ("one-bit", oneBit),
    ])
  func readsKinds(_ name: String, _ expected: HostTensor) throws {
    #expect(try PNGFile.read(fixture("\(name).png")).tensor == expected)
  }

  @Test("writes gray, RGB and RGBA", arguments: [1, 3, 4])
  func roundTrips(_ channels: Int) throws {
    let shape = try Shape(checking: [3, 5, channels])
    let picture = HostTensor(
      TensorType(.u8, shape), integers: (0..<shape.count).map { Int64($0 * 37 % 256) })
    // Read back, gray is repeated and alpha is dropped.
    let expected = (0..<15).flatMap { pixel in
      (0..<3).map { picture.integers[pixel * channels + (channels == 1 ? 0 : $0)] }
    }
    try withFolder { folder in
      try PNGFile.write(TensorBytes(picture), to: "\(folder)/x.png")
      let read = try PNGFile.read("\(folder)/x.png")
      #expect(read.type == TensorType(.u8, [3, 5, 3]))
      #expect(read.tensor.integers == expected)
      let encoded = try fileBytes("\(folder)/x.png")
      #expect(try encoded == PNGFile.encode(TensorBytes(picture)))
      // Byte 25 of a PNG is its colour type: 0 gray, 2 RGB, 6 RGBA.
      #expect(encoded[25] == [1: 0, 3: 2, 4: 6][channels])
      try expectFiles(["x.png"], in: folder)
    }
  }

  @Test("encodes a picture larger than its first buffer")
  func encodesNoise() throws {
    var generator = SeededGenerator(state: 1)
    let type = TensorType(.u8, [200, 300, 3])
    let noise = (0..<type.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let encoded = try PNGFile.encode(TensorBytes(type, bytes: noise))
    #expect(encoded.count > type.byteCount)
    #expect(try decode(encoded).bytes == noise)
  }

  @Test("refuses tensors that are no pictures, leaving nothing")
  func refusesShapes() throws {
    let types = [
      TensorType(.f32, [2, 2, 3]), TensorType(.u8, [2, 2]), TensorType(.u8, [2, 2, 2]),
      TensorType(.u8, [0, 2, 3]),
    ]
    try withFolder { folder in
      for type in types {
        expectRefusal("png.shape", ["\(folder)/x.png", "got \(type)"]) {
          try PNGFile.write(TensorBytes(HostTensor(type, repeating: 0)), to: "\(folder)/x.png")
        }
      }
      expectRefusal("png.too-large", ["\(folder)/x.png", "1 x 32769 pixels", "32768 a side"]) {
        let wide = HostTensor(TensorType(.u8, [1, 32769, 1]), repeating: 0)
        try PNGFile.write(TensorBytes(wide), to: "\(folder)/x.png")
      }
      try expectFiles([], in: folder)
    }
  }
}

// MARK: - Hostile pictures
extension PNGTests {
  func decode(_ bytes: [UInt8]) throws -> TensorBytes {
    try PNGFile.decode(FileContents(named: "x.png", copying: bytes))
  }

  /// The RGB fixture with another size in its header, whose checksum is right.
  func stating(width: UInt32, height: UInt32) throws -> [UInt8] {
    var bytes = try fileBytes(fixture("rgb.png"))
    bytes.replaceSubrange(16..<20, with: little(width).reversed())
    bytes.replaceSubrange(20..<24, with: little(height).reversed())
    let checksum = NPZTests.crc32(Array(bytes[12..<29]))
    bytes.replaceSubrange(29..<33, with: little(checksum).reversed())
    return bytes
  }

  @Test("refuses other files and every truncation of a picture")
  func refusesOtherFiles() throws {
    expectRefusal("png.damaged", ["x.png", "the file is empty"]) { _ = try decode([]) }
    expectRefusal("png.damaged", ["x.png", "Not a PNG file"]) {
      _ = try decode(fileBytes(fixture("f32.npy")))
    }
    let whole = try fileBytes(fixture("rgb.png"))
    for count in 1..<whole.count {
      expectRefusal("png.damaged", ["x.png"]) { _ = try decode(Array(whole[..<count])) }
    }
    expectRefusal("png.damaged", ["the file ends too early"]) {
      _ = try decode(Array(whole.dropLast(4)))
    }
  }

  @Test("refuses a damaged byte by its checksum")
  func refusesDamage() throws {
    var bytes = try fileBytes(fixture("rgb.png"))
    bytes[bytes.count - 14] ^= 1  // the checksum of the only IDAT chunk
    expectRefusal("png.damaged", ["x.png", "CRC error"]) { _ = try decode(bytes) }
  }

  @Test("refuses sizes beyond the limits, before allocating")
  func refusesSizes() throws {
    expectRefusal("png.damaged", ["x.png", "Invalid IHDR data"]) {
      _ = try decode(stating(width: 32769, height: 1))
    }
    expectRefusal("png.too-large", ["x.png", "32768 x 32768 pixels", "134217728 in all"]) {
      _ = try decode(stating(width: 32768, height: 32768))
    }
    expectRefusal("png.damaged", ["states 8192 x 8192 pixels but has only 84 bytes"]) {
      _ = try decode(stating(width: 8192, height: 8192))
    }
    expectRefusal("png.damaged", ["Invalid IHDR data"]) {
      _ = try decode(stating(width: 0, height: 5))
    }
    expectRefusal("png.damaged", ["x.png"]) { _ = try decode(stating(width: 7, height: 6)) }
  }
}
