import Smalti

package extension Diagnostic {
  /// Whether the words of the call alone are wrong, whatever the files hold.
  var isMistakeInCall: Bool {
    [
      "call.", "model.", "training.", "recipe.key", "recipe.no-", "recipe.range", "recipe.sweep",
      "recipe.syntax", "recipe.value", "run.exists", "run.no-run", "run.settings",
      "run.initial-weights", "clip.option-", "clip.start", "program.no-entry",
      "artefact.name", "artefact.levels-mixed", "artefact.no-entry",
      "artefact.specialisations-alike",
    ].contains { code.rawValue.hasPrefix($0) }
  }
}
