import GraphIR
import GraphOps
import TensorCore

/// Where operations are well conditioned: outside, a rounded operand moves the result so far that a
/// comparison says nothing.
enum Domain {
  /// Whether `operation` may have these operands.
  static func holds(_ operation: any Operation, _ operands: [HostTensor]) -> Bool {
    guard let function = (operation as? Elementwise)?.function,
      let last = operands.last, last.element.isFloating
    else { return true }
    let x = operands[0]
    return switch function {
    case .divide: least(last) >= 0.25
    case .remainder: least(last) >= 0.5
    case .logarithm, .squareRoot, .reciprocalSquareRoot: lowest(x) >= 0.1
    case .logarithmPlusOne: lowest(x) >= -0.75
    case .power: lowest(x) >= 0.1 && largest(last) <= 3
    case .exponential, .exponentialMinusOne: highest(x) <= 5
    case .sine, .cosine: largest(x) <= 30
    default: true
    }
  }

  /// Finite, and small enough for sums of products; integers may be anything.
  static func isSane(_ value: HostTensor) -> Bool {
    guard case .reals(let values) = value.storage else { return true }
    let limit = value.element == .f64 || value.element == .f32 ? 500.0 : 100
    return values.allSatisfy { abs($0) <= limit }
  }

  /// Whether the operation keeps exact what is exact: moves, choices, whole numbers.
  static func isExact(_ operation: any Operation, _ result: ElementType) -> Bool {
    if !result.isFloating { return true }
    switch operation {
    case is Constant, is Iota, is RandomUniform, is Reshape, is Transpose, is Broadcast, is Slice,
      is Pad, is Concatenate, is Gather, is Patches, is StopGradient, is Clamp, is ReduceWithIndex:
      return true
    case let reduce as Reduce: return reduce.combiner == .maximum || reduce.combiner == .minimum
    case let elementwise as Elementwise:
      switch elementwise.function {
      case .maximum, .minimum, .negate, .absolute, .sign, .floor, .ceiling, .round, .relu, .select:
        return true
      default: return false
      }
    default: return false
    }
  }

  /// Whether the operation jumps: a rounded operand may change its result by more than its error.
  static func jumps(_ operation: any Operation, _ operands: [TensorType]) -> Bool {
    guard operands.contains(where: \.element.isFloating) else { return false }
    switch operation {
    case is ReduceWithIndex: return true
    case let cast as Cast: return !cast.target.isFloating
    case let elementwise as Elementwise:
      switch elementwise.function {
      case .sign, .floor, .ceiling, .round, .remainder: return true
      default: return elementwise.function.isComparison
      }
    default: return false
    }
  }

  private static func largest(_ x: HostTensor) -> Double { x.reals.reduce(0) { max($0, abs($1)) } }
  private static func least(_ x: HostTensor) -> Double {
    x.reals.reduce(.infinity) { min($0, abs($1)) }
  }
  private static func lowest(_ x: HostTensor) -> Double { x.reals.reduce(.infinity, min) }
  private static func highest(_ x: HostTensor) -> Double { x.reals.reduce(-.infinity, max) }
}
