import TensorCore

// The diagnostics of PageReports, alphabetically. The place is the report's part.

extension Diagnostic {
  static func reportElement(_ part: String, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "report.element", "\(part) needs u8 or a floating type, got \(type)", at: part,
      help: "pass pictures as u8, or as fractions of full brightness")
  }

  static func reportShape(
    _ part: String, _ axes: String, expected: String, _ type: TensorType
  ) -> Diagnostic {
    Diagnostic(
      "report.shape", "\(part) needs the shape \(axes) = \(expected), got \(type)", at: part,
      help: "leave out the batch axis, and pass all frames, slots and pixels of one run")
  }
}
