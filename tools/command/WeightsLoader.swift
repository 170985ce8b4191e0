import ArgumentParser
import ModelRequests
import Smalti

/// `--weights W`: where a model's parameters come from.
struct WeightsOption: ParsableArguments {
  @Option(
    help: "A safetensors file of this model's parameters, or a checkpoint; else made from --seed.")
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
    return try Self.file(weights, for: model.parameters)
  }

  /// Weights in a file: exactly these parameters, or a checkpoint that has them beside its states.
  ///
  /// - Errors: as above.
  static func file(
    _ path: String, for parameters: [Parameter]
  ) throws(Diagnostic) -> WeightsSource {
    let file = try SafetensorsFile(reading: path)
    let isCheckpoint = Checkpoint.isOne(file)
    try file.requireExactly(
      parameters.map { ($0.path, $0.type) },
      besides: { isCheckpoint && Checkpoint.isState($0) })
    return .file(file)
  }
}
