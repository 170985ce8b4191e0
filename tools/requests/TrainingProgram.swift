import Smalti

extension ModelFamily {
  /// The step that trains the family, by its recipe.
  ///
  /// - Errors: those of the family's options, of tracing and of gradients.
  package func trainingProgram() throws(Diagnostic) -> Program {
    try recipe.step.program(program(entries: [Self.lossEntry]), entry: Self.lossEntry)
  }
}
