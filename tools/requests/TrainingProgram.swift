import Smalti

extension ModelFamily {
  /// The step that trains the family, by its recipe.
  ///
  /// - Errors: those of the family's options, of tracing and of gradients.
  package func trainingProgram() throws(Diagnostic) -> Program {
    let recipe = recipe
    let optimizer: any Optimizer =
      switch recipe.optimizer {
      case .adam(let beta1, let beta2, let epsilon):
        Adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
      }
    let step = TrainingStep(
      optimizer, schedule: .constant(recipe.learningRate), gradientClip: recipe.gradientClip)
    return try step.program(program(entries: [Self.lossEntry]), entry: Self.lossEntry)
  }
}
