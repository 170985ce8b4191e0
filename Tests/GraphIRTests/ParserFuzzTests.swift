import Goldens
import GraphIR
import TensorCore
import Testing

@Suite("damaged text")
struct ParserFuzzTests {
  /// Numbers 0, 1, 2, … below a bound, from a seed that a failure prints.
  private struct Dice {
    let key: Key
    private var position: UInt64 = 0
    init(_ seed: UInt64) { key = Key(seed).folded("parser-fuzz") }
    mutating func roll(_ bound: Int) -> Int {
      defer { position += 1 }
      return bound == 0 ? 0 : Int(key.block(position).0) % bound
    }
  }

  private static let pieces = [
    "%", "@", "\"", "\\", "[", "]", "{", "}", "(", ")", ",", ":", "=", "->", "-", "//", "\n", "0",
    "9", "-1", "1e999", "nan", "f32", "u8[2]", "constant", "parameter", "return", "graph", "add",
    "halves", "%x", "%0", "\"w\"", "é", "\u{0}", "axis = 1", "\\u{", "99999999999999999999",
  ]

  private func damaged(_ text: [UInt8], _ dice: inout Dice) -> [UInt8] {
    var text = text
    for _ in 0...dice.roll(3) {
      let start = dice.roll(text.count + 1)
      let end = min(start + dice.roll(12), text.count)
      switch dice.roll(6) {
      case 0: text.removeSubrange(start..<end)
      case 1: text.insert(contentsOf: text[start..<end], at: dice.roll(text.count + 1))
      case 2: text.insert(contentsOf: Self.pieces[dice.roll(Self.pieces.count)].utf8, at: start)
      case 3:
        text.replaceSubrange(start..<end, with: Self.pieces[dice.roll(Self.pieces.count)].utf8)
      case 4: text.removeSubrange(start...)
      default: if start < text.count { text[start] = UInt8(dice.roll(256)) }
      }
    }
    return text
  }

  @Test("reads or refuses with a place; what reads is valid and prints text that reads")
  func survivesMutations() throws {
    let original = Array(try Golden("text/program.program").content.utf8)
    var accepted = 0
    var slowest = Duration.zero
    for seed in 0..<4_000 as Range<UInt64> {
      var dice = Dice(seed)
      let text = String(decoding: damaged(original, &dice), as: UTF8.self)
      let start = ContinuousClock.now
      do {
        let program = try Parser.program(text, tinyTable)
        accepted += 1
        try Verifier.check(program)
        let printed = program.description
        #expect(try Parser.program(printed, tinyTable).description == printed, "seed \(seed)")
      } catch {
        let place = error.place ?? ""
        #expect(place.hasPrefix("line "), "seed \(seed): \(error)")
      }
      slowest = max(slowest, ContinuousClock.now - start)
    }
    // Some damage is harmless (a blank, a renamed value); most is not.
    #expect((20..<2_000).contains(accepted))
    #expect(slowest < .seconds(5))
  }
}
