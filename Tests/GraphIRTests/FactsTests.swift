import Foundation
import Goldens
import GraphIR
import TensorCore
import Testing

@Suite("facts")
struct FactsTests {
  @Test("every fact of the module says cause, place, values and remedy")
  func printsEveryFact() throws {
    let x = TensorType.f32([2])
    let value = HostTensor.f32([2], [1, 2])
    func built(_ body: (GraphBuilder) -> Void) throws -> Graph {
      let builder = GraphBuilder("g")
      body(builder)
      return try builder.finish().graph
    }
    func program(_ names: [String]) -> Program {
      Program("p", parameters: [], graphs: names.map { Graph($0) })
    }
    let entry = try GraphBuilder("g").finish()
    let identity = try built { $0.result("y", $0.argument("x", x)) }
    let facts: [() throws -> Void] = [
      { _ = try Everything().setting(attributes: [("axis", .text("a"))]) },
      { _ = try Everything().setting(attributes: [("axle", .integer(1))]) },
      { _ = try Interpreter().run(identity, [:]) },
      { _ = try Interpreter().run(identity, ["x": value, "z": value]) },
      { _ = try Interpreter().run(identity, ["x": .f64([], [1])]) },
      { _ = try built { _ = ($0.argument("x", x), $0.argument("x", x)) } },
      { try Verifier.check(program(["g", "g"])) },
      {
        _ = try built { builder in
          _ = builder.parameter("w", .f32, [2], .zeros)
          _ = builder.scoped("layer") { builder.parameter("w", .f32, [2], .zeros) }
          _ = builder.parameter("w", .f32, [3], .zeros)
        }
      },
      {
        _ = try built { builder in
          let tensor = builder.argument("x", x)
          builder.result("y", tensor)
          builder.result("y", tensor)
        }
      },
      { _ = try built { _ = $0.apply(Halves(), []) } },
      { _ = try Program("p", [entry, entry]) },
      { _ = try program(["encode", "decode"]).entry("infer") },
      {
        _ = try built { builder in
          _ = builder.parameter("w", .f32, [2], .zeros)
          _ = builder.parameter("w", .f32, [2], .fanInUniform(4))
        }
      },
      { _ = try Parser.graph("graph @g() -> () {\n  %0 = frob : f32[]\n}", tinyTable) },
    ]
    var text = ""
    for fact in facts { text += "\(try #require(refusal(fact)))\n" }
    #expect(try Golden("facts.txt").mismatch(text) == nil)
  }
}

/// The page that explains every code stays complete.
@Suite("the page of diagnostics")
struct DiagnosticsPageTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every code that a `Facts.swift` under the source folders builds a diagnostic with, or C of the
  /// executable a fact.
  private func codes() throws -> Set<String> {
    var codes: Set<String> = []
    for folder in ["graphs", "codegen", "Sources", "tools"] {
      let place = Self.root.appendingPathComponent(folder)
      let files = FileManager.default.enumerator(at: place, includingPropertiesForKeys: nil)
      while let file = files?.nextObject() as? URL {
        if file.pathExtension == "c" {
          let text = try String(contentsOf: file, encoding: .utf8)
          codes.formUnion(text.matches(of: /\.code = "([a-z-]+\.[a-z-]+)"/).map { String($0.1) })
        }
        guard file.lastPathComponent == "Facts.swift" else { continue }
        let text = try String(contentsOf: file, encoding: .utf8)
        let calls = text.matches(of: /Diagnostic\(\s*"([^"]+)"/)
        #expect(!calls.isEmpty, "\(file.path) builds no diagnostic that this test can see")
        codes.formUnion(calls.map { String($0.1) })
      }
    }
    return codes
  }

  /// The entries `## code` of the page, each with its text.
  private func entries() throws -> [(code: String, text: Substring)] {
    let page = Self.root.appendingPathComponent("docs/diagnostics.md")
    return try String(contentsOf: page, encoding: .utf8).split(separator: "\n## ").dropFirst()
      .map { entry in
        let parts = entry.split(separator: "\n", maxSplits: 1)
        return (String(parts[0]), parts.count > 1 ? parts[1] : "")
      }
  }

  @Test("every code has an entry, and every entry a code")
  func explainsEveryCode() throws {
    let codes = try codes()
    let explained = Set(try entries().map(\.code))
    #expect(codes.count > 20)
    #expect(codes.subtracting(explained).sorted() == [], "add these to docs/diagnostics.md")
    #expect(explained.subtracting(codes).sorted() == [], "these are in docs/diagnostics.md only")
  }

  @Test("entries stand once, alphabetically, each with when and remedy")
  func keepsForm() throws {
    let entries = try entries()
    #expect(entries.map(\.code) == Set(entries.map(\.code)).sorted())
    for (code, text) in entries {
      let paragraphs = text.split(separator: "\n\n")
      #expect(paragraphs.count == 2, "\(code)")
      #expect(paragraphs.last?.contains("*Remedy:*") == true, "\(code)")
    }
  }
}
