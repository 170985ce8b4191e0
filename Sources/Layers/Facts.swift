import TensorCore

// The diagnostics of NeuralLayers, alphabetically.

extension Diagnostic {
  static func subsetTooLarge(_ count: Int, of total: Int) -> Diagnostic {
    Diagnostic(
      "attribute.range", "a random subset has at most all of the \(total) numbers, got \(count)",
      help: "choose 0 to \(total)")
  }
}
