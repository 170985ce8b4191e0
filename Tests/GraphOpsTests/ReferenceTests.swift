import GraphIR
import GraphOps
import RealModule
import TensorCore
import Testing

/// The meaning of operations against values computed by hand, or by definition in another way.
@Suite("Reference values") struct ReferenceTests {
  private func close(_ x: [Double], _ y: [Double], within error: Double = 1e-12) -> Bool {
    x.count == y.count && zip(x, y).allSatisfy { abs($0 - $1) <= error * max(abs($1), 1) }
  }

  // MARK: - Windows
  @Test func convolutionByHand() throws {
    // A 4x4 picture of 1…16 under a Laplacian: each inner sum is up + down + left + right − 4·mid,
    // 0 on a plane; with a border of zeros the edges show.
    let picture = HostTensor.f32([1, 4, 4, 1], (1...16).map(Double.init))
    let laplacian = HostTensor.f32([3, 3, 1, 1], [0, 1, 0, 1, -4, 1, 0, 1, 0])
    let inner = try result(picture, laplacian) { $0[0].convolution($0[1]) }
    #expect(inner == .f32([1, 2, 2, 1], [0, 0, 0, 0]))
    let padded = try result(picture, laplacian) { $0[0].convolution($0[1], padding: [1, 1, 1, 1]) }
    #expect(
      padded.reals == [3, 2, 1, -5, -4, 0, 0, -9, -8, 0, 0, -13, -29, -18, -19, -37])
    // A kernel is not flipped: its first tap reads up and left.
    let corner = HostTensor.f32([2, 2, 1, 1], [1, 0, 0, 0])
    #expect(
      try result(picture, corner) { $0[0].convolution($0[1]) }.reals
        == [1, 2, 3, 5, 6, 7, 9, 10, 11])
  }

  @Test func convolutionMixesChannels() throws {
    let pixel = HostTensor.f32([1, 1, 1, 3], [1, 10, 100])
    let weight = HostTensor.f32([1, 1, 3, 2], [1, 2, 3, 4, 5, 6])
    #expect(try result(pixel, weight) { $0[0].convolution($0[1]) }.reals == [531, 642])
    let pair = HostTensor.f32([1, 1, 1, 4], [1, 10, 100, 1000])
    let grouped = HostTensor.f32([1, 1, 2, 2], [1, 2, 3, 4])
    // Output 0 reads channels 0 and 1 with column 0, output 1 channels 2 and 3 with column 1.
    let values = try result(pair, grouped) { $0[0].convolution($0[1], groups: 2) }
    #expect(values.reals == [31, 4200])  // 1·1 + 10·3 and 100·2 + 1000·4
  }

  @Test func stridesAndDilations() throws {
    let line = HostTensor.f32([1, 1, 7, 1], [1, 2, 3, 4, 5, 6, 7])
    let sum = HostTensor.f32([1, 2, 1, 1], [1, 10])
    let values = try results([line, sum]) { v in
      [
        v[0].convolution(v[1], strides: [1, 2]), v[0].convolution(v[1], dilations: [1, 3]),
        v[0].convolution(v[1], strides: [1, 3], padding: [0, 2, 0, 1], dilations: [1, 2]),
      ]
    }
    #expect(values[0].reals == [21, 43, 65])
    #expect(values[1].reals == [41, 52, 63, 74])
    // Positions −2, 1, 4 and two further: (0, 1), (2, 4), (5, 7); a fourth start would leave.
    #expect(values[2].reals == [10, 42, 75])
  }

  @Test("convolutions agree with the sum over taps of shifted products")
  func sweepConvolutions() throws {
    let x = HostTensor.noise(.f64([2, 6, 5, 4]), "x")
    for groups in [1, 2, 4] {
      let weight = HostTensor.noise(.f64([3, 2, 4 / groups, 8]), "weight \(groups)")
      for stride in [[1, 1], [2, 1], [1, 3]] {
        for dilation in [[1, 1], [2, 1], [1, 2]] {
          for padding in [[0, 0, 0, 0], [1, 0, 2, 1]] {
            let y = try result(x, weight) {
              $0[0].convolution(
                $0[1], strides: stride, padding: padding, dilations: dilation, groups: groups)
            }
            let expected = try shifted(x, weight, stride, dilation, padding, groups)
            #expect(y.shape == expected.shape)
            #expect(close(y.reals, expected.reals), "\(groups) \(stride) \(dilation) \(padding)")
          }
        }
      }
    }
  }

  /// The same convolution by other operations: pad, then for each tap a strided slice times a
  /// matrix, group by group.
  private func shifted(
    _ x: HostTensor, _ weight: HostTensor, _ stride: [Int], _ dilation: [Int], _ padding: [Int],
    _ groups: Int
  ) throws -> HostTensor {
    try result(x, weight) { v in
      let padded = v[0].padded(
        low: [0, padding[0], padding[1], 0], high: [0, padding[2], padding[3], 0])
      let (inputs, outputs) = (4 / groups, 8 / groups)
      let parts = (0..<groups).map { group in
        let channels = padded.sliced(group * inputs..<(group + 1) * inputs, along: 3)
        let matrices = v[1].sliced(group * outputs..<(group + 1) * outputs, along: 3)
        var sum: Tensor?
        for a in 0..<3 {
          for b in 0..<2 {
            let rows = a * dilation[0]..<padded.dimension(1) - (2 - a) * dilation[0]
            let columns = b * dilation[1]..<padded.dimension(2) - (1 - b) * dilation[1]
            let term = channels.sliced(rows, along: 1, by: stride[0])
              .sliced(columns, along: 2, by: stride[1])
              .matmul(matrices.element(a, along: 0).element(b, along: 0))
            sum = sum.map { $0 + term } ?? term
          }
        }
        return sum!
      }
      return parts.dropFirst().reduce(parts[0]) { $0.concatenated(with: $1, along: 3) }
    }
  }

  @Test func averagePoolLeavesPaddingOut() throws {
    let picture = HostTensor.f32([1, 3, 3, 1], (1...9).map(Double.init))
    let pooled = try result(picture) {
      $0[0].averagePool(size: [3, 3], strides: [1, 1], padding: [1, 1, 1, 1])
    }
    #expect(pooled.reals == [3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7])
    #expect(
      try result(picture) { $0[0].averagePool(size: [2, 2], strides: [1, 1]) }.reals
        == [3, 4, 6, 7])
  }

  // MARK: - Exponentials
  @Test func softmaxOfLargeNumbers() throws {
    let odds = 1 / (1 + Double.exp(1))
    let x = HostTensor.f32([2, 2], [1e4, 1e4 + 1, -3e38, 0])
    let y = try result(x) { $0[0].softmax() }
    #expect(close(y.reals, [odds, 1 - odds, 0, 1]))
    let columns = try result(.f32([2, 2], [0, 1, 0, 2])) { $0[0].softmax(along: 0) }
    #expect(close(columns.reals, [0.5, odds, 0.5, 1 - odds]))
    let none = try result(.f32([3], [-.infinity, 0, -.infinity])) { $0[0].softmax() }
    #expect(none.reals == [0, 1, 0])
    #expect(try result(.f32([2], [1, .nan])) { $0[0].softmax() }.reals.allSatisfy(\.isNaN))
  }

  @Test func logSumExpOfInfinities() throws {
    let infinity = Double.infinity
    let x = HostTensor.f64(
      [5, 2],
      [-infinity, -infinity, infinity, 1, -infinity, 3, infinity, -infinity, 1e308, 1e308])
    let y = try result(x) { $0[0].logSumExp(along: 1) }
    #expect(Array(y.reals[..<4]) == [-infinity, infinity, 3, infinity])
    #expect(y.reals[4] == 1e308)
    let two = try result(.f64([2], [1000, 1000])) { $0[0].logSumExp(along: 0, keepingAxis: true) }
    #expect(two.shape == [1])
    #expect(close(two.reals, [1000 + Double.log(2)]))
    #expect(try result(.f32([2], [.nan, infinity])) { $0[0].logSumExp(along: 0) }.reals[0].isNaN)
  }

  // MARK: - Attention, normalisation
  @Test func attentionOfOneHead() throws {
    // One query, two keys: scores (1·2 + 0·0) / √2 and (1·0 + 0·5) / √2, so weights w and 1 − w.
    let query = HostTensor.f64([1, 2], [1, 0])
    let keys = HostTensor.f64([2, 2], [2, 0, 0, 5])
    let values = HostTensor.f64([2, 3], [1, 2, 3, 10, 20, 30])
    let weight = 1 / (1 + Double.exp(-2 / Double.sqrt(2)))
    let y = try result(query, keys, values) { $0[0].attention(keys: $0[1], values: $0[2]) }
    let expected = [(1.0, 10.0), (2, 20), (3, 30)].map { weight * $0 + (1 - weight) * $1 }
    #expect(y.shape == [1, 3])
    #expect(close(y.reals, expected))
    let sharp = try result(query, keys, values) {
      $0[0].attention(keys: $0[1], values: $0[2], scale: 1000)
    }
    #expect(sharp.reals == [1, 2, 3])
  }

  @Test func momentsByHand() throws {
    // 0…5 as two rows of three: columns {i, i + 3} have mean i + 1.5 and variance 1.5².
    let x = HostTensor.counting([2, 3])
    let values = try results([x]) { v in
      let (columns, all) = (v[0].moments(along: 0), v[0].moments(along: 0, -1))
      return [columns.mean, columns.variance, all.mean, all.variance]
    }
    #expect(values[0] == .f32([1, 3], [1.5, 2.5, 3.5]))
    #expect(values[1] == .f32([1, 3], [2.25, 2.25, 2.25]))
    #expect(values[2] == .f32([1, 1], [2.5]))
    #expect(close(values[3].reals, [(6.0 * 6 - 1) / 12]))
  }

  /// NIST's test of the variance's cancellation, NumAcc4: 10000000.2, then 10000000.1 and
  /// 10000000.3 by turns, 1001 values; the certified mean is 10000000.2, the certified sample
  /// deviation 0.1. https://www.itl.nist.gov/div898/strd/univ/numacc4.html
  @Test func momentsUnderALargeOffset() throws {
    let values = [10_000_000.2] + (0..<1000).map { $0 % 2 == 0 ? 10_000_000.1 : 10_000_000.3 }
    let found = try results([.f64([1001], values)]) { v in
      let moments = v[0].moments(along: 0)
      return [moments.mean, moments.variance]
    }
    // A sum of 1001 terms may be wrong by 1001 · 2^-53 of itself.
    #expect(abs(found[0].reals[0] - 10_000_000.2) <= 1001 * 0x1p-53 * 1e7)
    #expect(abs((found[1].reals[0] * 1001 / 1000).squareRoot() - 0.1) <= 1e-8)
  }

  @Test func normalizeOverFourAxes() throws {
    // Two groups of 24 numbers along four axes: 0…23 and 24…47 have mean 11.5 and 35.5, variance
    // (24² − 1) / 12.
    let x = HostTensor.counting([2, 2, 3, 2, 2])
    let y = try result(x) { $0[0].normalized(along: 1, 2, 3, 4, epsilon: 0) }
    let deviation = Double.sqrt((24.0 * 24 - 1) / 12)
    let expected = (0..<48).map { (Double($0 % 24) - 11.5) / deviation }
    #expect(close(y.reals, expected))
  }

  @Test func layerNormScalesAndShifts() throws {
    let x = HostTensor.f64([1, 3], [1, 2, 6])
    let weight = HostTensor.f64([3], [1, 10, 100])
    let bias = HostTensor.f64([3], [0.5, 0.25, 0])
    let y = try result(x, weight, bias) {
      $0[0].layerNorm(weight: $0[1], bias: $0[2], epsilon: 0.25)
    }
    let deviation = Double.sqrt((4.0 + 1 + 9) / 3 + 0.25)
    #expect(close(y.reals, [-2 / deviation + 0.5, -10 / deviation + 0.25, 300 / deviation]))
  }

  // MARK: - Reductions, indices
  @Test func reduceWithNaN() throws {
    let x = HostTensor.f32([2, 3], [1, .nan, 3, 4, 5, 6])
    let values = try results([x]) { v in
      [
        v[0].sum(along: 1), v[0].product(along: 1), v[0].maximum(along: 1),
        v[0].minimum(along: 1), v[0].mean(along: 1),
      ]
    }
    for value in values { #expect(value.reals[0].isNaN) }
    #expect(values.map { $0.reals[1] } == [15, 120, 6, 4, 5])
    let largest = try results([x]) { v in
      let found = v[0].maximumWithIndex(along: 1)
      return [found.value, found.index]
    }
    #expect(largest[0].reals[0].isNaN && largest[0].reals[1] == 6)
    #expect(largest[1].integers == [1, 2])
  }

  @Test func theFirstOfEqualsIsFound() throws {
    let x = HostTensor.i32([2, 4], [3, 7, 7, -1, -1, -1, 0, 0])
    let found = try results([x]) { v in
      let (high, low) = (v[0].maximumWithIndex(along: -1), v[0].minimumWithIndex(along: -1))
      return [high.value, high.index, low.value, low.index]
    }
    #expect(found[0].integers == [7, 0])
    #expect(found[1].integers == [1, 2])
    #expect(found[2].integers == [-1, -1])
    #expect(found[3].integers == [3, 0])
    #expect(found[1].element == .i32)
  }

  @Test func sumsOfNothing() throws {
    let none = HostTensor.f32([2, 0], [])
    #expect(try result(none) { $0[0].sum(along: 1) }.reals == [0, 0])
    #expect(try result(none) { $0[0].product(along: 1) }.reals == [1, 1])
    #expect(mistake(.f32([2, 0])) { $0[0].maximum(along: 1) }?.code == "reduce.empty")
  }

  @Test func gatherClamps() throws {
    let x = HostTensor.f32([3, 2], [1, 2, 3, 4, 5, 6])
    let y = try result(x, .i64([4], [.min, -1, 3, .max])) { $0[0].gathered($0[1], along: 0) }
    #expect(y == .f32([4, 2], [1, 2, 1, 2, 5, 6, 5, 6]))
    // The largest u64 is no negative number.
    let last = try result(x, .u64([1], [.max])) { $0[0].gathered($0[1], along: 0) }
    #expect(last.reals == [5, 6])
  }

  // MARK: - Integers, rounding
  @Test func integersKeepTheirWidth() throws {
    let bytes = HostTensor(.u8([3]), integers: [250, 10, 0])
    #expect(try result(bytes) { $0[0] + 10 }.integers == [4, 20, 10])
    #expect(try result(bytes) { -$0[0] }.integers == [6, 246, 0])
    #expect(try result(bytes) { $0[0] / $0[0].scalar(0) }.integers == [0, 0, 0])
    let long = HostTensor.i64([2], [.max, 1 << 53 | 1])
    #expect(try result(long) { $0[0].padded(low: [0], high: [1]) }.integers == long.integers + [0])
    let steps = GraphBuilder("main")
    steps.result("y", steps.iota(.u8, [3, 300], axis: 1))
    let graph = try steps.finish().graph
    let indices = try Interpreter().run(graph, [:])[0].integers
    #expect(indices[299] == 43 && indices[300] == 0 && indices[255] == 255)
  }

  @Test func unsignedIntegersCompareUnsigned() throws {
    let values = try results([.u64([2], [.max, 1]), .u64([2], [1, .max])]) { v in
      let found = v[0].maximumWithIndex(along: 0)
      return [v[0] < v[1], v[0] >= v[1], v[0].maximum(v[1]), v[0] / v[1], found.index]
    }
    #expect(values.map(\.integers) == [[0, 1], [1, 0], [-1, -1], [-1, 0], [0]])
  }

  @Test func castRoundsAndClamps() throws {
    let x = HostTensor.f64([5], [2.5, -2.5, 300.7, -.infinity, .nan])
    #expect(try result(x) { $0[0].cast(to: .i8) }.integers == [2, -2, 127, -128, 0])
    #expect(try result(x) { $0[0].cast(to: .bool) }.integers == [1, 1, 1, 1, 1])
    let third = try result(.f64([1], [1 / 3.0])) { $0[0].cast(to: .bf16).cast(to: .f64) }
    #expect(third.reals == [0x1.56p-2])
  }

  /// Only a cast rounds in the exact interpreter; the other one rounds after every node.
  @Test func bothRoundings() throws {
    let builder = GraphBuilder("main")
    let x = builder.argument("x", .f32([]))
    builder.result("y", (x + 1) - 1)
    let graph = try builder.finish().graph
    let tiny = ["x": HostTensor.f32([], [0x1p-30])]
    #expect(try Interpreter(.exact).run(graph, tiny)[0].reals == [0x1p-30])
    #expect(try Interpreter(.perOperation).run(graph, tiny)[0].reals == [0])
  }
}
