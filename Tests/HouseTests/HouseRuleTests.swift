import Testing

/// The rules themselves, on made-up packages: each is seen to complain.
@Suite("The rules of the house complain")
struct HouseRuleTests {
  private let runtime = Manifest.Target(
    name: "SmaltiRuntime", path: "Sources/Runtime",
    dependencies: [Manifest.Dependency(name: "ExecutionPlan")])

  @Test("about an import that the line does not name")
  func undeclaredImport() {
    let text = "import ExecutionPlan\nimport GraphIR\nimport Foundation\nimport Synchronization\n"
    #expect(
      strangeImports(in: text, file: "Run.swift", of: runtime, beside: systemModules) == [
        "Run.swift:2: SmaltiRuntime imports GraphIR, which its line in Package.swift does not name",
        "Run.swift:3: SmaltiRuntime imports Foundation, which its line in Package.swift does not "
          + "name",
      ])
  }

  @Test(
    "whatever the import looks like",
    arguments: [
      "import GraphIR", "  internal import GraphIR", "@_exported import GraphIR",
      "@preconcurrency public import GraphIR", "import struct GraphIR.Graph", "import GraphIR.Sub",
      "let x = 1; import GraphIR", "/* import A /* nested */ */ import GraphIR // import B",
      "#if os(Linux)\nimport GraphIR\n#endif", "let u = \"// /*\"; import GraphIR",
      "let u = \"\"\"\n  import A\n  \"\"\"\nimport GraphIR",
    ])
  func readsImports(_ text: String) {
    #expect(importLines(in: text).map(\.module) == ["GraphIR"])
  }

  @Test(
    "about nothing that only looks like one",
    arguments: [
      "// import GraphIR", "/*\nimport GraphIR\n*/", "let text = \"\"\"\nimport GraphIR\n\"\"\"",
      "important(GraphIR)", "let text = \"import GraphIR\"",
    ])
  func ignoresOtherText(_ text: String) {
    #expect(importLines(in: text) == [])
  }

  @Test("about a dependency that points upwards")
  func backwardDependency() {
    let manifest = Manifest(targets: [
      Manifest.Target(
        name: "GraphIR", path: "graphs/IR",
        dependencies: [Manifest.Dependency(name: "TileIR")]),
      Manifest.Target(name: "TileIR", path: "codegen/Tiles", dependencies: []),
      Manifest.Target(name: "Attic", path: "attic/Things", dependencies: []),
    ])
    #expect(
      backwardDependencies(in: manifest) == [
        "GraphIR in graphs depends on TileIR in codegen",
        "Attic lies in 'attic/Things', which is no room of the house",
      ])
    #expect(
      forwardReferences(in: manifest) == ["GraphIR depends on TileIR, whose line comes later"])
  }

  @Test("about nothing when all is well; and reach follows chains")
  func goodHouse() {
    let manifest = Manifest(targets: [
      Manifest.Target(name: "TensorCore", path: "graphs/Core", dependencies: []),
      Manifest.Target(
        name: "TileIR", path: "codegen/Tiles",
        dependencies: [Manifest.Dependency(name: "TensorCore")]),
      Manifest.Target(
        name: "Compiler", path: "Sources/Compiler",
        dependencies: [Manifest.Dependency(name: "TileIR")]),
    ])
    #expect(backwardDependencies(in: manifest) == [])
    #expect(forwardReferences(in: manifest) == [])
    #expect(reach(of: "Compiler", in: manifest) == ["TileIR", "TensorCore"])
  }
}
