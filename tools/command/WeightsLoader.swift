import ArgumentParser
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

/// Parameters, made or read when they are asked for.
enum WeightsSource: Sendable {
  case made(Key)
  case file(SafetensorsFile)

  /// The raw bytes of a parameter, row-major.
  func bytes(of parameter: Parameter) throws(Diagnostic) -> AlignedBytes {
    switch self {
    case .made(let key): AlignedBytes(parameter.initialValue(seed: key).bytes)
    case .file(let file): AlignedBytes(copying: try file.bytes(of: parameter.path))
    }
  }
}

extension AlignedBytes {
  /// A copy where vectors can be loaded: a mapped file places tensors as it likes.
  convenience init(copying tensor: TensorBytes) {
    self.init(uninitializedByteCount: tensor.type.byteCount)
    tensor.withUnsafeBytes { bytes.copyMemory(from: $0) }
  }
}
