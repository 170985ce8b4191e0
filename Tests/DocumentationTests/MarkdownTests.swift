import Testing

/// What reads pages sees what is there: the tests of pages can fail.
@Suite("Reading pages")
struct MarkdownTests {
  @Test("links to files, without anchors and addresses")
  func readsLinks() {
    let page = "See [a](docs/a.md), [b](b.md#part) and [c](https://example.org/c.md); [d] (e)."
    #expect(linkedFiles(in: page) == ["docs/a.md", "b.md"])
  }

  @Test("commands in lines of their own and in the text")
  func readsCommands() {
    let page = "Call `make test` or\n\n    make demo     # a page\n\nmake nothing\n"
    #expect(commands("make", in: page) == ["make demo", "make test"])
  }

  @Test("blocks of a language")
  func readsBlocks() {
    #expect(fencedBlock("swift", in: "a\n```swift\nb\n\nc\n```\nd") == ["b", "", "c"])
    #expect(fencedBlock("swift", in: "```c\nb\n```") == nil)
  }

  @Test("modules of every spelling in a manifest, in its order")
  func readsManifest() {
    let manifest = """
      .library(name: "Product", targets: ["A"]),
      module("A", "graphs/A", [real]),
      .systemLibrary(
        name: "CB", path: "codegen/B", pkgConfig: "b"),
      module(
        "C", "Sources/C",
        ["A"]),
      .executableTarget(
        name: "D",
        dependencies: ["C", .product(name: "P", package: "q")], path: "tools/D"),
      cModule("E", "Sources/E"),
      module("F", "Tests/F", []), tests("GTests", ["A"]),
      """
    let names = modules(in: manifest).map { "\($0.name) \($0.path)" }
    #expect(
      names == [
        "A graphs/A", "CB codegen/B", "C Sources/C", "D tools/D", "E Sources/E",
      ])
    let rows = moduleRows(in: "\n| `A` | [x](x) | a |\n| `B` | [y](z) | b |")
    #expect(rows == [ModulePlace(name: "A", path: "x"), ModulePlace(name: "B", path: "y ≠ z")])
  }

  @Test("targets and commands of a Makefile")
  func readsMakefile() {
    let makefile =
      "a := -x\nb := $(a) -y\n\ntest: lint ## runs\n\tswift test $(b)\n\nlint:\n\tlint\n"
    #expect(makeTargets(in: makefile) == ["test"])
    #expect(makeCommand("swift test", of: "test", in: makefile) == "swift test -x -y")
    #expect(makeCommand("swift", of: "lint", in: makefile) == nil)
  }
}
