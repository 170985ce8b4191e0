import Foundation
import GraphCompiler
import TensorCore
import Testing

@Suite("The object cache doubts its entries")
struct ObjectCacheDamageTests {
  private static let key = "define void @f()"
  private static let object: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 0, 0xff]

  /// The damaged entry is a miss, is removed, and is told; then the cache works as before.
  private func expectDamage(
    _ what: String, of entry: (inout [UInt8]) -> Void, fact: String = "is damaged",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try withCache { cache, folder in
      cache.store(Self.key, Self.object)
      let path = try onlyFile(in: folder)
      var damaged = try bytes(of: path)
      entry(&damaged)
      try overwrite(path, damaged)
      #expect(cache.lookup(Self.key) == nil, "\(what)", sourceLocation: sourceLocation)
      #expect(try names(in: folder) == [], "\(what)", sourceLocation: sourceLocation)
      let complaint = try #require(cache.complaints.first, sourceLocation: sourceLocation)
      #expect(complaint.code == "cache.damaged", sourceLocation: sourceLocation)
      #expect(complaint.place == path, sourceLocation: sourceLocation)
      #expect(complaint.message.contains(fact), sourceLocation: sourceLocation)
      cache.store(Self.key, Self.object)
      #expect(cache.lookup(Self.key)?.object == Self.object, sourceLocation: sourceLocation)
    }
  }

  @Test("every flipped byte, at every position")
  func everyFlip() throws {
    for position in 0..<(40 + Self.key.utf8.count + Self.object.count) {
      for flip: UInt8 in [0x01, 0x80, 0xff] {
        try expectDamage("byte \(position) ^ \(flip)", of: { $0[position] ^= flip })
      }
    }
  }

  @Test("every truncation, and what is too long")
  func everyTruncation() throws {
    for count in 0..<(40 + Self.key.utf8.count + Self.object.count) {
      try expectDamage("\(count) bytes", of: { $0.removeLast($0.count - count) })
    }
    try expectDamage("one byte more", of: { $0.append(0) })
    try expectDamage("twice", of: { $0 += $0 })
  }

  @Test(
    "lengths that lie below a right checksum",
    arguments: [
      (0, 0), (23, 0), (.max, 23), (23, .max), (.max, .max), (1 << 63, 1 << 63), (21, 2), (16, 7),
    ] as [(UInt64, UInt64)])
  func lyingLengths(_ keyCount: UInt64, _ objectCount: UInt64) throws {
    try expectDamage(
      "\(keyCount), \(objectCount)",
      of: { entry in
        setInteger(keyCount, in: &entry, at: 16)
        setInteger(objectCount, in: &entry, at: 24)
        renewChecksum(of: &entry)
      }, fact: "it states \(keyCount) bytes of key and \(objectCount) of object, and has 22 in all")
  }

  /// Sums that fit hold a sound entry of another key, as far as anyone can tell: a miss.
  @Test("lengths that move the border between key and object", arguments: [0, 15, 17, 22])
  func movedBorder(_ keyCount: UInt64) throws {
    try withCache { cache, folder in
      cache.store(Self.key, Self.object)
      let path = try onlyFile(in: folder)
      var entry = try bytes(of: path)
      setInteger(keyCount, in: &entry, at: 16)
      setInteger(22 - keyCount, in: &entry, at: 24)
      renewChecksum(of: &entry)
      try overwrite(path, entry)
      #expect(cache.lookup(Self.key) == nil)
    }
  }

  @Test("magic and version of someone else, below a right checksum")
  func otherFormat() throws {
    try expectDamage(
      "magic",
      of: {
        $0[0] = 0
        renewChecksum(of: &$0)
      }, fact: "its magic is unknown")
    try expectDamage(
      "version",
      of: {
        $0[8] = 2
        renewChecksum(of: &$0)
      }, fact: "its version is 2, and 1 is needed")
  }

  /// A sparse file of 4 TiB: believing its size would mean allocating it.
  @Test("a size beyond the limit of the cache")
  func hugeFile() throws {
    try withCache { cache, folder in
      cache.store(Self.key, Self.object)
      try #require(truncate(try onlyFile(in: folder), 1 << 42) == 0)
      #expect(cache.lookup(Self.key) == nil)
      cache.store(Self.key, Self.object)
      #expect(cache.lookup(Self.key)?.object == Self.object)
    }
  }

  private func setInteger(_ value: UInt64, in entry: inout [UInt8], at offset: Int) {
    for index in 0..<8 { entry[offset + index] = UInt8(value >> (8 * index) & 0xff) }
  }

  /// FNV-1a 64, written here a second time.
  private func renewChecksum(of entry: inout [UInt8]) {
    var hash: UInt64 = 14_695_981_039_346_656_037
    for byte in entry.dropLast(8) {
      hash ^= UInt64(byte)
      hash &*= 1_099_511_628_211
    }
    setInteger(hash, in: &entry, at: entry.count - 8)
  }
}
