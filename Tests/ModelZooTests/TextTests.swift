import Goldens
import GraphIR
import GraphOps
import ModelZoo
import TensorCore
import Testing

/// SIMONe's programs as text.
struct TextTests {
  static let members = [
    "simone", "simone:small", "simone:tiny", "simone:tiny latents=sample",
    "simone:tiny latents=sample noise=given mask_ln_affine=true identical_layers_at_start=true",
  ]

  @Test(
    "every preset's program prints, parses back to the same text, and verifies",
    arguments: members)
  func roundTrips(member: String) throws {
    let words = member.split(separator: " ").map(String.init)
    let program = try Zoo.model(words[0], Array(words.dropFirst())).program()
    let text = Printer().text(program)
    let parsed = try Parser.program(text, OpCatalog.table)
    try Verifier.check(program)
    try Verifier.check(parsed)
    #expect(Printer().text(parsed) == text)
    #expect(parsed.parameters == program.parameters)
    #expect(parsed.graphs.map(\.name) == ["encode", "decode", "decode_train", "whole"])
  }

  /// Positions and noise are computed in the graph; only two ramps are written out.
  @Test("the published program is less than 100 kB of text, no line above 1500 columns")
  func printsShort() throws {
    let text = try Printer().text(SIMONe().program())
    #expect(text.utf8.count < 100_000)
    #expect(text.split(separator: "\n").map(\.count).max()! < 1500)
  }

  @Test("tiny's graphs read as they did", arguments: ["encode", "decode", "decode_train"])
  func readsAsBefore(entry: String) throws {
    let model = try Zoo.model("simone:tiny", entry == "decode_train" ? ["latents=sample"] : [])
    let graph = try model.program(entries: [entry]).entry(entry)
    let golden = Golden("simone-tiny.\(entry).txt")
    #expect(try golden.mismatch(Printer().text(graph)) == nil)
  }
}
