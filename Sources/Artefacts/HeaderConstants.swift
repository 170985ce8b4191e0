/// What a model reads and writes, as constants of its header: for each array its place among the inputs
/// or outputs, its element type, shape, number of elements, bytes and alignment.
struct HeaderConstants {
  private let description: ArtefactDescription
  private var names = MacroNames()
  private(set) var text = ""

  init(_ description: ArtefactDescription) {
    self.description = description
    names.reserve([
      CNames.macro([description.name, "h"]), CNames.macro([description.name, "prepared_bytes"]),
    ])
    // Counts come first: whatever an array is called, these names stay.
    let parts = description.entries.flatMap { entry in entry.signatures.map { (entry, $0) } }
    let prefixes = parts.map { prefix($0, $1) }
    let texts = zip(parts, prefixes).map { part, prefix in constants(part.0, part.1, prefix) }
    text = texts.joined(separator: "\n")
  }

  /// How the names of a signature begin: with several specialisations they say which one.
  private mutating func prefix(
    _ entry: ArtefactDescription.Entry, _ signature: ArtefactDescription.Signature
  ) -> String {
    var words = [description.name]
    if !signature.specialisation.isEmpty { words.append(signature.specialisation) }
    return names.new(
      CNames.macro(words + [entry.name]), endings: ["_INPUT_COUNT", "_OUTPUT_COUNT"],
      distinguished: "_ENTRY")
  }

  private mutating func constants(
    _ entry: ArtefactDescription.Entry, _ signature: ArtefactDescription.Signature,
    _ prefix: String
  ) -> String {
    let title =
      CNames.comment(entry.name)
      + (signature.specialisation.isEmpty ? "" : ", \(CNames.comment(signature.specialisation))")
    var lines = [
      "/* Entry point \(title). */",
      "#define \(prefix)_INPUT_COUNT \(signature.inputs.count)u",
      "#define \(prefix)_OUTPUT_COUNT \(signature.outputs.count)u",
    ]
    for (kind, tensors) in [("input", signature.inputs), ("output", signature.outputs)] {
      for (index, tensor) in tensors.enumerated() {
        let facts = Self.facts(of: tensor, index)
        let name = names.new(
          "\(prefix)_\(CNames.macro([tensor.name]))", endings: facts.map(\.ending),
          distinguished: "_\(kind.uppercased())")
        let shape = tensor.shape.map(String.init).joined(separator: ", ")
        let words = "\(CNames.comment(tensor.name)), \(tensor.element)[\(shape)]"
        lines.append("/* \(kind) \(index): \(words) */")
        lines += facts.map { "#define \(name)\($0.ending) \($0.value)" }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func facts(
    of tensor: ArtefactDescription.Tensor, _ index: Int
  ) -> [(ending: String, value: String)] {
    let shape = tensor.shape.map(String.init).joined(separator: ", ")
    return [
      ("", "\(index)u"),
      ("_ELEMENT", "\"\(tensor.element)\""),
      ("_RANK", "\(tensor.shape.count)u"),
      // An array of no elements is no C.
      ("_SHAPE", "{\(tensor.shape.isEmpty ? "1" : shape)}"),
      ("_COUNT", "\(tensor.shape.reduce(1, *))u"),
      ("_BYTES", "\(tensor.bytes)u"),
      ("_ALIGNMENT", "\(tensor.alignment)u"),
    ]
  }
}

/// Names of macros, each given once: `x_bytes` is not the bytes of `x`, and `X` not `x`.
private struct MacroNames {
  private var taken: Set<String> = []

  mutating func reserve(_ names: [String]) { taken.formUnion(names) }

  /// `name`, or with `mark` behind it as often as it takes until it is free with all of `endings`.
  mutating func new(_ name: String, endings: [String], distinguished mark: String) -> String {
    var name = name
    while endings.contains(where: { taken.contains(name + $0) }) { name += mark }
    taken.formUnion(endings.map { name + $0 })
    return name
  }
}
