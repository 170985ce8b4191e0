import TensorCore

/// Names of the C that a compiled file offers.
enum CNames {
  /// `text` with `_` for whatever a C identifier cannot hold: `simone-tiny.v2` is `simone_tiny_v2`.
  static func identifier(_ text: String) -> String {
    let body = String(
      text.unicodeScalars.map { scalar in
        isWord(scalar) ? Character(scalar) : "_"
      })
    guard let first = body.unicodeScalars.first else { return "model" }
    return ("0"..."9").contains(first) ? "model_\(body)" : body
  }

  static func isIdentifier(_ text: String) -> Bool { !text.isEmpty && identifier(text) == text }

  /// Whether functions that begin with `name` could be the runtime's, all of which begin with
  /// `smalti_`, or the language's own.
  static func isTaken(_ name: String) -> Bool {
    name == "smalti" || name.hasPrefix("smalti_") || name.hasPrefix("_")
  }

  static func macro(_ words: [String]) -> String {
    words.map { identifier($0) }.joined(separator: "_").uppercased()
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
      || scalar == "_"
  }

  /// What every model's functions are called, behind its name and `_`.
  static let reserved = [
    "allowed_processors", "check", "check_weights", "close_weights", "level", "model",
    "open_weights", "pool_create", "pool_executor", "pool_free", "prepare", "run", "status_text",
  ]

  /// The function of each entry point, behind the model's name and `_`.
  ///
  /// - Errors: `artefact.names-meet`.
  static func functions(of entries: [String]) throws(Diagnostic) -> [String] {
    var taken: [String: String] = [:]
    for name in reserved { taken[name] = "a function that every model has" }
    return try entries.map { entry throws(Diagnostic) in
      let function = identifier(entry)
      for name in [function, "\(function)_workspace_bytes"] {
        if let other = taken[name] { throw .artefactNamesMeet(entry, function: name, with: other) }
        taken[name] = "a function of entry point \(entry)"
      }
      return function
    }
  }

  /// `text` as a part of a comment, which nothing in it ends.
  static func comment(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
      .replacing("*/", with: "* /").replacing("/*", with: "/ *")
  }

  /// A string literal of C.
  static func literal(_ text: String) -> String {
    var body = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): body += "\\\(Character(UnicodeScalar(byte)))"
      // A question mark could begin a trigraph.
      case 0x20..<0x7F where byte != UInt8(ascii: "?"): body += String(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 8)
        body += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    }
    return "\"\(body)\""
  }
}
