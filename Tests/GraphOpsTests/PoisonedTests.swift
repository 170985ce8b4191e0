import GraphIR
import GraphOps
import TensorCore
import Testing

/// After a mistake every method still answers, adds no node, and the first mistake is reported.
@Suite("Tensors after a mistake") struct PoisonedTests {
  @Test func everyMethodAnswers() {
    let builder = GraphBuilder("main")
    let good = builder.argument("good", .f32([2, 3]))
    let first = Diagnostic("test.first", "the first mistake")
    let bad = builder.fail(first)
    for x in [bad, good] {
      for y in [bad, good] { useEverything(x, y) }
    }
    _ = builder.iota(.i32, [3], axis: 7)
    _ = builder.constant(.f32([], [1]))
    _ = builder.argument("good", .f32([]))
    _ = builder.parameter("p", .f32, [-1], .zeros)
    builder.result("y", bad)
    #expect(diagnostic { _ = try builder.finish() } == first.placed(at: "main"))
  }

  private func useEverything(_ x: Tensor, _ y: Tensor) {
    _ = [x + y, x - y, x * y, x / y, x % y, -x, x + 1, x - 1, x * 2, x / 2, 1 + x, 1 - x, 2 * x]
    _ = [1 / x, x < y, x <= y, x > y, x >= y, x .== y, x .!= y, x && y, x || y, !x]
    _ = [x.select(y, x), x.maximum(y), x.minimum(y), x.power(y), x.absolute(), x.sign()]
    _ = [x.floor(), x.ceiling(), x.rounded(), x.squared(), x.squareRoot(), x.sigmoid()]
    _ = [x.reciprocalSquareRoot(), x.exponential(), x.exponentialMinusOne(), x.logarithm()]
    _ = [x.logarithmPlusOne(), x.sine(), x.cosine(), x.tanh(), x.softplus(), x.errorFunction()]
    _ = [x.relu(), x.cast(to: .i8), x.cast(to: .f32), x.clamped(0, 1), x.clamped(1, 0)]
    _ = [x.sum(along: 0), x.product(along: 1), x.maximum(along: 2), x.minimum(along: -3)]
    _ = [x.sum(), x.mean(), x.mean(along: 1, keepingAxes: true)]
    let (largest, smallest) = (x.maximumWithIndex(along: 5), x.minimumWithIndex(along: -1))
    _ = [largest.value, largest.index, smallest.value, smallest.index]
    let (moments, none) = (x.moments(along: 1, -1), x.moments())
    _ = [moments.mean, moments.variance, none.mean, none.variance]
    _ = [x.contracted("ik,kj->ij", y), x.contracted("", y), x.matmul(y)]
    _ = x.convolution(y, strides: [], padding: [], dilations: [], groups: 0)
    _ = x.averagePool(size: [], strides: [], padding: [])
    _ = [x.reshaped(to: [-1]), x.reshaped(to: []), x.transposed(3, 1), x.transposed([])]
    _ = [x.broadcast(to: [0]), x.sliced(0..<9, along: 4), x.sliced(0..<9, along: 0, by: 0)]
    _ = [x.element(.max, along: 0), x.padded(low: [1], high: []), x.gathered(y, along: 3)]
    _ = [x.concatenated(with: y, along: 2), x.concatenated(along: 0)]
    _ = [x.rearranged("a b -> b a"), x.rearranged(""), x.rearranged(1)]
    _ = [x.uniform([2]), x.normal([-2]), x.folded(y), x.folded("name")]
    _ = [x.softmax(), x.softmax(along: 9), x.logSumExp(along: 3), x.normalized(along: 4, 4)]
    _ = [x.layerNorm(weight: y, bias: x), x.attention(keys: y, values: x)]
    _ = [x.scalar(3), x.parameter("weight", [2, -1], .ones), x.parameter("weight", [2], .ones)]
    _ = (x.dimension(0), x.dimension(9), x.dimension(-1), x.rank, x.shape, x.element)
  }

  /// A mistake that reached a formula by way of another tensor is told with its place and operands.
  @Test func theFirstMistakeIsTold() {
    let builder = GraphBuilder("main")
    let x = builder.argument("x", .f32([2, 3]))
    let (wrong, later) = builder.scoped("block") { (x.softmax(along: 2), x.reshaped(to: [7])) }
    builder.result("y", (wrong + later).exponential())
    let found = diagnostic { _ = try builder.finish() }
    #expect(
      found?.description == """
        error[axis.out-of-range]: axis 2 is not an axis of [2, 3]
          at block
          note: in softmax of f32[2, 3]
          help: use -2 to 1
        """)
  }
}
