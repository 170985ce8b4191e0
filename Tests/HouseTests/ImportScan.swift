// Reads import lines out of Swift text. Reads every branch of `#if`, because a house rule holds on
// every platform; skips comments and multi-line strings, because a test's made-up sources live there.

/// One import line.
struct ImportLine: Equatable {
  /// The top module: `Foundation` for `import struct Foundation.URL`.
  var module: String
  /// Counted from 1.
  var line: Int
}

/// The imports of one Swift file.
///
/// Understands attributes (`@_exported`), access levels (`internal import`), kinds (`import struct
/// A.B`) and several statements on a line.
func importLines(in text: String) -> [ImportLine] {
  var found: [ImportLine] = []
  var scanner = LineScanner()
  for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
    for statement in scanner.code(of: line).split(separator: ";") {
      guard let module = importedModule(of: statement) else { continue }
      found.append(ImportLine(module: module, line: index + 1))
    }
  }
  return found
}

/// The module that a statement imports, or nil when it is no import.
private func importedModule(of statement: Substring) -> String? {
  let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
  let access: Set = ["public", "package", "internal", "fileprivate", "private"]
  var words = statement.split(whereSeparator: \.isWhitespace)[...]
  while let word = words.first, word.hasPrefix("@") || access.contains(String(word)) {
    words.removeFirst()
  }
  guard words.popFirst() == "import", var path = words.popFirst() else { return nil }
  if kinds.contains(String(path)), let next = words.first { path = next }
  return path.split(separator: ".").first.map(String.init)
}

/// Removes comments and multi-line strings, line after line.
private struct LineScanner {
  private var commentDepth = 0
  private var isInString = false

  /// What is left of `line`; a string on one line stays, as it cannot look like an import.
  mutating func code(of line: Substring) -> String {
    var kept = ""
    var rest = line
    while !rest.isEmpty {
      if isInString {
        isInString = !rest.skip(past: "\"\"\"")
      } else if commentDepth > 0 {
        skipComment(&rest)
      } else if rest.hasPrefix("//") {
        break
      } else if rest.hasPrefix("/*") {
        commentDepth = 1
        rest = rest.dropFirst(2)
      } else if rest.hasPrefix("\"\"\"") {
        isInString = true
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("\"") {
        // A string on one line ends on it; what is inside (`//`, `/*`) starts no comment.
        kept += skipString(&rest)
      } else {
        kept.append(rest.removeFirst())
      }
    }
    return kept
  }

  /// Steps over one character of a comment, or over its start or end: comments nest in Swift.
  private mutating func skipComment(_ rest: inout Substring) {
    if rest.hasPrefix("*/") {
      commentDepth -= 1
      rest = rest.dropFirst(2)
    } else if rest.hasPrefix("/*") {
      commentDepth += 1
      rest = rest.dropFirst(2)
    } else {
      rest = rest.dropFirst()
    }
  }

  /// Steps over a string on one line and returns an empty one in its place.
  private func skipString(_ rest: inout Substring) -> String {
    rest = rest.dropFirst()
    while let character = rest.popFirst(), character != "\"" {
      if character == "\\" { rest = rest.dropFirst() }
    }
    return "\"\""
  }
}

extension Substring {
  /// Drops everything up to and with `mark`; false (and nothing left) when it is not there.
  fileprivate mutating func skip(past mark: String) -> Bool {
    while !isEmpty {
      if hasPrefix(mark) {
        self = dropFirst(mark.count)
        return true
      }
      self = dropFirst()
    }
    return false
  }
}
