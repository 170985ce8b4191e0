import GraphIR
import TensorCore

// The diagnostics of GraphAutodiff, alphabetically.

extension Diagnostic {
  static func gradientMissing(
    _ variable: String, of loss: String, _ stops: [String]
  ) -> Diagnostic {
    Diagnostic(
      "gradient.no-path", "\(loss) has no gradient with respect to \(variable)",
      notes: stops.isEmpty ? ["\(loss) does not read \(variable) at all"] : stops,
      help: "leave \(variable) out of the variables")
  }

  static func gradientOfIntegers(_ name: String, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "gradient.not-floating", "\(name) is \(type), which has no small changes",
      help: "differentiate with respect to floating values")
  }

  static func gradientOfVector(_ type: TensorType) -> Diagnostic {
    Diagnostic(
      "gradient.not-scalar", "a gradient is of one floating number, got \(type)",
      help: "sum or average it first")
  }

  static func gradientUnknown(_ kind: String, _ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "gradient.no-value", "the graph has no \(kind) \(name)",
      help: known.isEmpty ? "it has none" : "it has " + known.joined(separator: ", "))
  }
}
