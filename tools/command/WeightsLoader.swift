import ArgumentParser
import ModelRequests
import Smalti

/// `--weights W`: where a model's parameters come from.
struct WeightsOption: ParsableArguments {
  @Option(help: "A safetensors file with exactly this model's parameters; else made from --seed.")
  var weights: String?

  /// - Errors: `file.unreadable`, the `safetensors.` codes, `weights.mismatch`.
  func source(
    for model: ChosenModel, _ options: GlobalOptions
  ) throws(Diagnostic) -> WeightsSource {
    guard let weights else {
      if !model.parameters.isEmpty {
        options.note(
          "without --weights, \(model.name) has weights made from seed \(options.seed); "
            + "it is not trained")
      }
      return .made(options.key)
    }
    let file = try SafetensorsFile(reading: weights)
    try file.requireExactly(model.parameters.map { ($0.path, $0.type) })
    return .file(file)
  }
}
