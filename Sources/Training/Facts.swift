import TensorCore

// The diagnostics of GraphTraining, alphabetically.

extension Diagnostic {
  static func trainingOption(_ name: String, _ value: String, needs what: String) -> Diagnostic {
    Diagnostic("training.option", "\(name) must be \(what), got \(value)", help: "set \(name)")
  }
}
