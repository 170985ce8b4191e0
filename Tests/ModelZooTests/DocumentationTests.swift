import ModelZoo
import Testing

struct DocumentationTests {
  @Test("the page's table of options is SIMONe.options with the values of every preset")
  func listsOptions() throws {
    let presets = SIMONe.presets
    let columns = presets.map { preset in preset.model.settings.map(\.value) }
    var rows = ["| option | " + presets.map(\.name).joined(separator: " | ") + " | meaning |"]
    rows.append("|" + String(repeating: " --- |", count: presets.count + 2))
    for (index, option) in SIMONe.options.enumerated() {
      let values = columns.map { $0[index] }.joined(separator: " | ")
      rows.append("| `\(option.name)` | \(values) | \(option.summary) |")
    }
    let page = try RepositoryFile("docs/models/simone.md").text
    let table = page.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { $0 != rows[0] }.prefix { $0.hasPrefix("|") }
    #expect(table.map(String.init) == rows)
  }

  @Test("the page names every entry point with its arguments and results")
  func listsEntries() throws {
    let page = try RepositoryFile("docs/models/simone.md").text
    let loss = try SIMONe().program(entries: [SIMONe.lossEntry]).graphs
    for graph in try SIMONe().program().graphs + loss {
      let arguments = graph.arguments.map { "`\($0.name)`" }.joined(separator: ", ")
      let results = graph.results.map { "`\($0.name)`" }.joined(separator: ", ")
      #expect(page.contains("| `\(graph.name)` | \(arguments) | \(results) |"))
    }
    for preset in SIMONe.presets {
      #expect(page.contains("| `simone:\(preset.name)` | \(preset.summary) |"))
    }
  }
}
