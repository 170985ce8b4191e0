import TensorCore

// The diagnostics of ModelZoo, alphabetically.

extension Diagnostic {
  static func entryUnknown(_ name: String, model: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "model.entry-unknown", "\(model) has no entry point \(name)",
      help: suggestion(name, known) ?? "it has " + known.joined(separator: ", "))
  }

  static func modelUnknown(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "model.unknown", "there is no model \(name)",
      help: suggestion(name, known) ?? "the zoo has " + known.joined(separator: ", "))
  }

  static func optionRange(_ message: String, help: String) -> Diagnostic {
    Diagnostic("model.option-range", message, help: help)
  }

  static func optionSyntax(_ text: String, model: String) -> Diagnostic {
    Diagnostic(
      "model.option-syntax", "\(text) is not an option of \(model)", help: "write key=value")
  }

  static func optionUnknown(_ key: String, model: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "model.option-unknown", "\(model) has no option \(key)",
      help: suggestion(key, known) ?? "it has " + known.joined(separator: ", "))
  }

  static func optionValue(
    _ key: String, _ text: String, kind: String, now value: String
  ) -> Diagnostic {
    Diagnostic(
      "model.option-value", "\(key) needs \(kind), got \(text.isEmpty ? "nothing" : text)",
      help: "for example \(key)=\(value)")
  }

  static func presetUnknown(_ name: String, model: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "model.preset-unknown", "\(model) has no preset \(name)",
      help: suggestion(name, known) ?? "it has " + known.joined(separator: ", "))
  }

  private static func suggestion(_ name: String, _ known: [String]) -> String? {
    NearestName.of(name, among: known).map { "did you mean \($0)?" }
  }
}
