import Foundation
import Testing

/// The pages say what is there.
@Suite("Pages")
struct PageTests {
  @Test("are found in all their places")
  func pagesAreFound() {
    for page in ["README.md", "docs/diagnostics.md", "tools/fixtures/README.md"] {
      #expect(Repository.pages.contains(page))
    }
  }

  @Test("every link leads to a file", arguments: Repository.pages)
  func linksLead(_ page: String) throws {
    let folder = page.split(separator: "/").dropLast().joined(separator: "/")
    for link in linkedFiles(in: try Repository.text(page)) {
      let path = folder.isEmpty ? link : "\(folder)/\(link)"
      #expect(Repository.exists(path), "\(page) links to \(link)")
    }
  }

  @Test("ARCHITECTURE.md has a row for every module, in the order of Package.swift, and no other")
  func mapIsComplete() throws {
    let modules = modules(in: try Repository.text("Package.swift"))
    #expect(modules.count > 10)
    #expect(moduleRows(in: try Repository.text("ARCHITECTURE.md")) == modules)
  }

  @Test("README.md shows the command that make test runs")
  func readmeTestCommand() throws {
    let command = try #require(
      makeCommand("swift test", of: "test", in: try Repository.text("Makefile")))
    #expect(!command.contains("$"))
    #expect(commands("swift", in: try Repository.text("README.md")).contains(command))
  }

  @Test("every make target that a page names is there", arguments: Repository.pages)
  func makeTargetsExist(_ page: String) throws {
    let targets = makeTargets(in: try Repository.text("Makefile"))
    for command in commands("make", in: try Repository.text(page)) {
      #expect(targets.contains(String(command.dropFirst("make ".count))), "\(page): \(command)")
    }
  }

  @Test("decisions are numbered without gaps, and each states one")
  func decisionsAreNumbered() throws {
    let names = Repository.names(in: "docs/decisions")
    #expect(names.count > 1)
    for (index, name) in names.enumerated() {
      let number = String(index + 1)
      #expect(name.hasPrefix(String(repeating: "0", count: 4 - number.count) + number + "-"))
      #expect(try Repository.text("docs/decisions/\(name)").hasPrefix("# \(number). "), "\(name)")
    }
  }
}

/// The example of README.md is compiled, compared and run.
@Suite("The example of README.md")
struct ReadmeExampleTests {
  @Test("is the text of ReadmeExample.swift")
  func isCompiledText() throws {
    let lines = try Repository.text("Tests/DocumentationTests/ReadmeExample.swift")
      .split(separator: "\n", omittingEmptySubsequences: false)
    let body = lines.drop { $0 != "  // README begins" }.dropFirst()
      .prefix { $0 != "  // README ends" }.map { $0.dropFirst(2) }
    let imports = lines.filter { $0.hasPrefix("import ") }
    #expect(body.count > 5 && !imports.isEmpty)
    let shown = try #require(fencedBlock("swift", in: try Repository.text("README.md")))
    #expect(shown == imports + [""] + body)
  }

  @Test("gives probabilities")
  func givesProbabilities() throws {
    let probabilities = try readmeExample()
    #expect(probabilities.count == 320)
    for row in 0..<32 {
      let sum = probabilities[row * 10..<row * 10 + 10].reduce(0, +)
      #expect(abs(sum - 1) < 1e-6)
    }
  }
}
