import GraphIR
import TensorCore

// The diagnostics of GraphTraining, alphabetically.

extension Diagnostic {
  static func trainingNoLoss(
    _ entry: String, first: String? = nil, _ type: TensorType? = nil
  ) -> Diagnostic {
    let got = first.map { name in "\(name), \(type.map(\.description) ?? "")" } ?? "no result"
    return Diagnostic(
      "training.no-loss", "\(entry) must return one floating number first, the loss, got \(got)",
      help: "return the loss first; sum or average it to one number")
  }

  static func trainingNoParameter(_ entry: String, isFrozen: Bool) -> Diagnostic {
    Diagnostic(
      "training.no-parameter",
      isFrozen ? "every parameter of \(entry) is frozen" : "\(entry) reads no parameter",
      help: isFrozen ? "take some out of frozen" : "there is nothing to train")
  }

  static func trainingOption(_ name: String, _ value: String, needs what: String) -> Diagnostic {
    Diagnostic(
      "training.option", "\(name) must be \(what), got \(value)", help: "set \(name) to \(what)")
  }

  static func trainingUnknownArgument(_ name: String, _ loss: Graph) -> Diagnostic {
    let known = loss.arguments.filter { loss.type($0.value) == .f32([]) }.map(\.name)
    return Diagnostic(
      "training.option", "\(loss.name) has no argument \(name) f32[] that a schedule could give",
      help: known.isEmpty
        ? "make the number an argument of the loss"
        : "its f32 scalars are " + known.joined(separator: ", "))
  }

  static func trainingUnknownFrozen(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "training.option", "frozen names \(name), which is no parameter and no scope of one",
      help: "the parameters are " + known.prefix(12).joined(separator: ", ")
        + (known.count > 12 ? ", and \(known.count - 12) more" : ""))
  }
}
