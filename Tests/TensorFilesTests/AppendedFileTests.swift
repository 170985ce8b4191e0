import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite("appended files") struct AppendedFileTests {
  @Test("grow at their end, also when they were there before")
  func grows() throws {
    try withFolder { folder in
      let path = "\(folder)/x"
      let first = try AppendedFile(path)
      try first.append(Array("one ".utf8))
      try first.append([])
      try first.append(Array("two ".utf8))
      try first.sync()
      #expect((first.path, first.byteCount) == (path, 8))
      let second = try AppendedFile(path)
      #expect(second.byteCount == 8)
      try second.append(Array("three".utf8))
      #expect(try fileBytes(path) == Array("one two three".utf8))
      #expect(second.byteCount == 13)
    }
  }

  @Test("keep as much as they are told, and refuse to keep more than there is")
  func keeps() throws {
    try withFolder { folder in
      let path = "\(folder)/x"
      try AppendedFile(path).append([1, 2, 3, 4, 5])
      expectRefusal("file.too-short", [path, "6 bytes of the file are to be kept, and it has 5"]) {
        _ = try AppendedFile(path, keeping: 6)
      }
      #expect(try fileBytes(path) == [1, 2, 3, 4, 5])
      try AppendedFile.truncate(path, to: 4)
      #expect(try fileBytes(path) == [1, 2, 3, 4])
      for (kept, expected) in [(4, [1, 2, 3, 4, 9]), (2, [1, 2, 9]), (0, [9])] as [(Int, [UInt8])] {
        try AppendedFile(path, keeping: kept).append([9])
        #expect(try fileBytes(path) == expected)
        try AtomicFile.write([1, 2, 3, 4], to: path)
      }
      // Nothing to keep: a new file will do.
      #expect(try AppendedFile("\(folder)/y", keeping: 0).byteCount == 0)
      expectRefusal("file.too-short", ["\(folder)/z", "1 bytes", "there is no such file"]) {
        _ = try AppendedFile("\(folder)/z", keeping: 1)
      }
      try expectFiles(["x", "y"], in: folder)
    }
  }

  @Test("are as they were when there is no room for all")
  func keepsWholeRecords() throws {
    try withFolder { folder in
      // A file as large as this process may make, but for ten bytes; it has a hole and takes no room.
      var limits = rlimit()
      let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
      try #require(getrlimit(resource, &limits) == 0)
      let before = limits
      limits.rlim_cur = 1 << 33
      signal(SIGXFSZ, SIG_IGN)
      try #require(setrlimit(resource, &limits) == 0)
      defer {
        var before = before
        setrlimit(resource, &before)
      }
      let path = "\(folder)/x"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      let start = (1 << 33) - 10
      try #require(truncate(path, start) == 0)
      let file = try AppendedFile(path)
      expectRefusal("file.unwritable", [path, "File too large", "the file is as it was"]) {
        try file.append([UInt8](repeating: 7, count: 11))
      }
      func byteCount() throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      }
      #expect(file.byteCount == start)
      #expect(try byteCount() == start)
      try file.append([UInt8](repeating: 7, count: 10))
      #expect(file.byteCount == 1 << 33)
      #expect(try byteCount() == 1 << 33)
    }
  }

  @Test("refuse what cannot be written, and devices")
  func refuses() throws {
    try withFolder { folder in
      expectRefusal("file.unwritable", ["cannot write \(folder)/missing/x", "No such file"]) {
        _ = try AppendedFile("\(folder)/missing/x")
      }
      try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
      for path in ["\(folder)/pipe", folder] {
        expectRefusal("file.not-regular", [path]) { _ = try AppendedFile(path) }
        expectRefusal("file.not-regular", [path]) { try AppendedFile.truncate(path, to: 0) }
      }
    }
  }
}
