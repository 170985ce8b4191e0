import Foundation

/// Where words go: results to standard output, everything else to standard error.
enum Console {
  static func result(_ text: String) { write(text + "\n", to: .standardOutput) }

  static func error(_ text: String) {
    Progress.clear()
    write(text + "\n", to: .standardError)
  }

  static func write(_ text: String, to file: FileHandle) {
    // A reader that went away (`smalti ops | head`) is no failure of ours.
    try? file.write(contentsOf: Data(text.utf8))
  }

  /// Whether standard error is a terminal that understands control sequences.
  static let errorIsTerminal: Bool = {
    let kind = ProcessInfo.processInfo.environment["TERM"] ?? "dumb"
    return isatty(STDERR_FILENO) == 1 && kind != "dumb"
  }()

  /// False when `NO_COLOR` is set to anything (no-color.org).
  static let usesColor =
    errorIsTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
}
