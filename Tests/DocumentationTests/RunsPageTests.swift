import Foundation
import Smalti
import Testing

@Suite("The page on runs") struct RunsPageTests {
  private func page() throws -> String { try Repository.text("docs/runs.md") }

  @Test("has a row for every key of a run, with its default")
  func listsKeys() throws {
    let rows = try page().split(separator: "\n").filter { $0.hasPrefix("| `") }
    for (name, value, _) in RunOptions().settings {
      let row = rows.first { $0.split(separator: "|")[0].contains("`\(name)`") }
      #expect(row?.contains(value) == true || value.isEmpty && row != nil, "\(name)=\(value)")
    }
  }

  @Test("has a recipe that is one")
  func hasRecipe() throws {
    let text = try #require(
      try page().components(separatedBy: "```yaml\n").dropFirst().first?
        .components(separatedBy: "```").first)
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(text.utf8).write(to: URL(filePath: path))
    let description = try RunDescription(Recipe(reading: path))
    #expect(description.options.warmUpSteps == 200 && description.options.schedule == .cosine)
  }

  @Test("names the keys of eval's JSON and the files of a run")
  func namesFiles() throws {
    let page = try page()
    for (name, _) in Evaluation().values { #expect(page.contains("`\(name)`")) }
    let folder = RunFolder("run")
    for path in [folder.recipe, folder.log, folder.events, folder.best, folder.report] {
      #expect(page.contains("`\(path.dropFirst("run/".count))`"), "\(path)")
    }
  }
}
