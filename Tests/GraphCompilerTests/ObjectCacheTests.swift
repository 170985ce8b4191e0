import Foundation
import GraphCompiler
import TensorCore
import Testing

@Suite("The object cache")
struct ObjectCacheTests {
  @Test("finds what was stored, and nothing else")
  func findsWhatWasStored() throws {
    try withCache { cache, folder in
      #expect(cache.lookup("text") == nil)
      cache.store("text", [1, 2, 3])
      #expect(cache.lookup("text")?.object == [1, 2, 3])
      #expect(cache.lookup("text ") == nil)
      #expect(cache.lookup("") == nil)
      let other = try ObjectCache(folder: folder, byteLimit: 1 << 20)
      #expect(other.lookup("text")?.object == [1, 2, 3])
      #expect(cache.complaints == [])
    }
  }

  @Test("keeps empty and large objects and keys exactly", arguments: [0, 1, 300_000])
  func keepsEverySize(_ count: Int) throws {
    try withCache { cache, _ in
      let key = String(repeating: "é", count: count)
      let object = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      cache.store(key, object)
      #expect(cache.lookup(key)?.object == object)
    }
  }

  @Test("compares keys by bytes, not as people read them")
  func comparesBytes() throws {
    try withCache { cache, _ in
      let (composed, decomposed) = ("\u{e9}", "e\u{301}")
      try #require(composed == decomposed)
      cache.store(composed, [1])
      #expect(cache.lookup(decomposed) == nil)
    }
  }

  @Test("replaces an object")
  func replaces() throws {
    try withCache { cache, folder in
      cache.store("text", [1, 2, 3])
      cache.store("text", [4])
      #expect(cache.lookup("text")?.object == [4])
      _ = try onlyFile(in: folder)
    }
  }

  @Test("misses, and does not mix up, when another key has the same hash")
  func survivesCollision() throws {
    try withCache { cache, folder in
      cache.store("one", [1])
      let name = try onlyFile(in: folder)
      let entry = try bytes(of: name)
      cache.clear()
      cache.store("two", [2])
      try overwrite(try onlyFile(in: folder), entry)  // the entry of "one" under the hash of "two"
      #expect(cache.lookup("two") == nil)
      cache.store("two", [2])
      #expect(cache.lookup("two")?.object == [2])
      #expect(cache.complaints == [])
    }
  }

  /// The name is the published FNV-1a 128 hash of "a"; the checksum was computed by a few lines of
  /// Python from RFC 9923.
  @Test("writes exactly this file, for its owner alone")
  func writesThisFile() throws {
    try withCache { cache, folder in
      cache.store("a", [0x7f, 0x45])
      #expect(try names(in: folder) == ["d228cb696f1a8caf78912b704e4a8964.object"])
      let entry = try onlyFile(in: folder)
      #expect(
        try bytes(of: entry) == Array("smaltiob".utf8)
          + [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
          + [0x61, 0x7f, 0x45] + [0xa7, 0xe3, 0x79, 0x49, 0x77, 0x09, 0x0c, 0x4d])
      #expect(try mode(of: entry) == 0o600)
    }
  }

  @Test("lists count, bytes, oldest and newest use")
  func lists() throws {
    try withCache { cache, folder in
      #expect(cache.list().count == 0 && cache.list().byteCount == 0)
      #expect(cache.list().oldestUse == nil && cache.list().newestUse == nil)
      cache.store("one", [1])
      try setUse(try onlyFile(in: folder), seconds: 1_000)
      let first = cache.list()
      #expect(first.count == 1)
      #expect(first.byteCount == 44)  // 32 header, 3 key, 1 object, 8 checksum
      #expect(first.oldestUse == .seconds(1_000) && first.newestUse == .seconds(1_000))
      cache.store("three", [1, 2, 3])
      let both = cache.list()
      #expect(both.count == 2 && both.byteCount == 92)
      #expect(both.oldestUse == .seconds(1_000))
      #expect(try #require(both.newestUse) > .seconds(1_500_000_000))
      #expect(cache.complaints == [])
    }
  }

  @Test("clears its own files and leaves others alone")
  func clears() throws {
    try withCache { cache, folder in
      cache.store("one", [1])
      cache.store("two", [2])
      let stem = String(repeating: "0", count: 32)
      let (old, young) = (
        "\(stem).0123456789abcdef.partial", "\(stem).0123456789abcdee.partial"
      )
      let strangers = [
        "\(stem)", "\(stem)0.object", "\(stem).0123.partial", "\(stem.uppercased())x.object",
        "notes.object", "thesis.txt",
      ]
      for name in strangers + [old, young] { try overwrite("\(folder)/\(name)", [1]) }
      try setUse("\(folder)/\(old)", seconds: 1_000)
      try makeFolder("\(folder)/\(stem).object")
      #expect(cache.list().count == 2)
      #expect(cache.clear().count == 2)
      #expect(try names(in: folder) == (strangers + [young, "\(stem).object"]).sorted())
      #expect(cache.lookup("one") == nil)
    }
  }
}

@Suite("The object cache where nothing can be written")
struct ObjectCacheFailureTests {
  @Test("makes the folder, and those above it, for its owner alone")
  func makesFolder() throws {
    try withCacheFolder { folder in
      let cache = try ObjectCache(folder: "\(folder)/a/b//", byteLimit: 1 << 20)
      #expect(cache.folder == "\(folder)/a/b")
      #expect(try mode(of: "\(folder)/a") == 0o700)
      #expect(try mode(of: "\(folder)/a/b") == 0o700)
      cache.store("text", [1])
      #expect(cache.lookup("text")?.object == [1])
    }
  }

  @Test("refuses a folder that cannot be made")
  func refusesImpossibleFolder() throws {
    try withCacheFolder { folder in
      try overwrite("\(folder)/file", [])
      let diagnostic = try refusal(of: "\(folder)/file/cache")
      #expect(diagnostic.code == "cache.unwritable")
      #expect(diagnostic.message == "cannot write the cache: Not a directory")
    }
  }

  /// A process's own folder under /proc is its owner's and takes no files, not even root's.
  @Test("goes on when nothing can be stored, and says so once")
  func survivesUnwritableFolder() throws {
    let cache = try ObjectCache(folder: "/proc/\(getpid())", byteLimit: 1 << 20)
    cache.store("one", [1])
    cache.store("two", [2])
    #expect(cache.lookup("one") == nil)
    #expect(cache.codes == ["cache.unwritable"])
    #expect(cache.complaints.first?.place == cache.folder)
  }

  @Test("goes on when the folder vanishes")
  func survivesVanishedFolder() throws {
    try withCache { cache, folder in
      cache.store("one", [1])
      try FileManager.default.removeItem(atPath: folder)
      cache.store("two", [2])
      #expect(cache.lookup("one") == nil)
      #expect(cache.list().count == 0)
      #expect(cache.codes == ["cache.unwritable"])
    }
  }

  @Test("leaves nothing beside when the entry's name is taken by a folder")
  func leavesNothingBeside() throws {
    try withCache { cache, folder in
      cache.store("text", [1])
      let entry = try onlyFile(in: folder)
      cache.clear()
      try makeFolder(entry)
      cache.store("text", [1])
      #expect(cache.lookup("text") == nil)
      #expect(cache.codes == ["cache.unwritable", "cache.untrusted"])
      #expect(try onlyFile(in: folder) == entry)
    }
  }
}
