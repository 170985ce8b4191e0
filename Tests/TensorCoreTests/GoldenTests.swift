import Foundation
import Goldens
import Testing

@Suite("goldens")
struct GoldenTests {
  /// A golden with `content` in a folder of its own, removed afterwards.
  private func withGolden(_ content: String?, _ body: (Golden) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("golden-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let golden = Golden("case.graph", beside: folder.appendingPathComponent("Test.swift").path)
    if let content {
      try FileManager.default.createDirectory(
        at: golden.url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content.utf8).write(to: golden.url)
    }
    try body(golden)
  }

  @Test("equal output passes, other output names the first line that differs")
  func compares() throws {
    try withGolden("a\nb\n") { golden throws in
      #expect(try golden.mismatch("a\nb\n", renewing: false) == nil)
      let mismatch = try golden.mismatch("a\nc\n", renewing: false)
      #expect(mismatch?.contains("line 2 of the output is \"c\", expected \"b\"") == true)
      let longer = try golden.mismatch("a\nb\n\nd", renewing: false)
      #expect(longer?.contains("line 4 of the output is \"d\", expected the end") == true)
      #expect(try golden.input == nil)
    }
  }

  @Test("a missing file fails")
  func refusesMissing() throws {
    try withGolden(nil) { golden throws in
      #expect(try golden.mismatch("", renewing: false)?.contains("cannot be read") == true)
    }
  }

  @Test("renewing writes the output, keeps the input, and fails that run")
  func renews() throws {
    try withGolden("in\n// ---\nold\n") { golden throws in
      #expect(try golden.input == "in\n")
      #expect(try golden.mismatch("new\n", renewing: true)?.contains("is renewed") == true)
      #expect(try String(contentsOf: golden.url, encoding: .utf8) == "in\n// ---\nnew\n")
      #expect(try golden.mismatch("new\n", renewing: true) == nil)
    }
    try withGolden(nil) { golden throws in
      #expect(try golden.mismatch("new\n", renewing: true) != nil)
      #expect(try golden.mismatch("new\n", renewing: false) == nil)
    }
  }
}
