import Foundation
import GraphCompiler
import TensorCore
import Testing

@Suite("Whom the object cache trusts")
struct ObjectCacheTrustTests {
  @Test("every permission bit: nobody else may write")
  func everyMode() {
    for mode: UInt32 in 0...0o7777 {
      let facts = FileFacts(kind: .file, owner: 7, mode: mode)
      let othersMayWrite = mode & 0o020 != 0 || mode & 0o002 != 0
      #expect((facts.distrust(expecting: .file, user: 7) != nil) == othersMayWrite)
    }
  }

  @Test("every kind, where a file or a folder is expected")
  func everyKind() {
    for kind: FileFacts.Kind in [.folder, .file, .link, .other] {
      for expected: FileFacts.Kind in [.folder, .file] {
        let facts = FileFacts(kind: kind, owner: 7, mode: 0o700)
        #expect((facts.distrust(expecting: expected, user: 7) == nil) == (kind == expected))
      }
    }
  }

  @Test("another user, root too, and in which words")
  func everyOwner() {
    func fact(_ kind: FileFacts.Kind, owner: UInt32, mode: UInt32, user: UInt32) -> String? {
      FileFacts(kind: kind, owner: owner, mode: mode).distrust(expecting: .folder, user: user)
    }
    #expect(fact(.folder, owner: 7, mode: 0o700, user: 7) == nil)
    #expect(
      fact(.folder, owner: 8, mode: 0o700, user: 7) == "belongs to user 8, and you are user 7")
    #expect(fact(.folder, owner: 0, mode: 0o700, user: 7) != nil)
    #expect(fact(.folder, owner: 7, mode: 0o700, user: 0) != nil)
    #expect(
      fact(.folder, owner: 7, mode: 0o1775, user: 7)
        == "may be written by others than you: its mode is 01775, and 01755 would do")
    #expect(fact(.link, owner: 7, mode: 0o777, user: 7) == "is a symbolic link, no folder")
  }

  @Test("refuses a folder of someone else")
  func refusesForeignFolder() throws {
    try withCacheFolder { folder in
      let diagnostic = try refusal(of: folder, user: geteuid() + 1)
      #expect(diagnostic.code == "cache.untrusted")
      #expect(
        diagnostic.message.hasSuffix(
          "belongs to user \(geteuid()), and you are user \(geteuid() + 1)")
      )
    }
  }

  @Test("refuses a folder that others may write", arguments: [0o720, 0o702, 0o1777] as [mode_t])
  func refusesOpenFolder(_ mode: mode_t) throws {
    try withCacheFolder { folder in
      try #require(chmod(folder, mode) == 0)
      #expect(try refusal(of: folder).code == "cache.untrusted")
      try #require(chmod(folder, 0o755) == 0)
      _ = try ObjectCache(folder: folder, byteLimit: 1 << 20)
    }
  }

  @Test("refuses a link to a folder, a slash behind it or not, and a file")
  func refusesLinkAsFolder() throws {
    try withCacheFolder { folder in
      try makeFolder("\(folder)/real")
      try #require(symlink("real", "\(folder)/link") == 0)
      try #require(symlink("nothing", "\(folder)/dangling") == 0)
      try overwrite("\(folder)/file", [])
      for name in ["link", "dangling"] {
        let diagnostic = try refusal(of: "\(folder)/\(name)")
        #expect(diagnostic.code == "cache.untrusted")
        #expect(diagnostic.message.hasSuffix("this is a symbolic link, no folder"))
      }
      #expect(throws: Diagnostic.self) {
        try ObjectCache(folder: "\(folder)/link/", byteLimit: 1 << 20)
      }
      #expect(try refusal(of: "\(folder)/file").message.hasSuffix("is a regular file, no folder"))
    }
  }

  /// An entry that was made untrustworthy is a miss and is told; storing replaces it.
  private func expectDistrust(
    _ fact: String, of change: (_ entry: String, _ elsewhere: String) throws -> Void
  ) throws {
    try withCacheFolder { folder in
      try makeFolder("\(folder)/cache")
      let cache = try ObjectCache(folder: "\(folder)/cache", byteLimit: 1 << 20)
      cache.store("text", [1])
      let entry = try onlyFile(in: cache.folder)
      try change(entry, "\(folder)/elsewhere")
      #expect(cache.lookup("text") == nil)
      let complaint = try #require(cache.complaints.first)
      #expect(complaint.code == "cache.untrusted")
      #expect(complaint.place == entry)
      #expect(complaint.message.contains(fact))
      cache.store("text", [2])
      #expect(cache.lookup("text")?.object == [2])
      #expect(try mode(of: entry) == 0o600)
      #expect(cache.complaints.count == 1)
    }
  }

  @Test("misses an entry that others may write", arguments: [0o620, 0o602] as [mode_t])
  func distrustsOpenEntry(_ mode: mode_t) throws {
    try expectDistrust("its mode is 0\(String(mode, radix: 8)), and 0600 would do") { entry, _ in
      try #require(chmod(entry, mode) == 0)
    }
  }

  @Test("misses a link, even to a sound entry")
  func distrustsLink() throws {
    try expectDistrust("is a symbolic link, no regular file") { entry, elsewhere in
      try #require(rename(entry, elsewhere) == 0)
      try #require(symlink(elsewhere, entry) == 0)
    }
  }

  @Test("misses a pipe, and does not wait for its writer")
  func distrustsPipe() throws {
    try expectDistrust("is a device or pipe, no regular file") { entry, _ in
      try #require(unlink(entry) == 0 && mkfifo(entry, 0o600) == 0)
    }
  }

  /// Only root can give files away; for anyone else, `everyOwner` holds the law, and the tests
  /// above show that entries are under it.
  @Test("misses an entry of someone else")
  func distrustsForeignEntry() throws {
    guard geteuid() == 0 else {
      let facts = FileFacts(kind: .file, owner: 0, mode: 0o600)
      #expect(facts.distrust(expecting: .file, user: geteuid()) != nil)
      return
    }
    try expectDistrust("belongs to user 65534, and you are user 0") { entry, _ in
      try #require(chown(entry, 65534, 65534) == 0)
    }
  }
}
