import Foundation
import Testing

/// Texts that a person has read, beside the tests.
enum Golden {
  /// Compares `text` with the file `name`. `UPDATE_GOLDEN=1` renews the file and fails the test,
  /// so that a person reads the difference.
  static func expect(_ text: String, is name: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Goldens/\(name)")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("\(name) is renewed: read the difference, then run without UPDATE_GOLDEN")
      return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
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
