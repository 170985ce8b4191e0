import TensorCore
import TensorFiles

/// The file of a run's best parameters: a model's weights, and where they come from.
///
/// Its metadata: `model`, `step`, every option of the model as `option.KEY`, and every score of the validation as
/// `validation.SCORE`.
public enum BestWeights {
  /// - Errors: `file.unwritable`.
  static func write(
    _ tensors: [(name: String, value: TensorBytes)], _ description: RunDescription, step: Int,
    _ evaluation: Evaluation, to path: String
  ) throws(Diagnostic) {
    let options = description.family.settings.map { (key: "option.\($0.name)", value: $0.value) }
    let scores = evaluation.values.compactMap { name, value in
      value.map { (key: "validation.\(name)", value: "\($0)") }
    }
    try SafetensorsFile.write(
      tensors,
      metadata: [("model", description.model), ("step", "\(step)")] + options + scores, to: path)
  }

  /// A score of the validation, if the file says it.
  public static func validation(of file: SafetensorsFile, _ score: String) -> Double? {
    file.metadata.first { $0.key == "validation.\(score)" }.flatMap { Double($0.value) }
  }
}
