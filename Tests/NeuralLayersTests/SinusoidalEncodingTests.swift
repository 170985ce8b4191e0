import GraphIR
import NeuralLayers
import RealModule
import TensorCore
import Testing

struct SinusoidalEncodingTests {
  /// Widths that fill their blocks, that cut the last, and that need a single frequency.
  @Test(
    "each axis has its block of sines, then cosines, cut to the width",
    arguments: [([5], 4), ([2, 3], 7), ([2, 3, 4], 12), ([2, 3, 4], 10), ([3, 2, 2, 2], 5)])
  func encodesPositions(lengths: [Int], width: Int) throws {
    let builder = GraphBuilder("test")
    builder.result("y", SinusoidalEncoding(lengths, width: width)(builder))
    let traced = try builder.finish()
    let result = try Interpreter().run(traced.graph, [:])[0]
    #expect(traced.parameters.isEmpty)
    #expect(result.type == TensorType(.f32, Shape(trusted: lengths + [width])))

    var positions: [[Int]] = [[]]
    for length in lengths { positions = positions.flatMap { p in (0..<length).map { p + [$0] } } }
    // A = 2 ceil(C / 2n) channels for each of the n axes.
    let half = Int((Double(width) / Double(2 * lengths.count)).rounded(.up))
    let expected = positions.map { position in
      let channels = position.flatMap { place -> [Double] in
        let angles = (0..<half).map {
          Double(place) * Double.pow(10_000, -Double($0) / Double(half))
        }
        return angles.map { Double.sin($0) } + angles.map { Double.cos($0) }
      }
      return Array(channels.prefix(width))
    }
    // The encoding's constants are rounded to f32 and multiplied by indices below 3.
    #expect(result.isNear(expected, within: 1e-6))
  }
}
