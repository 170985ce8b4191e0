import ArgumentParser
import ModelRequests
import Smalti

/// `MODEL [key=value …]`: a member of the zoo, or a file of graph text.
struct ModelArgument: ParsableArguments {
  @Argument(help: "A model (simone, simone:tiny; see smalti models) or a file of graph text.")
  var model: String

  @Argument(help: ArgumentHelp("Options of the model.", valueName: "key=value"))
  var settings: [String] = []

  /// The program of the entry points asked for; nil means the model as a whole.
  ///
  /// - Errors: those of the zoo, of files and of graph text; `program.no-entry`, `call.settings`.
  func chosen(_ entries: Entries) throws(Diagnostic) -> ChosenModel {
    try ChosenModel(model, settings, entries)
  }
}
