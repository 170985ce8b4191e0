import ArgumentParser
import GraphLowering
import ModelRequests
import Smalti

/// `smalti models`: the zoo.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists the zoo: presets, parameters, cost; or one model's options.",
    discussion: """
      Example: smalti models
      Example: smalti models simone:tiny frames=8
      """)

  @Argument(help: "A model, with an optional preset: lists its options.")
  var model: String?

  @Argument(help: ArgumentHelp("Options to set before they are listed.", valueName: "key=value"))
  var settings: [String] = []

  @OptionGroup var options: GlobalOptions

  func run() throws {
    if let model {
      let member = try Zoo.model(model, settings)
      let page = try MemberPage(model, member)
      options.report(page, page.text)
    } else {
      let pages = try Progress(options).during("measuring the zoo") {
        try Zoo.families.map { try FamilyPage($0) }
      }
      options.report(pages, pages.map(\.text).joined(separator: "\n\n"))
    }
  }
}

/// A model's size and what one run of the whole costs.
struct ModelCost: Encodable {
  var parameters: Int
  var flops: Int

  init(_ member: any ModelFamily) throws(Diagnostic) {
    let entries = type(of: member).entries
    let program = try member.program(entries: [entries[entries.count - 1]])
    parameters = program.parameterCount
    flops = try EntryPlan(program.graphs[0], CompilerOptions()).run.flops
  }
}

/// A family with its presets.
struct FamilyPage: Encodable {
  struct Member: Encodable {
    var name: String
    var summary: String
    var cost: ModelCost
  }

  var name: String
  var summary: String
  var presets: [Member] = []

  init(_ family: any ModelFamily.Type) throws(Diagnostic) {
    name = family.name
    summary = family.summary
    presets = try Self.members(of: family)
  }

  private static func members<Family: ModelFamily>(
    of family: Family.Type
  ) throws(Diagnostic) -> [Member] {
    try family.presets.map { (preset) throws(Diagnostic) in
      Member(
        name: "\(family.name):\(preset.name)", summary: preset.summary,
        cost: try ModelCost(preset.model))
    }
  }

  var text: String {
    var table = TextTable(heads: [
      ("preset", .left), ("parameters", .right), ("one run", .right), ("", .left),
    ])
    for preset in presets {
      table.rows.append([
        preset.name, Quantity.count(preset.cost.parameters), Quantity.flops(preset.cost.flops),
        preset.summary,
      ])
    }
    return "\(name): \(summary)\n\(table.text())"
  }
}

/// One member with all its options.
struct MemberPage: Encodable {
  struct Option: Encodable {
    var name: String
    var value: String
    var summary: String
  }

  var name: String
  var summary: String
  var entries: [String]
  var cost: ModelCost
  var options: [Option]

  init(_ name: String, _ member: any ModelFamily) throws(Diagnostic) {
    self.name = name
    summary = type(of: member).summary
    entries = type(of: member).entries
    cost = try ModelCost(member)
    options = member.settings.map { Option(name: $0.name, value: $0.value, summary: $0.summary) }
  }

  var text: String {
    var table = TextTable(heads: [("option", .left), ("value", .left), ("", .left)])
    table.rows = options.map { [$0.name, $0.value, $0.summary] }
    return """
      \(name): \(summary)
        entry points: \(entries.joined(separator: ", "))
        parameters: \(Quantity.count(cost.parameters)); one run: \(Quantity.flops(cost.flops))

      \(table.text())
      """
  }
}
