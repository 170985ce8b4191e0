import Smalti

extension ModelFamily {
  /// The step that trains the family, by its recipe.
  ///
  /// - Errors: those of the family's options, of tracing and of gradients.
  package func trainingProgram() throws(Diagnostic) -> Program {
    let recipe = recipe
    let optimizer: any Optimizer =
      switch recipe.optimizer {
      case .adam: Adam()
      }
    let step = TrainingStep(
      optimizer, schedule: .constant(recipe.learningRate), gradientClip: recipe.gradientClip)
    return try step.program(program(entries: [Self.lossEntry]), entry: Self.lossEntry)
  }
}
