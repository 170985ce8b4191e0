import Foundation
import GraphCompiler
import TensorCore
import Testing

/// Every entry here has 100 bytes: 40 of frame, 1 of key, 59 of object.
@Suite("The object cache forgets")
struct ObjectCacheEvictionTests {
  private static let object = [UInt8](repeating: 1, count: 59)

  /// Stores keys in turn, and dates them 1,000 s, 2,000 s, … after 1970.
  private func fill(_ cache: ObjectCache, _ keys: String) throws {
    var seen = Set(try names(in: cache.folder))
    for (index, key) in keys.enumerated() {
      cache.store(String(key), Self.object)
      let name = try #require(Set(try names(in: cache.folder)).subtracting(seen).first)
      seen.insert(name)
      try setUse("\(cache.folder)/\(name)", seconds: 1_000 * (index + 1))
    }
  }

  private func expectKept(
    _ keys: String, in cache: ObjectCache, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let kept = "abcdefgh".filter { cache.lookup(String($0)) != nil }
    #expect(kept == keys, sourceLocation: sourceLocation)
  }

  @Test("nothing up to the limit")
  func keepsUpToLimit() throws {
    try withCache(byteLimit: 400) { cache, _ in
      try fill(cache, "abcd")
      #expect(cache.list().byteCount == 400)
      expectKept("abcd", in: cache)
    }
  }

  @Test("what was stored first, of entries that were never used")
  func evictsOldest() throws {
    try withCache(byteLimit: 499) { cache, _ in
      try fill(cache, "abcd")
      cache.store("e", Self.object)
      #expect(cache.list().byteCount == 400)
      expectKept("bcde", in: cache)
    }
  }

  @Test("what was unused for longest: a hit counts as use")
  func hitsCount() throws {
    try withCache(byteLimit: 400) { cache, _ in
      try fill(cache, "abcd")
      #expect(cache.lookup("a") != nil)
      cache.store("e", Self.object)
      expectKept("acde", in: cache)
      #expect(cache.complaints == [])
    }
  }

  @Test("as many as a large entry needs")
  func evictsSeveral() throws {
    try withCache(byteLimit: 400) { cache, _ in
      try fill(cache, "abcd")
      cache.store("e", [UInt8](repeating: 2, count: 209))  // 250 bytes
      expectKept("de", in: cache)
    }
  }

  @Test("not the entry just stored, even if clocks disagree")
  func keepsTheNewest() throws {
    try withCache(byteLimit: 200) { cache, folder in
      try fill(cache, "ab")
      for name in try names(in: folder) {
        try setUse("\(folder)/\(name)", seconds: 4_000_000_000)
      }
      cache.store("c", Self.object)
      #expect(cache.lookup("c") != nil)
      #expect(cache.list().count == 2)
    }
  }

  @Test("all that is too much, when the limit was lowered")
  func respectsLoweredLimit() throws {
    try withCache(byteLimit: 400) { cache, folder in
      try fill(cache, "abcd")
      let small = try ObjectCache(folder: folder, byteLimit: 200)
      small.store("e", Self.object)
      expectKept("de", in: cache)
    }
  }

  @Test("never stores what alone exceeds the limit, and says both sizes")
  func refusesTooLarge() throws {
    try withCache(byteLimit: 100) { cache, folder in
      cache.store("a", Self.object)
      cache.store("b", Self.object + [1])
      expectKept("a", in: cache)
      #expect(cache.codes == ["cache.too-large"])
      #expect(
        cache.complaints.first?.message
          == "an object and its key take 101 bytes, and the whole cache may have 100")
      let none = try ObjectCache(folder: folder, byteLimit: 0)
      none.store("c", [])
      #expect(none.complaints == [])
      expectKept("a", in: cache)
    }
  }

  @Test("what a writer left behind that died, but not what one may be writing")
  func removesLeftovers() throws {
    try withCache { cache, folder in
      let stem = String(repeating: "0", count: 32)
      let (old, new) = ("\(stem).00000000000000aa.partial", "\(stem).00000000000000bb.partial")
      for name in [old, new, "thesis.txt"] { try overwrite("\(folder)/\(name)", [1]) }
      let now = Int(Date().timeIntervalSince1970)
      try setUse("\(folder)/\(old)", seconds: now - 3_700)
      try setUse("\(folder)/\(new)", seconds: now - 3_300)
      try setUse("\(folder)/thesis.txt", seconds: 1_000)
      cache.store("a", Self.object)
      let left = try names(in: folder).filter { !$0.hasSuffix(".object") }
      #expect(left == [new, "thesis.txt"])
    }
  }
}
