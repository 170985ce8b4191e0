import GraphIR
import GraphOps
import TensorCore

// Products, windows and the compositions made of them.

extension Canvas {
  /// `x · w + b`, with the weights as parameters; now and then without the bias.
  mutating func linear(
    _ x: Item, outputs: Int, hasBias: Bool = true, isRectified: Bool? = nil
  ) throws(Stuck) -> Item {
    guard x.rank >= 1 else { throw Stuck() }
    let weight = try parameter(x.element, [x.shape[x.rank - 1], outputs])
    var y = try contracted("\(rows(x.rank - 1))k,km->\(rows(x.rank - 1))m", x, weight)
    if hasBias { y = try map(.add, y, parameter(x.element, [outputs])) }
    return isRectified ?? stream.chance(50) ? try map(.relu, y) : y
  }

  func rows(_ count: Int) -> String { String("abcdefgh".prefix(count)) }

  mutating func contracted(_ equation: String, _ x: Item, _ y: Item) throws(Stuck) -> Item {
    try one(Contract().setting(\.equation, to: equation), x, y)
  }

  /// An equation of two operands, the second of which exists, is the first, or is new.
  mutating func drawContraction() throws(Stuck) {
    let x = stream.chance(6) ? try integer() : try floating(rank: 1...5)
    let labels = Array("abcdefghijklmnop".prefix(x.rank))
    var lengths = Dictionary(uniqueKeysWithValues: zip(labels, x.shape))
    if stream.chance(15), x.rank >= 2 {
      // With itself: a Gram matrix along one axis.
      let kept = stream.number(x.rank)
      var other = labels
      other[kept] = "z"
      _ = try contracted("\(String(labels)),\(String(other))->\(labels[kept])z", x, x)
      return
    }
    /// Labels of the second operand: some of the first, and some of its own.
    var second = labels.filter { _ in stream.chance(50) }
    var result = labels.filter { !second.contains($0) || stream.chance(35) }
    for label in Array("wxy".prefix(stream.number(3))) {
      lengths[label] = length()
      second.append(label)
      result.append(label)
    }
    second = stream.shuffled(second)
    result = stream.shuffled(result)
    let dimensions = second.map { lengths[$0]! }
    var y = try? existing { $0.element == x.element && $0.shape == dimensions }
    if y == nil {
      let isWeight = x.element.isFloating && stream.chance(60)
      y = isWeight ? try parameter(x.element, dimensions) : try argument(x.element, dimensions)
    }
    let flipped = stream.chance(40)
    let (left, right) = flipped ? (second, labels) : (labels, second)
    let equation = "\(String(left)),\(String(right))->\(String(result))"
    _ = try flipped ? contracted(equation, y!, x) : contracted(equation, x, y!)
  }

  /// An image batch: one that exists, or a new one.
  mutating func image() throws(Stuck) -> Item {
    let element = element
    func fits(_ item: Item) -> Bool {
      item.element == element && item.rank == 4 && item.shape[1] > 2 && item.shape[2] > 2
        && item.shape[3] > 0
    }
    if stream.chance(70), let found = try? existing(where: fits) { return found }
    return try argument(
      element,
      [
        stream.number(in: 1...2), stream.number(in: 3...11), stream.number(in: 3...11),
        stream.pick([1, 2, 3, 4, 6, 8, 17]),
      ])
  }

  /// A convolution with strides, padding, dilations and groups.
  mutating func convolved(_ x: Item, sameSize: Bool = false) throws(Stuck) -> Item {
    let channels = x.shape[3]
    let groups = stream.chance(70) ? 1 : stream.pick((1...channels).filter { channels % $0 == 0 })
    let outputs = groups * stream.pick([1, 1, 2, 3, 4, 8])
    var operation = Convolution().setting(\.groups, to: groups)
    var size = [3, 3]
    if sameSize {
      operation.padding = [1, 1, 1, 1]
    } else {
      size = [stream.number(in: 1...4), stream.number(in: 1...4)]
      operation.strides = [stream.pick([1, 1, 2, 3]), stream.pick([1, 1, 2])]
      operation.dilations = [stream.pick([1, 1, 1, 2]), stream.pick([1, 1, 2, 3])]
      operation.padding = (0..<4).map { _ in stream.pick([0, 0, 1, 2]) }
    }
    let weight = try parameter(x.element, size + [channels / groups, outputs])
    var y = try one(operation, x, weight)
    if stream.chance(60) { y = try map(.add, y, parameter(x.element, [outputs])) }
    return stream.chance(50) ? try map(.relu, y) : y
  }

  mutating func drawPool() throws(Stuck) {
    let size = [stream.number(in: 1...3), stream.number(in: 1...3)]
    let pool = AveragePool().setting(\.size, to: size)
      .setting(\.strides, to: [stream.number(in: 1...3), stream.number(in: 1...2)])
      .setting(\.padding, to: (0..<4).map { stream.number(size[$0 % 2]) })
    _ = try one(pool, image())
  }

  mutating func drawComposition(_ step: Step) throws(Stuck) {
    let x = try floating(rank: step == .attention ? 2...4 : 1...5)
    let axis = try axis(of: x)
    switch step {
    case .softmax: _ = try one(Softmax().setting(\.axis, to: spelled(axis, rank: x.rank)), x)
    case .logSumExp:
      _ = try one(
        LogSumExp().setting(\.axis, to: spelled(axis, rank: x.rank))
          .setting(\.keepingAxis, to: stream.chance(50)), x)
    case .normalize:
      _ = try one(
        Normalize().setting(\.axes, to: axes(of: x)).setting(\.epsilon, to: 1e-2), x)
    case .layerNorm: _ = try layerNorm(x)
    default: _ = try attention(x)
    }
  }

  mutating func layerNorm(_ x: Item) throws(Stuck) -> Item {
    let length = x.shape[x.rank - 1]
    return try one(
      LayerNorm().setting(\.epsilon, to: 1e-2), x, parameter(x.element, [length]),
      parameter(x.element, [length]))
  }

  /// Attention of `x` over keys that exist, are new, or come from `x` itself.
  private mutating func attention(_ x: Item) throws(Stuck) -> Item {
    let (leading, depth) = (x.shape.dropLast(2), x.shape[x.rank - 1])
    let count = length()
    func shaped(_ item: Item, _ last: Int?) -> Bool {
      item.element == x.element && item.rank == x.rank && item.shape.dropLast(2) == leading
        && item.shape[x.rank - 2] > 0 && (last ?? item.shape[x.rank - 1]) == item.shape[x.rank - 1]
    }
    var keys = try? existing { shaped($0, depth) }
    if keys == nil { keys = try argument(x.element, leading + [count, depth]) }
    let keyCount = keys!.shape[x.rank - 2]
    var values = try? existing { shaped($0, nil) && $0.shape[x.rank - 2] == keyCount }
    if values == nil { values = try argument(x.element, leading + [keyCount, length()]) }
    let scale = stream.chance(70) ? 0 : 0.25
    return try one(Attention().setting(\.scale, to: scale), x, keys!, values!)
  }
}

private func + (leading: ArraySlice<Int>, rest: [Int]) -> [Int] { Array(leading) + rest }
