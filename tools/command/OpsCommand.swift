import ArgumentParser
import ModelRequests
import Smalti

/// `smalti ops`: the operations that graph text may use.
struct OpsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ops",
    abstract: "Lists the operations of graphs, or shows one.",
    discussion: """
      Example: smalti ops
      Example: smalti ops softmax
      """)

  @Argument(help: "An operation: shows its attributes, examples and refusals.")
  var name: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    guard let name else {
      let names = OpCatalog.operations.map(\.name).sorted()
      options.report(names, names.joined(separator: "\n"))
      return
    }
    guard let operation = OpCatalog.table[name] else {
      throw Diagnostic.callOperation(name, known: OpCatalog.table.names)
    }
    let page = OperationPage(operation)
    options.report(page, page.text)
  }
}

/// What is known of one operation.
struct OperationPage: Encodable {
  struct Attribute: Encodable {
    var name: String
    var value: String
  }
  struct Example: Encodable {
    var label: String
    var operation: String
  }
  struct Refused: Encodable {
    var label: String
    var operands: [String]
    var code: String
  }

  var name: String
  var attributes: [Attribute]
  var examples: [Example]
  var refusals: [Refused]

  init(_ operation: any Operation) {
    name = operation.name
    attributes = operation.attributeValues.map { Attribute(name: $0.name, value: "\($0.value)") }
    let type = type(of: operation)
    examples = type.samples.filter { $0.operation.name == operation.name }.compactMap(Self.example)
    refusals = type.refusals.filter { $0.operation.name == operation.name }.map {
      Refused(
        label: $0.label, operands: $0.operands.map(\.description), code: $0.code.rawValue)
    }
  }

  /// `softmax f32[3, 5] {axis = -1} : f32[3, 5]`
  private static func example(_ sample: Sample) -> Example? {
    let types = sample.operands.map(\.type)
    guard let results = try? sample.operation.resultTypes(of: types) else { return nil }
    let attributes = sample.operation.attributeValues.map { "\($0.name) = \($0.value)" }
    var words = [sample.operation.name, types.map(\.description).joined(separator: ", ")]
    if !attributes.isEmpty { words.append("{" + attributes.joined(separator: ", ") + "}") }
    words += [":", results.map(\.description).joined(separator: ", ")]
    return Example(
      label: sample.label, operation: words.filter { !$0.isEmpty }.joined(separator: " "))
  }

  var text: String {
    var lines = [name]
    lines += attributes.map { "  attribute \($0.name), by default \($0.value)" }
    lines += examples.map { "  example   \($0.operation)  (\($0.label))" }
    lines += refusals.map {
      "  refuses   \($0.operands.joined(separator: ", ")): \($0.code)  (\($0.label))"
    }
    return lines.joined(separator: "\n")
  }
}
