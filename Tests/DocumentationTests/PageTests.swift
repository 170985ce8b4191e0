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

  @Test("every page that source text names is there")
  func namedPagesExist() throws {
    var count = 0
    for file in Repository.sources {
      let text = try Repository.text(file)
      for page in text.matches(of: #/docs/[A-Za-z0-9/_-]+\.md/#).map({ String($0.0) }) {
        count += 1
        #expect(Repository.exists(page), "\(file) names \(page)")
      }
    }
    #expect(count > 1)
  }

  @Test("ARCHITECTURE.md has a row for every module, in the order of Package.swift, and no other")
  func mapIsComplete() throws {
    let modules = modules(in: try Repository.text("Package.swift")).map(\.description)
    let rows = moduleRows(in: try Repository.text("ARCHITECTURE.md")).map(\.description)
    #expect(modules.count > 10)
    #expect(modules.filter { !rows.contains($0) } == [], "modules without a row")
    #expect(rows.filter { !modules.contains($0) } == [], "rows without a module")
    let first = zip(modules, rows).first { $0 != $1 }
    #expect(rows == modules, "the first row out of order: \(first?.1 ?? "none")")
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

  @Test("every subcommand that a page names is there", arguments: Repository.pages)
  func subcommandsExist(_ page: String) throws {
    let texts = try Repository.names(in: "tools/command").map {
      try Repository.text("tools/command/\($0)")
    }
    let known = Set(texts.flatMap(commandNames))
    #expect(known.count > 5)
    for command in commands("smalti", in: try Repository.text(page)) {
      let name = String(command.split(separator: " ")[1])
      #expect(known.contains(name) || name.hasPrefix("-"), "\(page): \(command)")
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
