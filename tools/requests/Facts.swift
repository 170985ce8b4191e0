import Foundation
import Smalti

// The diagnostics of ModelRequests, alphabetically.

package extension Diagnostic {
  static func callEmission(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.emission", "there is no form '\(name)'",
      help: nearest(name, known) ?? "the forms are " + list(known))
  }

  static func callNotInFile(_ option: String) -> Diagnostic {
    Diagnostic(
      "call.not-in-file", "\(option) needs a library that a compiled file does not bring along",
      help: "leave it out")
  }

  static func callNotYet(_ choice: String, use other: String) -> Diagnostic {
    Diagnostic("call.not-yet", "\(choice) is not available yet; use \(other)")
  }

  static func callNumber(_ option: String, _ value: Int, _ range: ClosedRange<Int>) -> Diagnostic {
    Diagnostic(
      "call.number",
      "\(option) must be \(range.lowerBound) to \(range.upperBound), got \(value)",
      help: "set \(option) \(min(max(value, range.lowerBound), range.upperBound))")
  }

  static func callOutputRepeated(_ path: String, _ options: [String]) -> Diagnostic {
    Diagnostic(
      "call.output-repeated", "\(options.joined(separator: " and ")) both name \(path)",
      help: "name a file for each")
  }

  static func callPart(_ name: String, of model: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "call.part", "\(model) has no part '\(name)'",
      help: nearest(name, known) ?? "its parts are " + list(known))
  }

  static func callSettings(_ setting: String, file path: String) -> Diagnostic {
    Diagnostic(
      "call.settings", "\(setting) sets an option, and a file has none", at: path,
      help: "leave it out, or name a model of the zoo")
  }

  static func callStepOfFile(_ path: String) -> Diagnostic {
    Diagnostic(
      "call.part", "a file has no step of training", at: path,
      help: "name a model of the zoo; TrainingStep in Swift makes a step of any program")
  }

  /// What the parser of arguments says, in our form: its first line, then its usage.
  static func callSpecialise(_ text: String) -> Diagnostic {
    Diagnostic(
      "call.specialise",
      "'\(text)' does not name an option of the model and different values of it",
      help: "write --specialise batch=1,8")
  }

  static func callSpecialiseParameters(_ one: String, _ other: String) -> Diagnostic {
    Diagnostic(
      "call.specialise-parameters",
      "with \(one) and with \(other) the model has different parameters, and a file has one set of "
        + "weights",
      help: "specialise an option of the inputs alone, as batch")
  }

  static func callTarget(_ name: String) -> Diagnostic {
    let known = TargetLevel.all.map(\.name)
    return Diagnostic(
      "call.target", "there is no target \(name)",
      help: nearest(name, known) ?? "the targets are " + list(known))
  }

  static func callTuningLevels() -> Diagnostic {
    Diagnostic(
      "call.tuning-levels", "a tuning is for one level, and --target names several",
      help: "name one level, or leave out --tuning")
  }

  static func callWeightsPlace(_ option: String, _ other: String) -> Diagnostic {
    Diagnostic(
      "call.weights-place", "\(option) and \(other) contradict each other",
      help: "with --no-weights the program that loads the file brings them")
  }

  static func fileNotText(_ path: String) -> Diagnostic {
    Diagnostic(
      "file.not-text", "\(path) is not UTF-8 text", at: path, help: "name a file of graph text")
  }

  static func fileUnreadable(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "file.unreadable", "cannot read \(path): \(reason)", at: path,
      help: "check the path and its permissions")
  }

  static func fileUnwritable(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "file.unwritable", "cannot write \(path): \(reason)", at: path,
      notes: ["nothing was left behind"],
      help: "name a file in an existing directory that you may write, on a disk with room")
  }

  // MARK: Words

  static func nearest(_ name: String, _ known: [String]) -> String? {
    NearestName.of(name, among: known).map { "did you mean \($0)?" }
  }

  static func list(_ names: [String]) -> String {
    names.isEmpty ? "nothing" : names.joined(separator: ", ")
  }
}
