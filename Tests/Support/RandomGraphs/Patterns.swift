import GraphIR
import GraphOps
import TensorCore

// The shapes of graphs that a fusion must not get wrong, one function each.

extension Canvas {
  /// Draws `pattern` on values that exist.
  mutating func draw(_ pattern: GraphPattern) throws(Stuck) {
    switch pattern {
    case .selfAttention: try drawSelfAttention()
    case .gramMatrix: try drawGramMatrix()
    case .pairwiseDifferences: try drawPairwiseDifferences()
    case .neighbourDifferences: try drawNeighbourDifferences()
    case .overlappingWindow: try drawOverlappingWindow()
    case .displacedReaders: try drawDisplacedReaders()
    case .scaledImage: try drawScaledImage()
    case .handmadeSoftmax: try drawHandmadeSoftmax()
    case .diamondAcrossBarrier: try drawDiamond()
    case .jointNormalization: try drawJointNormalization()
    case .reductionThenMap: try drawReductionThenMap()
    case .weightGradient: try drawWeightGradient()
    case .productChain: try drawProductChain()
    case .recurrentCell: try drawRecurrentCell()
    case .transformerLayer: try drawTransformerLayer()
    case .perceptronOverConcatenation: try drawPerceptron()
    case .uNetConcatenation: try drawUNet()
    case .convolutionStack: _ = try convolved(convolved(image()))
    case .reshapeWithoutCommonFactor: try drawReshape()
    case .inputAsOutput, .middleOfChainAsOutput, .viewAsOutput: break
    }
  }

  /// Tokens read as rows of queries and whole as keys and values, and added to what comes out.
  private mutating func drawSelfAttention() throws(Stuck) {
    let x = try floating(rank: 2...3)
    let depth = x.shape[x.rank - 1]
    let hasProjections = stream.chance(60)
    let query = hasProjections ? try linear(x, outputs: depth, isRectified: false) : x
    let key = hasProjections ? try linear(x, outputs: depth, isRectified: false) : x
    let value = hasProjections ? try linear(x, outputs: depth, isRectified: false) : x
    let lead = rows(x.rank - 2)
    var mixed: Item
    if stream.chance(50) {
      mixed = try one(Attention(), query, key, value)
    } else {
      let scores = try contracted("\(lead)nd,\(lead)md->\(lead)nm", query, key)
      let weights = try one(Softmax(), scores)
      mixed = try contracted("\(lead)nm,\(lead)md->\(lead)nd", weights, value)
    }
    mixed = try map(.add, x, mixed)
    if stream.chance(50) { _ = try layerNorm(mixed) }
  }

  private mutating func drawGramMatrix() throws(Stuck) {
    let x = try floating(rank: 2...3)
    let lead = rows(x.rank - 2)
    let scaled = try map(.tanh, x)
    let gram = try contracted("\(lead)nk,\(lead)mk->\(lead)nm", scaled, stream.pick([scaled, x]))
    if stream.chance(50) { _ = try contracted("\(lead)nm,\(lead)mk->\(lead)nk", gram, x) }
  }

  /// x[:, None] - x[None, :], and usually a distance made of it.
  private mutating func drawPairwiseDifferences() throws(Stuck) {
    let x = try floating(rank: 1...3)
    let columns = try reshaped(x, [x.shape[0], 1] + x.shape.dropFirst())
    let rows = try reshaped(x, [1] + x.shape)
    let differences = try map(.subtract, columns, rows)
    if stream.chance(60) {
      let squares = try map(.square, differences)
      _ = try one(
        Reduce(.sum).setting(\.axes, to: x.rank > 1 ? [-1] : [1]), squares)
    }
  }

  /// x[1:] - x[:-1] of a value that was computed.
  private mutating func drawNeighbourDifferences() throws(Stuck) {
    let x = try map(.tanh, floating(rank: 1...4))
    let axis = try axis(of: x)
    let count = x.shape[axis] - 1
    _ = try map(
      .subtract, part(x, axis, from: 1, count: count), part(x, axis, from: 0, count: count))
  }

  private mutating func drawOverlappingWindow() throws(Stuck) {
    let x = try map(.sigmoid, floating(rank: 1...3))
    let axis = try axis(of: x)
    let count = x.shape[axis] - 2
    var sum = try part(x, axis, from: 0, count: count)
    for start in 1...2 { sum = try map(.add, sum, part(x, axis, from: start, count: count)) }
    _ = try map(.multiply, sum, scalar(0.25, like: sum))
  }

  /// A statistic over everything, used with the values that it came from.
  private mutating func drawDiamond() throws(Stuck) {
    let x = try map(stream.pick([.tanh, .sine, .relu]), floating(rank: 1...4))
    let all = Array(0..<x.rank)
    let squares = try map(.square, x)
    let mean = try one(
      Mean().setting(\.axes, to: all).setting(\.keepingAxes, to: stream.chance(50)), squares)
    let scale = try map(.reciprocalSquareRoot, map(.add, mean, scalar(0.25, like: mean)))
    let y = try map(.multiply, x, scale)
    if stream.chance(50) { _ = try map(.add, y, squares) }
  }

  /// Mean and variance over several axes together, then a map of what they came from.
  private mutating func drawJointNormalization() throws(Stuck) {
    let x = try floating(rank: 2...4)
    let hidden = try linear(x, outputs: length(), isRectified: false)
    let axes = stream.chance(50) ? Array(0..<hidden.rank) : [0, hidden.rank - 1]
    let norm = try one(
      Normalize().setting(\.axes, to: axes).setting(\.epsilon, to: 1e-2), hidden)
    _ = try one(Softmax().setting(\.axis, to: stream.number(hidden.rank)), norm)
  }

  /// Reductions to a few values, then a map over everything again.
  private mutating func drawReductionThenMap() throws(Stuck) {
    let x = try floating(rank: 1...4)
    let shifted = try map(.sigmoid, x)
    let largest = try one(
      Reduce(.maximum).setting(\.axes, to: [0]).setting(\.keepingAxes, to: true), shifted)
    let sum = try one(
      Reduce(.sum).setting(\.axes, to: Array(0..<x.rank)), map(.subtract, shifted, largest))
    let few = try map(.tanh, sum)
    _ = try map(.add, map(.multiply, shifted, few), largest)
  }

  /// Gradients of a layer's weights and bias: sums over the rows of products with what came in.
  private mutating func drawWeightGradient() throws(Stuck) {
    // Products of shorter types are not added up in parts.
    guard element.byteCount >= 4 else { throw Stuck() }
    let x = try floating(rank: 2...3)
    let rows = rows(x.rank - 1)
    let kept = x.rank > 2 && stream.chance(30) ? String(rows.prefix(1)) : ""
    let hidden = stream.chance(70) ? try linear(x, outputs: length()) : x
    let gradient = try map(.tanh, linear(hidden, outputs: length(), isRectified: false))
    let small = try map(.multiply, gradient, scalar(0.125, like: gradient))
    // Operands that nothing else reads need never lie in memory altogether.
    let isOwn = stream.chance(60)
    let left = isOwn ? try map(.sine, hidden) : hidden
    let right = isOwn ? try map(.multiply, small, scalar(0.5, like: small)) : small
    _ = try contracted("\(rows)k,\(rows)m->\(kept)\(stream.pick(["km", "mk"]))", left, right)
    if stream.chance(50) { _ = try contracted("\(rows)m,\(rows)k->\(kept)km", small, x) }
    if stream.chance(50) {
      _ = try one(Reduce(.sum).setting(\.axes, to: Array(0..<x.rank - 1)), small)
    }
  }

  private mutating func drawProductChain() throws(Stuck) {
    var x = try floating(rank: 1...3)
    for _ in 0..<stream.number(in: 5...6) {
      x = try linear(x, outputs: length(), hasBias: stream.chance(70))
    }
  }

  /// An unrolled cell: the state of one step is read by gates and by the next step.
  private mutating func drawRecurrentCell() throws(Stuck) {
    let (rows, inputs, width) = (length(), length(), stream.pick([3, 4, 8]))
    let steps = stream.number(in: 2...4)
    let sequence = try argument(element, [steps, rows, inputs])
    var state = try argument(element, [rows, width])
    let weights = try (
      parameter(element, [inputs, width]), parameter(element, [width, width]),
      parameter(element, [width, width])
    )
    for step in 0..<steps {
      let x = try reshaped(part(sequence, 0, from: step, count: 1), [rows, inputs])
      let inner = try contracted("nk,km->nm", x, weights.0)
      let gate = try map(
        .sigmoid, map(.add, inner, contracted("nk,km->nm", state, weights.1)))
      let new = try map(.tanh, contracted("nk,km->nm", state, weights.2))
      let change = try map(.multiply, gate, map(.subtract, new, state))
      state = try map(.add, state, change)
    }
  }

  private mutating func drawTransformerLayer() throws(Stuck) {
    let (tokens, heads, depth) = (length(), stream.pick([1, 2]), stream.pick([2, 4]))
    let width = heads * depth
    let x = try argument(element, [tokens, width])
    let normal = try layerNorm(x)
    var parts: [Item] = []
    for _ in 0..<3 {
      let part = try linear(normal, outputs: width, isRectified: false)
      let split = try reshaped(part, [tokens, heads, depth])
      parts.append(try one(Transpose().setting(\.order, to: [1, 0, 2]), split))
    }
    let mixed = try one(Attention(), parts[0], parts[1], parts[2])
    let back = try one(Transpose().setting(\.order, to: [1, 0, 2]), mixed)
    let joined = try linear(reshaped(back, [tokens, width]), outputs: width, isRectified: false)
    let y = try map(.add, x, joined)
    let hidden = try linear(layerNorm(y), outputs: 2 * width, isRectified: true)
    _ = try map(.add, y, linear(hidden, outputs: width, isRectified: false))
  }

  /// A perceptron over parts that are each constant along other axes.
  private mutating func drawPerceptron() throws(Stuck) {
    let (a, b) = (length(), length())
    var parts: [Item] = []
    for shape in [[a, 1, 3], [1, b, 2], [a, b, 1], [1, 1, 4]] where stream.chance(75) {
      let part = try argument(element, shape)
      parts.append(try one(Broadcast().setting(\.dimensions, to: [a, b, shape[2]]), part))
    }
    guard parts.count > 1 else { throw Stuck() }
    let joined = try apply(Concatenate(), stream.shuffled(parts))[0]
    let hidden = try linear(joined, outputs: length(), isRectified: true)
    _ = try linear(hidden, outputs: stream.pick([1, 3, 4]), isRectified: false)
  }

  /// Down, up again, and beside what was there before.
  private mutating func drawUNet() throws(Stuck) {
    let x = try argument(element, [1, 6, 4, stream.pick([1, 3, 4])])
    let fine = try convolved(x, sameSize: true)
    let pooled = try one(AveragePool(), fine)
    let coarse = try convolved(pooled, sameSize: true)
    let channels = coarse.shape[3]
    let spread = try one(
      Broadcast().setting(\.dimensions, to: [1, 3, 2, 2, 2, channels]),
      reshaped(coarse, [1, 3, 1, 2, 1, channels]))
    let large = try reshaped(spread, [1, 6, 4, channels])
    _ = try convolved(apply(Concatenate(), [fine, large])[0], sameSize: true)
  }

  /// 6x4 as 4x6, and the same with other lengths.
  private mutating func drawReshape() throws(Stuck) {
    let (a, b) = stream.pick([(6, 4), (3, 2), (4, 6), (5, 7), (9, 4), (15, 8)])
    let x = try map(.tanh, argument(element, [a, b]))
    let y = try reshaped(x, [b, a])
    let softened = stream.chance(50) ? try one(Softmax(), y) : try map(.sine, y)
    if stream.chance(50) { _ = try map(.add, reshaped(softened, [a, b]), x) }
  }
}
