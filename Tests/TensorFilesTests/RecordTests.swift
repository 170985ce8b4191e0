import Foundation
import TensorCore
import TensorFiles
import Testing

/// TFRecord files that `tools/fixtures/tfrecords.py` wrote, and our own.
@Suite("TFRecords") struct RecordTests {
  private func path(_ name: String) throws -> String {
    try #require(
      Bundle.module.url(
        forResource: name, withExtension: "tfrecords", subdirectory: "Fixtures")
    ).path
  }

  private func records(_ path: String) throws -> [[UInt8]] {
    let reader = try RecordReader(path)
    var records: [[UInt8]] = []
    while let record = try reader.next() { records.append(record) }
    #expect(reader.count == records.count)
    return records
  }

  private func picture(_ count: Int, _ record: Int) -> [UInt8] {
    (0..<count).map { UInt8((7 * $0 + 3 + record) % 256) }
  }

  @Test("arrays as one byte string each, packed by zlib")
  func video() throws {
    let records = try records(path("video"))
    #expect(records.count == 3)
    for (number, record) in records.enumerated() {
      let example = try RecordExample(record, path: "video", number: number)
      #expect(example.names == ["camera_matrix", "image", "mask", "object_positions"])
      #expect(try example.bytes("image") == picture(144, number))
      let mask: [UInt8] = (0..<96).map { place in (place / 16).isMultiple(of: 2) ? 0 : 255 }
      let cameras: [Float] = (0..<48).map { Float($0) / 4 }
      let positions: [Float] = (0..<18).map { -Float($0) }
      #expect(try example.bytes("mask") == mask)
      #expect(try example.floats("camera_matrix") == cameras)
      #expect(try example.floats("object_positions") == positions)
    }
  }

  @Test("arrays as a byte string for each byte, packed by gzip in two members")
  func images() throws {
    let records = try records(path("images"))
    #expect(records.count == 2)
    for (number, record) in records.enumerated() {
      let example = try RecordExample(record, path: "images", number: number)
      #expect(try example.bytes("image") == picture(48, number))
      #expect(try example.floats("visibility") == [1, 0])
    }
  }

  @Test("numbers in every form, empty lists, fields that nobody knows, empty records")
  func plain() throws {
    let records = try records(path("plain"))
    #expect(records.count == 3)
    let example = try RecordExample(records[0], path: "plain", number: 0)
    #expect(try example.integers("packed") == [0, 1, -1, 300, 1 << 40])
    #expect(try example.integers("apart") == [5, -7])
    #expect(try example.bytes("text") == Array("abc".utf8))
    #expect(try example.floats("empty") == [])
    #expect(try example.integers("empty") == [])
    #expect(example.kind("text") == .bytes && example.kind("none") == nil)
    #expect(try RecordExample(records[1], path: "plain", number: 1).names == [])
    #expect(try RecordExample(records[2], path: "plain", number: 2).names == [])
    let kind = #expect(throws: Diagnostic.self) { try example.floats("packed") }
    #expect(
      kind?.message
        == "record 0 is no tf.Example: packed is a list of integers, floats were expected")
    let missing = #expect(throws: Diagnostic.self) { try example.bytes("image") }
    #expect(missing?.message.hasSuffix("it has apart, empty, packed, text") == true)
  }

  @Test("checks are those of RFC 3720's examples")
  func checks() throws {
    let ascending = (0..<32).map { UInt8($0) }
    let examples: [([UInt8], UInt32)] = [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 255, count: 32), 0x62A8_AB43),
      (ascending, 0x46DD_794E), (ascending.reversed(), 0x113F_DB5C),
    ]
    try withFolder { folder in
      let file = "\(folder)/check.tfrecords"
      for (record, crc) in examples {
        try RecordWriter.write(to: file) { sink throws(Diagnostic) in try sink.append(record) }
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: file)))
        #expect(bytes.count == 12 + 32 + 4)
        let masked = (crc >> 15 | crc << 17) &+ 0xA282_EAD8
        let stored = bytes.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(stored == masked)
      }
    }
  }

  @Test("what is written is read, in every packing", arguments: RecordWriter.Packing.allCases)
  func roundTrips(_ packing: RecordWriter.Packing) throws {
    try withFolder { folder in
      let file = "\(folder)/own.tfrecords"
      // Sizes around those of the buffers, and bytes that do not pack.
      let records = [0, 1, 12, 65_535, 65_536, 200_000, 5_000_000].map { count in
        (0..<count).map { UInt8(Key(3).uniform(at: $0 % 70_000) * 256) }
      }
      try RecordWriter.write(to: file, packing) { sink throws(Diagnostic) in
        for record in records { try sink.append(record) }
      }
      #expect(try self.records(file) == records)
      let none = "\(folder)/none.tfrecords"
      try RecordWriter.write(to: none, packing) { _ in }
      #expect(try self.records(none) == [])
    }
  }

  @Test("records packed elsewhere give the same file, one stream")
  func packedApart() throws {
    try withFolder { folder in
      let records = (0..<3).map { [UInt8](repeating: $0, count: 1000) }
      for packing in RecordWriter.Packing.allCases {
        let (together, apart) = ("\(folder)/together", "\(folder)/apart")
        try RecordWriter.write(to: together, packing) { sink throws(Diagnostic) in
          for record in records { try sink.append(record) }
        }
        let packed = try records.map { record in try PackedRecord(record, packing) }
        try RecordWriter.write(to: apart, packing) { sink throws(Diagnostic) in
          for record in packed { try sink.append(record) }
        }
        #expect(try fileBytes(together) == fileBytes(apart))
        #expect(try self.records(apart) == records)
      }
    }
  }

  @Test("every cut and every flipped bit of a file is seen or harmless")
  func damage() throws {
    let whole = try [UInt8](Data(contentsOf: URL(filePath: path("plain"))))
    let good = try records(path("plain"))
    try withFolder { folder in
      let file = "\(folder)/damaged.tfrecords"
      func mistake(_ bytes: [UInt8]) throws -> Diagnostic? {
        try Data(bytes).write(to: URL(filePath: file))
        do { #expect(try records(file) == good) } catch { return error as? Diagnostic }
        return nil
      }
      let ends = [0, 12 + good[0].count + 4, 12 + good[0].count + 4 + 16]
      for count in 0..<whole.count {
        try Data(whole[..<count]).write(to: URL(filePath: file))
        if ends.contains(count) {
          #expect(try records(file) == Array(good[..<ends.firstIndex(of: count)!]))
          continue
        }
        let error = #expect(throws: Diagnostic.self) { try records(file) }
        let codes: Set<Diagnostic.Code> = ["tfrecord.truncated", "tfrecord.format"]
        #expect(error.map { codes.contains($0.code) } == true, "cut at \(count): \(error!)")
      }
      for bit in 0..<whole.count * 8 {
        var bytes = whole
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        #expect(try mistake(bytes) != nil, "bit \(bit)")
      }
    }
  }

  @Test("packed files that are cut or damaged are refused", arguments: ["video", "images"])
  func packedDamage(_ name: String) throws {
    let whole = try [UInt8](Data(contentsOf: URL(filePath: path(name))))
    let good = try records(path(name))
    try withFolder { folder in
      let file = "\(folder)/damaged.tfrecords"
      for count in stride(from: 1, to: whole.count, by: 7) {
        try Data(whole[..<count]).write(to: URL(filePath: file))
        do {
          // A whole member of several is a file.
          #expect(try records(file).count < good.count)
        } catch {
          #expect("\((error as? Diagnostic)?.code.rawValue ?? "")".hasPrefix("tfrecord."))
        }
      }
      for place in stride(from: 0, to: whole.count, by: 3) {
        var bytes = whole
        bytes[place] ^= 0x55
        try Data(bytes).write(to: URL(filePath: file))
        // Headers of gzip hold bytes that mean nothing.
        if let found = try? records(file) { #expect(found.elementsEqual(good) || found == []) }
      }
    }
  }

  @Test("a length that lies takes no memory")
  func lies() throws {
    try withFolder { folder in
      let file = "\(folder)/lying.tfrecords"
      try RecordWriter.write(to: file) { sink throws(Diagnostic) in
        try sink.append([UInt8](repeating: 7, count: 2000))
      }
      let reader = try RecordReader(file, mostBytes: 1999)
      let error = #expect(throws: Diagnostic.self) { try reader.next() }
      #expect(error?.code == "tfrecord.too-large")
      #expect(error?.message == "record 0 states 2000 bytes, and at most 1999 are read")
      #expect(error?.place == file)
    }
  }

  @Test("what is no such file is refused", arguments: ["x", "hello, records are none of this"])
  func formats(_ text: String) throws {
    try withFolder { folder in
      let file = "\(folder)/text.tfrecords"
      try Data(text.utf8).write(to: URL(filePath: file))
      let error = #expect(throws: Diagnostic.self) { try RecordReader(file) }
      #expect(error?.code == "tfrecord.format")
    }
  }

  @Test("examples of random bytes are refused or read, never worse")
  func fuzz() throws {
    let good = try records(path("plain"))[0]
    for seed in 0..<3000 as Range<UInt64> {
      var bytes = good
      for flip in 0..<1 + Int(seed % 5) {
        let place = Int(Key(seed).uniform(at: 2 * flip) * Double(bytes.count))
        bytes[place] = UInt8(Key(seed).uniform(at: 2 * flip + 1) * 256)
      }
      guard let example = try? RecordExample(bytes, path: "fuzz", number: 0) else { continue }
      for name in example.names {
        _ = try? example.bytes(name)
        _ = try? example.floats(name)
        _ = try? example.integers(name)
      }
    }
  }
}
