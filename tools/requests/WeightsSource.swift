import Smalti

/// Parameters, made or read when they are asked for.
package enum WeightsSource: Sendable {
  case made(Key)
  case file(SafetensorsFile)

  /// The raw bytes of a parameter, row-major.
  package func bytes(of parameter: Parameter) throws(Diagnostic) -> AlignedBytes {
    switch self {
    case .made(let key): AlignedBytes(parameter.initialValue(seed: key).bytes)
    case .file(let file): AlignedBytes(copying: try file.bytes(of: parameter.path))
    }
  }
}

package extension AlignedBytes {
  /// A copy where vectors can be loaded: a mapped file places tensors as it likes.
  convenience init(copying tensor: TensorBytes) {
    self.init(uninitializedByteCount: tensor.type.byteCount)
    tensor.withUnsafeBytes { bytes.copyMemory(from: $0) }
  }
}
