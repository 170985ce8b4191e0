import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite("files")
struct AtomicFileTests {
  @Test("replaces a file whole, and makes it readable as the umask allows")
  func replacesFile() throws {
    try withFolder { folder in
      let path = "\(folder)/x"
      try AtomicFile.write(Array("old and longer".utf8), to: path)
      try AtomicFile.write(to: path) { writer throws(Diagnostic) in
        try writer.append(Array("new, ".utf8))
        try writer.append([])
        try writer.append(Array("in parts".utf8))
      }
      #expect(try fileBytes(path) == Array("new, in parts".utf8))
      try expectFiles(["x"], in: folder)
      let mask = umask(0)
      umask(mask)
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == Int(0o666 & ~mask))
    }
  }

  @Test("keeps the old content, and nothing else, when the writer fails")
  func keepsOldContent() throws {
    let failure = Diagnostic("test.failure", "stopped half way", help: "none")
    try withFolder { folder in
      let path = "\(folder)/x"
      try AtomicFile.write([1, 2, 3], to: path)
      expectRefusal("test.failure", ["stopped half way"]) {
        try AtomicFile.write(to: path) { writer throws(Diagnostic) in
          try writer.append([9])
          throw failure
        }
      }
      #expect(try fileBytes(path) == [1, 2, 3])
      try expectFiles(["x"], in: folder)
    }
  }

  @Test("shows the new content only when it is whole")
  func showsWholeContent() throws {
    try withFolder { folder in
      let path = "\(folder)/x"
      try AtomicFile.write(to: path) { writer throws(Diagnostic) in
        try writer.append([1])
        #expect(!FileManager.default.fileExists(atPath: path))
      }
      #expect(try fileBytes(path) == [1])
    }
  }

  @Test("follows a symbolic link instead of replacing it")
  func followsLink() throws {
    try withFolder { folder in
      let manager = FileManager.default
      try manager.createDirectory(atPath: "\(folder)/real", withIntermediateDirectories: false)
      try AtomicFile.write([1], to: "\(folder)/real/x")
      try manager.createSymbolicLink(
        atPath: "\(folder)/link", withDestinationPath: "\(folder)/real/x")
      try AtomicFile.write([2], to: "\(folder)/link")
      #expect(try fileBytes("\(folder)/real/x") == [2])
      #expect(try manager.destinationOfSymbolicLink(atPath: "\(folder)/link") == "\(folder)/real/x")
      try expectFiles(["x"], in: "\(folder)/real")
    }
  }

  @Test("refuses output that cannot be written, whatever the format")
  func refusesUnwritableOutput() throws {
    let one = try TensorBytes(HostTensor(TensorType(.u8, [1, 1, 3]), repeating: 7))
    try withFolder { folder in
      try AtomicFile.write([1], to: "\(folder)/file")
      let paths = [
        ("\(folder)/missing/x", "No such file or directory"),
        ("\(folder)/file/x", "Not a directory"),
        ("/proc/x", "No such file or directory"),
      ]
      for (path, reason) in paths {
        let parts = ["cannot write \(path)", reason, "nothing was left behind"]
        expectRefusal("file.unwritable", parts) { try AtomicFile.write([1], to: path) }
        expectRefusal("file.unwritable", parts) {
          try SafetensorsFile.write([("w", one)], to: path)
        }
        expectRefusal("file.unwritable", parts) { try NPYFile.write(one, to: path) }
        expectRefusal("file.unwritable", parts) { try NPZFile.write([("w", one)], to: path) }
        expectRefusal("file.unwritable", parts) { try PNGFile.write(one, to: path) }
      }
      expectRefusal("file.not-regular", [folder, "a directory or a device"]) {
        try AtomicFile.write([1], to: folder)
      }
      // A pipe stands for every device: a broken check must not cost the machine its /dev/null.
      try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
      expectRefusal("file.not-regular", ["\(folder)/pipe"]) {
        try AtomicFile.write([1], to: "\(folder)/pipe")
      }
      var status = stat()
      try #require(stat("\(folder)/pipe", &status) == 0)
      #expect(status.st_mode & S_IFMT == S_IFIFO)
      try expectFiles(["file", "pipe"], in: folder)
    }
  }

  @Test("refuses input that cannot be read, without waiting for a pipe")
  func refusesUnreadableInput() throws {
    try withFolder { folder in
      let readers: [(String) throws -> Void] = [
        { _ = try SafetensorsFile(reading: $0) }, { _ = try NPYFile.read($0) },
        { _ = try NPZFile(reading: $0) }, { _ = try PNGFile.read($0) },
      ]
      try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
      for read in readers {
        expectRefusal("file.unreadable", ["cannot read \(folder)/x", "No such file"]) {
          try read("\(folder)/x")
        }
        expectRefusal("file.not-regular", [folder]) { try read(folder) }
        expectRefusal("file.not-regular", ["\(folder)/pipe"]) { try read("\(folder)/pipe") }
      }
    }
  }

  @Test("refuses bytes that are not those of the type")
  func refusesByteCount() {
    expectRefusal("tensor.byte-count", ["f32[2] takes 8 bytes, got 7"]) {
      _ = try TensorBytes(.f32([2]), bytes: [UInt8](repeating: 0, count: 7))
    }
  }
}
