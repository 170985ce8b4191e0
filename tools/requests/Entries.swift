import Smalti

/// Which entry points of a model a request is about.
package enum Entries {
  case all
  /// The one named, or the last of the model, which is the model as a whole.
  case one(String?)
  /// The one of this name, or of this name among the parts that the family tells; `whole` is the
  /// last where none is called so.
  case part(String)

  /// - Parameter training: what only training asks for: the loss.
  /// - Errors: `call.part`, `call.not-yet`.
  package func names(
    of known: [String], parts: [(name: String, entry: String)] = [], training: [String] = [],
    model: String
  ) throws(Diagnostic) -> [String] {
    switch self {
    case .all: return known
    case .one(nil) where known.isEmpty: return known
    case .one(let name): return [name ?? known[known.count - 1]]
    case .part(let name):
      if known.contains(name) || training.contains(name) { return [name] }
      if let part = parts.first(where: { $0.name == name }) { return [part.entry] }
      if name == "whole", let last = known.last { return [last] }
      let step = training.isEmpty ? [] : training + [TrainingStep.entry]
      throw .callPart(name, of: model, known: parts.map(\.name) + known + step)
    }
  }

  /// Whether the request is about a step of training, which families of the zoo have beside their
  /// parts.
  package var isStep: Bool {
    if case .part(TrainingStep.entry) = self { true } else { false }
  }
}
