import Goldens
import LLVMEmission
import TensorCore
import Testing
import TileIR

/// Tile programs in, LLVM text out, without LLVM: the text is what a person has read.
@Suite("LLVM text")
struct EmissionTests {
  static let goldens = Golden.all(in: ".", extension: "ll")

  @Test("is as it was read, for 32-byte vectors", arguments: goldens)
  func isAsRead(_ golden: Golden) throws {
    let input = try #require(try golden.input)
    let program = try TileParser.program(input)
    let text = ModuleEmitter(vectorByteCount: 32).text([("kernel", program)])
    #expect(try golden.mismatch(text) == nil)
  }

  @Test("there are goldens for maps, reductions, products, epilogues, packing and streams")
  func coversStatements() {
    let names = Self.goldens.map(\.description)
    #expect(
      names == ["epilogue.ll", "map.ll", "pack.ll", "product.ll", "rows.ll", "stream.ll"])
  }

  @Test("a kernel's text does not depend on its neighbours")
  func isIndependent() throws {
    let programs = try Self.goldens.map { try TileParser.program(#require(try $0.input)) }
    let emitter = ModuleEmitter(vectorByteCount: 64)
    let alone = emitter.text([("k", programs[0])])
    let beside = emitter.text([("other", programs[1]), ("k", programs[0])])
    let body = try #require(alone.range(of: "define void @k(")).lowerBound
    let end = try #require(alone.range(of: "\n}\n")).upperBound
    #expect(beside.contains(alone[body..<end]))
  }
}
