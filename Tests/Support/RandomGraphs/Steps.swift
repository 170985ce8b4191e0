import GraphIR
import GraphOps
import TensorCore

// One operation at a time: the whole catalogue, on operands that exist.

/// A kind of step, with how often it is taken.
enum Step: CaseIterable {
  case unary, binary, choice, comparison, logic, whole, clamp, cast, constant, iota
  case reduce, mean, withIndex, stop, contract, linear, convolution, pool
  case reshape, transpose, broadcast, slice, pad, concatenate, gather, scatter, patches
  case random, foldKey, softmax, logSumExp, normalize, layerNorm, attention

  var weight: Int {
    switch self {
    case .unary, .binary: 12
    case .reduce, .linear, .contract: 8
    case .slice, .reshape, .transpose, .concatenate: 6
    case .mean: 5
    case .logic: 3
    case .softmax, .normalize, .broadcast, .pad, .gather, .attention: 4
    case .stop: 1
    case .convolution, .choice, .cast, .layerNorm, .logSumExp: 3
    default: 2
    }
  }
}

extension Canvas {
  /// Draws one operation.
  mutating func draw(_ step: Step) throws(Stuck) {
    switch step {
    case .unary: try drawUnary()
    case .binary: try drawBinary()
    case .choice, .comparison, .logic, .whole: try drawChoice(step)
    case .clamp:
      let low = Double(stream.number(in: -8...0)) / 4
      _ = try one(
        Clamp().setting(\.low, to: low).setting(\.high, to: low + Double(stream.number(9)) / 4),
        floating())
    case .cast: try drawCast()
    case .constant, .iota, .random, .foldKey: try drawSource(step)
    case .stop: _ = try one(StopGradient(), floating())
    case .reduce, .mean, .withIndex: try drawReduction(step)
    case .contract: try drawContraction()
    case .linear: _ = try linear(floating(rank: 1...4), outputs: length(), hasBias: true)
    case .convolution: _ = try convolved(image())
    case .pool: try drawPool()
    case .reshape, .transpose, .broadcast, .slice, .pad, .concatenate, .gather, .scatter, .patches:
      try drawMove(step)
    case .softmax, .logSumExp, .normalize, .layerNorm, .attention: try drawComposition(step)
    }
  }

  private mutating func drawUnary() throws(Stuck) {
    let function = stream.pick(
      ScalarFunction.allCases.filter { $0.operandCount == 1 && $0 != .not })
    if function.domain == .number, stream.chance(10) {
      _ = try map(function, integer())
      return
    }
    switch function {
    case .sign, .floor, .ceiling, .round: _ = try map(function, steady())
    default:
      let x = try floating()
      if (try? map(function, x)) == nil { _ = try map(function, guarded(function, x)) }
    }
  }

  private mutating func drawBinary() throws(Stuck) {
    let functions: [(ScalarFunction, Int)] = [
      (.add, 8), (.subtract, 5), (.multiply, 8), (.divide, 3), (.power, 2), (.maximum, 3),
      (.minimum, 3), (.remainder, 2),
    ]
    let function = stream.pick(weighted: functions)
    if function.domain == .number, stream.chance(12) {
      let x = try integer()
      _ = try map(function, x, partner(of: x))
      return
    }
    if function == .remainder {
      let (x, y) = (try steady(), try steady())
      let divisor = try map(.add, map(.absolute, y), scalar(1, like: y))
      _ = try map(.remainder, x, divisor)
      return
    }
    let x = try floating()
    let y = try partner(of: x)
    let (left, right) = stream.chance(50) ? (x, y) : (y, x)
    switch function {
    case .divide: _ = try map(function, left, guarded(function, right))
    case .power: _ = try map(function, guarded(function, left), map(.tanh, right))
    default: _ = try map(function, left, right)
    }
  }

  private mutating func drawChoice(_ step: Step) throws(Stuck) {
    func isBool(_ item: Item) -> Bool { item.element == .bool }
    switch step {
    case .comparison:
      let x = stream.chance(30) ? try integer() : try steady()
      let function = stream.pick(ScalarFunction.allCases.filter(\.isComparison))
      _ = try map(function, x, partner(of: x))
    case .logic:
      var found = try? existing(where: isBool)
      if found == nil { found = try argument(.bool, [length()]) }
      let x = found!
      if stream.chance(30) {
        _ = try map(.not, x)
      } else {
        _ = try map(stream.pick([.and, .or]), x, partner(of: x))
      }
    case .whole:
      let x = try steady()
      _ = try map(stream.pick([.floor, .ceiling, .round, .sign]), x)
    default:
      let x = try floating()
      let compared = try steady()
      var condition = try? existing {
        isBool($0) && (try? $0.value.shape.broadcast(with: x.value.shape)) != nil
      }
      if condition == nil {
        condition = try map(.greater, compared, scalar(0.25, like: compared))
      }
      _ = try map(.select, condition!, x, partner(of: x))
    }
  }

  private mutating func drawCast() throws(Stuck) {
    let element = element
    if stream.chance(40) {
      let x = try existing { $0.element != element && $0.value.type != .u64([]) }
      _ = try one(Cast().setting(\.target, to: element), x)
    } else {
      let target = stream.pick(ElementType.allCases.filter { $0 != element })
      let x = target.isFloating ? try floating() : try steady()
      let cast = try one(Cast().setting(\.target, to: target), x)
      if target.isFloating, stream.chance(70) {
        let y = stream.chance(60) ? try map(.tanh, cast) : cast
        _ = try one(Cast().setting(\.target, to: element), y)
      }
    }
  }

  private mutating func drawSource(_ step: Step) throws(Stuck) {
    let shape = (0..<stream.number(in: 1...3)).map { _ in length() }
    switch step {
    case .constant:
      guard let checked = try? Shape(checking: shape), checked.count < 64 else { throw Stuck() }
      let values = (0..<checked.count).map { _ in Double(stream.number(in: -16...16)) / 8 }
      _ = try one(Constant(HostTensor(TensorType(element, checked), converting: values)))
    case .iota:
      let kinds: [ElementType] = [element, element, .i32, .u8, .i64]
      let iota = Iota().setting(\.element, to: stream.pick(kinds)).setting(\.dimensions, to: shape)
      _ = try one(iota.setting(\.axis, to: stream.number(shape.count)))
    case .foldKey: _ = try one(FoldKey(), key(), key())
    default:
      let key = try key()
      let drawn =
        stream.chance(50)
        ? try one(RandomUniform().setting(\.dimensions, to: shape), key)
        : try one(RandomNormal().setting(\.dimensions, to: shape), key)
      if element != .f32 { _ = try one(Cast().setting(\.target, to: element), drawn) }
    }
  }

  private mutating func drawReduction(_ step: Step) throws(Stuck) {
    switch step {
    case .mean:
      let x = try floating(rank: 1...8)
      if stream.chance(35) {
        _ = try apply(Moments().setting(\.axes, to: axes(of: x)), [x])
        return
      }
      _ = try one(
        Mean().setting(\.axes, to: axes(of: x)).setting(\.keepingAxes, to: stream.chance(50)), x)
    case .withIndex:
      let x = stream.chance(30) ? try integer() : try steady(rank: 1...8)
      let axis = spelled(try axis(of: x), rank: x.rank)
      let combiner: Reduction.Combiner = stream.chance(50) ? .maximum : .minimum
      _ = try apply(ReduceWithIndex(combiner).setting(\.axis, to: axis), [x])
    default:
      let combiner = stream.pick(weighted: [
        (Reduction.Combiner.sum, 6), (.maximum, 3), (.minimum, 2), (.product, 2),
      ])
      var x = stream.chance(12) ? try integer() : try floating(rank: 1...8)
      if combiner == .product, x.element.isFloating {
        // Near 1, so that the product of many stays in range.
        let small = try map(.multiply, map(.tanh, x), scalar(0.125, like: x))
        x = try map(.add, small, scalar(1, like: x))
      }
      let axes = axes(of: x)
      _ = try one(
        Reduce(combiner).setting(\.axes, to: axes).setting(\.keepingAxes, to: stream.chance(50)), x)
    }
  }
}
