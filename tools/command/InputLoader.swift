import ModelRequests
import Smalti

/// `--input NAME=FILE`: arrays from files, brought to the types that a model reads.
struct InputLoader {
  typealias Argument = (name: String, type: TensorType)

  private let arguments: [Argument]
  private var files: [String: String] = [:]

  /// - Parameter assignments: `video=clip.npy`, `video=clips.npz`, `video=clips.npz:name`.
  /// - Errors: `call.input-syntax`, `call.input-unknown`, `call.input-repeated`.
  init(_ arguments: [Argument], _ assignments: [String]) throws(Diagnostic) {
    self.arguments = arguments
    let known = arguments.map(\.name)
    for assignment in assignments {
      guard let split = assignment.firstIndex(of: "="), split != assignment.startIndex else {
        throw .callInputFormat(assignment)
      }
      let name = String(assignment[..<split])
      let path = String(assignment[assignment.index(after: split)...])
      guard !path.isEmpty else { throw .callInputFormat(assignment) }
      guard known.contains(name) else { throw .callInputUnknown(name, known: known) }
      guard files.updateValue(path, forKey: name) == nil else { throw .callInputRepeated(name) }
    }
  }

  init(_ graph: Graph, _ assignments: [String]) throws(Diagnostic) {
    let arguments = graph.arguments.map { (name: $0.name, type: graph.type($0.value)) }
    try self.init(arguments, assignments)
  }

  /// Every argument of the model, `given` as they are. An input `key` that no file gives is drawn
  /// from `seed`.
  ///
  /// - Errors: `call.input-missing`, `call.input-type`, and those of the files.
  func tensors(
    seed: Key, given: [String: HostTensor] = [:]
  ) throws(Diagnostic) -> [String: HostTensor] {
    var tensors = given
    for argument in arguments where given[argument.name] == nil {
      let type = argument.type
      if let path = files[argument.name] {
        let given = try Self.read(argument.name, path)
        guard let fitting = Self.fitted(given, to: type) else {
          throw .callInputType(argument.name, needed: type, got: given.type, from: path)
        }
        tensors[argument.name] = fitting
      } else if argument.name == "key", type == .u64([]) {
        tensors["key"] = .u64([], [seed.folded("noise").bits])
      } else {
        throw .callInputMissing(argument.name, type)
      }
    }
    return tensors
  }

  /// The array of a file; of an archive the one named after a colon, or named as the input, or the
  /// only one.
  static func read(_ name: String, _ path: String) throws(Diagnostic) -> HostTensor {
    // Not any `.npz` in the path: a folder may be called so.
    if let mark = path.range(of: ".npz:") {
      let archive = try NPZFile(reading: String(path[..<path.index(before: mark.upperBound)]))
      return try archive.tensor(String(path[mark.upperBound...]))
    }
    guard path.hasSuffix(".npz") else { return try NPYFile.read(path).tensor }
    let archive = try NPZFile(reading: path)
    let only = archive.names.count == 1 && !archive.names.contains(name)
    return try archive.tensor(only ? archive.names[0] : name)
  }
}

// MARK: - Fitting
extension InputLoader {
  /// What people mean by an array that nearly fits: bytes of a picture become numbers in [0, 1], a
  /// missing batch axis is added, of a longer clip the first frames are taken, and a number type
  /// that holds the same values is converted. Nil if it still does not fit.
  static func fitted(_ tensor: HostTensor, to type: TensorType) -> HostTensor? {
    var tensor = tensor
    if tensor.type.rank + 1 == type.rank, type.shape[0] == 1,
      let shape = try? Shape(checking: [1] + tensor.shape.dimensions)
    {
      tensor = tensor.reshaped(to: shape)
    }
    if let clip = firstFrames(of: tensor, type.shape) { tensor = clip }
    guard tensor.shape == type.shape else { return nil }
    return converted(tensor, to: type.element)
  }

  /// The start of a clip `[B, T, H, W, C]` that differs from `shape` by more frames only.
  private static func firstFrames(of tensor: HostTensor, _ shape: Shape) -> HostTensor? {
    guard tensor.type.rank == 5, shape.rank == 5, tensor.shape[1] > shape[1],
      [0, 2, 3, 4].allSatisfy({ tensor.shape[$0] == shape[$0] })
    else { return nil }
    return tensor.gathered(shape, strides: tensor.shape.strides)
  }

  private static func converted(_ tensor: HostTensor, to element: ElementType) -> HostTensor? {
    if tensor.element == element { return tensor }
    if element.isFloating {
      if tensor.element == .u8 {
        return HostTensor(
          TensorType(element, tensor.shape), converting: tensor.numbers.map { $0 / 255 })
      }
      return tensor.element.isFloating ? tensor.cast(to: element) : nil
    }
    guard element.isInteger, tensor.element.isInteger else { return nil }
    let converted = tensor.cast(to: element)
    return converted.cast(to: tensor.element) == tensor && keepsSigns(tensor, as: element)
      ? converted : nil
  }

  /// Whether no value changes its sign in `element`. Casts keep the bits of 64, so that there and back
  /// proves nothing: -1 is the largest u64.
  private static func keepsSigns(_ tensor: HostTensor, as element: ElementType) -> Bool {
    guard tensor.element.isUnsigned != element.isUnsigned,
      case .integers(let values) = tensor.storage
    else { return true }
    return values.allSatisfy { $0 >= 0 }
  }
}
