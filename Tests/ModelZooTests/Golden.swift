import Foundation
import Testing

/// Texts that a person has read, beside the tests.
enum Golden {
  /// Compares `text` with the file `name`. `UPDATE_GOLDEN=1` renews the file and fails the test,
  /// so that a person reads the difference.
  static func expect(_ text: String, is name: String) throws {
    let file = RepositoryFile("Tests/ModelZooTests/Goldens/\(name)")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try text.write(to: file.url, atomically: true, encoding: .utf8)
      Issue.record("\(name) is renewed: read the difference, then run without UPDATE_GOLDEN")
      return
    }
    let expected = try file.text
    guard text != expected else { return }
    let (new, old) = (lines(text), lines(expected))
    let line = zip(new, old).prefix { $0 == $1 }.count
    Issue.record(
      """
      \(name) differs from line \(line + 1); UPDATE_GOLDEN=1 renews it
        golden: \(line < old.count ? old[line] : "(no more lines)")
        now:    \(line < new.count ? new[line] : "(no more lines)")
      """)
  }

  private static func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }
}

/// A file of the repository that these tests were built from.
struct RepositoryFile {
  let url: URL

  init(_ path: String) {
    url =
      URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(path)")
      .standardizedFileURL
  }

  var text: String { get throws { try String(contentsOf: url, encoding: .utf8) } }
}
