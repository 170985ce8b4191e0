import Foundation

/// A text that a person has read and found right, in a file: whole output, one claim per file.
///
/// A file is the expected output, or an input, a line `// ---`, and the output. With
/// `UPDATE_GOLDEN=1` in the environment a file that differs is rewritten and the check fails all
/// the same, so that a person reads the difference before it counts.
///
///     #expect(try Golden("printer/loop.graph").mismatch(graph.description) == nil)
public struct Golden: Sendable, CustomStringConvertible {
  public let url: URL

  private static let separator = "// ---\n"

  /// The file at `name` in the folder `Fixtures` beside the calling test's file.
  public init(_ name: String, beside test: String = #filePath) {
    url = Self.folder(beside: test).appendingPathComponent(name)
  }

  private init(_ url: URL) { self.url = url }

  /// Every file with the extension in `folder` of the fixtures, by name: arguments for one test.
  public static func all(
    in folder: String, extension suffix: String, beside test: String = #filePath
  ) -> [Golden] {
    let place = Self.folder(beside: test).appendingPathComponent(folder)
    let urls = try? FileManager.default.contentsOfDirectory(
      at: place, includingPropertiesForKeys: nil)
    return (urls ?? []).filter { $0.pathExtension == suffix }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }.map(Golden.init)
  }

  private static func folder(beside test: String) -> URL {
    URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("Fixtures")
  }

  public var description: String { url.lastPathComponent }
}

// MARK: - Reading and comparing
extension Golden {
  /// The text before the line `// ---`; nil if the file has no such line.
  public var input: String? {
    get throws {
      let text = try String(contentsOf: url, encoding: .utf8)
      return text.range(of: Self.separator).map { String(text[..<$0.lowerBound]) }
    }
  }

  /// The whole file.
  public var content: String {
    get throws { try String(contentsOf: url, encoding: .utf8) }
  }

  /// Why `actual` is not the expected output, or nil if it is.
  public func mismatch(_ actual: String) throws -> String? {
    try mismatch(actual, renewing: ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1")
  }

  package func mismatch(_ actual: String, renewing: Bool) throws -> String? {
    let text = try? String(contentsOf: url, encoding: .utf8)
    let separator = text?.range(of: Self.separator)
    let expected = text.map { text in separator.map { String(text[$0.upperBound...]) } ?? text }
    if actual == expected { return nil }
    guard renewing else {
      guard let expected else { return "\(url.path) cannot be read; UPDATE_GOLDEN=1 makes it" }
      return "\(self): \(Self.difference(expected, actual)); UPDATE_GOLDEN=1 renews it"
    }
    let kept = text.flatMap { text in separator.map { String(text[..<$0.upperBound]) } } ?? ""
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data((kept + actual).utf8).write(to: url, options: .atomic)
    return "\(self) is renewed; read the difference, then run again without UPDATE_GOLDEN"
  }

  /// The first line that differs, from both texts.
  static func difference(_ expected: String, _ actual: String) -> String {
    let left = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let right = actual.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(left, right).prefix { $0 == $1 }.count
    func shown(_ lines: [Substring]) -> String {
      line < lines.count ? "\"\(lines[line])\"" : "the end"
    }
    return "line \(line + 1) of the output is \(shown(right)), expected \(shown(left))"
  }
}
