import Foundation
import TensorCore
import Testing

@Suite("random numbers")
struct PhiloxTests {
  /// Source: Random123 1.14, `tests/kat_vectors`, the lines `philox4x32 10`.
  @Test("the published known answers")
  func givesKnownAnswers() {
    let ones = UInt32.max
    let zeros = Philox.block(key: (0, 0), counter: (0, 0, 0, 0))
    #expect(zeros == (0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
    let filled = Philox.block(key: (ones, ones), counter: (ones, ones, ones, ones))
    #expect(filled == (0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
    let pi = Philox.block(
      key: (0xA409_3822, 0x299F_31D0),
      counter: (0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344))
    #expect(pi == (0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
  }

  @Test("the independent twin gives the same blocks and keys")
  func agreesWithTwin() throws {
    let twin = try Twin()
    for answer in twin.blocks {
      let (key, counter) = (answer.key.map(number), answer.counter.map(number))
      let block = Philox.block(
        key: (UInt32(key[0]), UInt32(key[1])),
        counter: (
          UInt32(counter[0]), UInt32(counter[1]), UInt32(counter[2]), UInt32(counter[3])
        ))
      let words = [block.0, block.1, block.2, block.3].map(UInt64.init)
      #expect(words == answer.result.map(number))
    }
    #expect(twin.blocks.count == 3 && twin.foldedNames.count > 9 && twin.foldedNumbers.count > 9)
    for answer in twin.foldedNames {
      #expect(Key.hash(answer.name) == number(answer.fnv1a), "\(answer.name)")
      #expect(Key(number(answer.key)).folded(answer.name).bits == number(answer.result))
    }
    for answer in twin.foldedNumbers {
      #expect(
        Key(number(answer.key)).folded(number(answer.number)).bits == number(answer.result))
    }
  }

  @Test("the independent twin gives the same streams: uniform exactly, normal within 2 ULP")
  func agreesWithTwinStreams() throws {
    let twin = try Twin()
    #expect(twin.streams.count > 9)
    for answer in twin.streams {
      let (key, index) = (Key(number(answer.key)), number(answer.index))
      let words = key.block(index)
      let (first, second) = (Key.fraction(words.0), Key.fraction(words.1))
      #expect(first == answer.uniform, "index \(index)")
      let normal = Key.normal(first, second)
      #expect(abs(normal - answer.normal) <= 2 * answer.normal.ulp, "index \(index)")
      guard let place = Int(exactly: index) else { continue }
      #expect(key.uniform(at: place) == first && key.normal(at: place) == normal)
    }
  }

  @Test("a stream continues past 2^32 without repeating")
  func usesWholeCounter() {
    let key = Key(7)
    #expect(key.uniform(at: 0) != key.uniform(at: 1 << 32))
    #expect(key.block(1 << 32) == Philox.block(key: (7, 0), counter: (0, 1, 0, 0)))
    #expect(Key(1 << 32).block(5) == Philox.block(key: (0, 1), counter: (5, 0, 0, 0)))
  }

  @Test("values lie in their range, and their moments are right")
  func hasMoments() {
    let key = Key(1).folded("moments")
    let count = 20_000
    let uniforms = (0..<count).map(key.uniform)
    let normals = (0..<count).map(key.normal)
    #expect(uniforms.allSatisfy { (0..<1).contains($0) && ($0 * 0x1p24).rounded() == $0 * 0x1p24 })
    #expect(normals.allSatisfy { abs($0) < 5.78 })
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    // Five standard errors of each mean.
    let error = 5 / Double(count).squareRoot()
    #expect(abs(mean(uniforms) - 0.5) < 0.289 * error)
    #expect(abs(mean(normals)) < error)
    #expect(abs(mean(normals.map { $0 * $0 }) - 1) < 1.42 * error)
  }

  @Test("the largest normal is finite")
  func staysFinite() {
    #expect(Key.normal(1 - 0x1p-24, 0) == (48 * 0.693147180559945309).squareRoot())
    #expect(Key.fraction(.max) == 1 - 0x1p-24)
    #expect(Key.normal(0, 0.25) == 0)
  }

  private func number(_ text: String) -> UInt64 { UInt64(text.dropFirst(2), radix: 16)! }
}

/// Answers of the NumPy twin; the file names the script that made it.
private struct Twin: Decodable {
  struct Block: Decodable { var key, counter, result: [String] }
  struct FoldedName: Decodable { var key, name, fnv1a, result: String }
  struct FoldedNumber: Decodable { var key, number, result: String }
  struct Element: Decodable {
    var key, index: String
    var uniform, normal: Double
  }
  var blocks: [Block]
  var foldedNames: [FoldedName]
  var foldedNumbers: [FoldedNumber]
  var streams: [Element]

  init() throws {
    let url = Bundle.module.url(
      forResource: "philox", withExtension: "json", subdirectory: "Fixtures")
    self = try JSONDecoder().decode(Twin.self, from: Data(contentsOf: try #require(url)))
  }
}
