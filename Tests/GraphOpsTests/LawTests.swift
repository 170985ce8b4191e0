import Foundation
import GraphIR
import GraphOps
import TensorCore
import Testing

/// Every law over every operation of the catalogue.
@Suite("Laws of operations") struct LawTests {
  @Test("text round-trips", arguments: OpCatalog.samples)
  func textRoundTrips(_ sample: Sample) {
    #expect(Laws.textRoundTrips(sample, OpCatalog.table) == nil)
  }

  @Test("types match values", arguments: OpCatalog.samples)
  func typesMatchValues(_ sample: Sample) {
    #expect(Laws.typesMatchValues(sample) == nil)
  }

  @Test("evaluation gives the same bits again", arguments: OpCatalog.samples)
  func evaluatesToTheSameBits(_ sample: Sample) {
    #expect(Laws.evaluatesToTheSameBits(sample) == nil)
  }

  @Test("both interpreters agree with evaluate", arguments: OpCatalog.samples)
  func interpretersAgree(_ sample: Sample) {
    #expect(Laws.interpretersAgree(sample) == nil)
  }

  @Test("the structured form agrees with evaluate", arguments: OpCatalog.samples)
  func formAgrees(_ sample: Sample) {
    #expect(Laws.formAgrees(sample) == nil)
  }

  @Test("refusals are refused with their code", arguments: OpCatalog.refusals)
  func isRefused(_ refusal: Refusal) {
    #expect(Laws.isRefused(refusal, OpCatalog.table) == nil)
  }

  @Test("names are unique and in snake case")
  func namesAreSpelledWell() {
    #expect(Laws.namesAreSpelledWell(OpCatalog.operations) == nil)
  }

  @Test("every operation has a sample and a refusal", arguments: OpCatalog.table.names)
  func isCovered(_ name: String) throws {
    #expect(Laws.isCovered(try #require(OpCatalog.table[name])) == nil)
  }

  @Test("every property is an attribute", arguments: OpCatalog.table.names)
  func attributesCoverProperties(_ name: String) throws {
    #expect(Laws.attributesCoverProperties(try #require(OpCatalog.table[name])) == nil)
  }

  @Test("attributes take their kind and no other", arguments: OpCatalog.table.names)
  func attributesTakeTheirKind(_ name: String) throws {
    let operation = try #require(OpCatalog.table[name])
    #expect(Laws.attributesTakeTheirKind(operation, OpCatalog.table) == nil)
  }

  @Test("codes of refusals stand in the doc comment", arguments: OpCatalog.refusals)
  func codesAreDocumented(_ refusal: Refusal) throws {
    let comment = try DocComment.of("\(type(of: refusal.operation))")
    #expect(comment.names(refusal.code), "\(refusal.code) is not among the errors of \(refusal)")
    #expect(comment.text.contains("- Shapes:"))
  }
}

/// The doc comment of an operation's type, from its source file.
private struct DocComment {
  var text: String

  func names(_ code: Diagnostic.Code) -> Bool { text.contains("`\(code)`") }

  static func of(_ type: String) throws -> DocComment {
    let line = try #require(sources.firstRange(of: "public struct \(type):"))
    let before = sources[..<line.lowerBound]
      .split(separator: "\n", omittingEmptySubsequences: false)
    let comment = before.dropLast().reversed().prefix { $0.hasPrefix("///") }
    return DocComment(text: comment.reversed().joined(separator: "\n"))
  }

  /// All of graphs/Ops as one text; operations are found by the names of their types.
  private static let sources: String = {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "graphs/Ops")
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    let texts = (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
      .sorted { $0.path < $1.path }.compactMap { try? String(contentsOf: $0, encoding: .utf8) }
    return texts.joined(separator: "\n")
  }()
}
