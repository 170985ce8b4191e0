import TensorCore
import TensorFiles
import Testing

/// Files changed at random must be read or refused; a crash ends the whole test run.
@Suite("mutations")
struct MutationTests {
  static let files = [
    "every.safetensors", "f32.npy", "version2.npy", "stored.npz", "packed.npz", "rgb.png",
    "palette.png", "interlaced.png",
  ]

  @Test("reads or refuses every mutated file", arguments: files)
  func survivesMutations(_ name: String) throws {
    let whole = try fileBytes(fixture(name))
    var generator = SeededGenerator(state: 20_240)
    var (readCount, refusedCount) = (0, 0)
    for round in 0..<3000 {
      var mutated = Self.mutated(whole, using: &generator)
      // Checksums would stop nearly every change at the door of a PNG reader.
      if round % 2 == 1, name.hasSuffix(".png") { Self.repairChecksums(&mutated) }
      do {
        try Self.readAll(mutated, name: name)
        readCount += 1
      } catch let diagnostic as Diagnostic {
        refusedCount += 1
        #expect(diagnostic.description.contains(name), "round \(round)")
        #expect(diagnostic.help != nil, "round \(round)")
      }
    }
    // Mutations must reach deep into the readers: some are refused, and some leave a valid file.
    #expect(refusedCount > 100)
    #expect(readCount > 0, "\(refusedCount) were refused")
  }

  /// One to four changes: a bit, a byte, a run repeated or removed, an end cut off, a number that
  /// is hard to handle.
  static func mutated(
    _ source: [UInt8], using generator: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = source
    for _ in 0..<Int.random(in: 1...4, using: &generator) where bytes.count > 16 {
      let position = Int.random(in: 0..<bytes.count - 8, using: &generator)
      let count = Int.random(in: 1...8, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
      case 2: bytes.insert(contentsOf: bytes[position..<position + count], at: position)
      case 3: bytes.removeSubrange(position..<position + count)
      case 4: bytes.removeLast(count)
      default:
        let numbers: [UInt64] = [0, 1, .max, .max >> 1, 1 << 32, 0xFFFF_FFFF, 0x3939_3939]
        let number = little(numbers[Int.random(in: 0..<numbers.count, using: &generator)])
        bytes.replaceSubrange(position..<position + count, with: number[..<count])
      }
    }
    return bytes
  }

  /// Gives each chunk of a PNG the checksum of what it holds now.
  static func repairChecksums(_ bytes: inout [UInt8]) {
    var position = 8
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = position + 8 + length
      guard end + 4 <= bytes.count else { return }
      let checksum = NPZTests.crc32(Array(bytes[position + 4..<end]))
      bytes.replaceSubrange(end..<end + 4, with: little(checksum).reversed())
      position = end + 4
    }
  }

  static func readAll(_ bytes: [UInt8], name: String) throws {
    let contents = try FileContents(named: name, copying: bytes)
    if name.hasSuffix(".safetensors") {
      let file = try SafetensorsFile(contents)
      for name in file.names { _ = try file.tensor(name) }
    } else if name.hasSuffix(".npy") {
      _ = try NPYFile.decode(contents).tensor
    } else if name.hasSuffix(".npz") {
      let file = try NPZFile(contents)
      for name in file.names { _ = try file.tensor(name) }
    } else {
      _ = try PNGFile.decode(contents).tensor
    }
  }
}
