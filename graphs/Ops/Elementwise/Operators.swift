import GraphIR
import TensorCore

// The spelling of elementwise operations on tensors: operators for arithmetic and comparison,
// methods for the rest. A Swift number beside a tensor becomes a constant of its element type.

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence

extension Tensor {
  fileprivate func with(_ function: ScalarFunction, _ other: Tensor) -> Tensor {
    applying(Elementwise(function), other)
  }
  fileprivate func with(_ function: ScalarFunction) -> Tensor { applying(Elementwise(function)) }

  // MARK: - Arithmetic
  public static func + (x: Tensor, y: Tensor) -> Tensor { x.with(.add, y) }
  public static func - (x: Tensor, y: Tensor) -> Tensor { x.with(.subtract, y) }
  public static func * (x: Tensor, y: Tensor) -> Tensor { x.with(.multiply, y) }
  public static func / (x: Tensor, y: Tensor) -> Tensor { x.with(.divide, y) }
  /// The remainder with the divisor's sign.
  public static func % (x: Tensor, y: Tensor) -> Tensor { x.with(.remainder, y) }
  public static prefix func - (x: Tensor) -> Tensor { x.with(.negate) }

  public static func + (x: Tensor, y: Double) -> Tensor { x + x.scalar(y) }
  public static func - (x: Tensor, y: Double) -> Tensor { x - x.scalar(y) }
  public static func * (x: Tensor, y: Double) -> Tensor { x * x.scalar(y) }
  public static func / (x: Tensor, y: Double) -> Tensor { x / x.scalar(y) }
  public static func + (x: Double, y: Tensor) -> Tensor { y.scalar(x) + y }
  public static func - (x: Double, y: Tensor) -> Tensor { y.scalar(x) - y }
  public static func * (x: Double, y: Tensor) -> Tensor { y.scalar(x) * y }
  public static func / (x: Double, y: Tensor) -> Tensor { y.scalar(x) / y }

  // MARK: - Comparison and logic
  public static func < (x: Tensor, y: Tensor) -> Tensor { x.with(.less, y) }
  public static func <= (x: Tensor, y: Tensor) -> Tensor { x.with(.lessOrEqual, y) }
  public static func > (x: Tensor, y: Tensor) -> Tensor { x.with(.greater, y) }
  public static func >= (x: Tensor, y: Tensor) -> Tensor { x.with(.greaterOrEqual, y) }
  public static func .== (x: Tensor, y: Tensor) -> Tensor { x.with(.equal, y) }
  public static func .!= (x: Tensor, y: Tensor) -> Tensor { x.with(.notEqual, y) }
  public static func && (x: Tensor, y: Tensor) -> Tensor { x.with(.and, y) }
  public static func || (x: Tensor, y: Tensor) -> Tensor { x.with(.or, y) }
  public static prefix func ! (x: Tensor) -> Tensor { x.with(.not) }

  /// `accepted` where this bool is true, `rejected` elsewhere.
  public func select(_ accepted: Tensor, _ rejected: Tensor) -> Tensor {
    applying(Elementwise(.select), accepted, rejected)
  }

  // MARK: - Functions
  /// The larger of both; NaN if either is.
  public func maximum(_ other: Tensor) -> Tensor { with(.maximum, other) }
  /// The smaller of both; NaN if either is.
  public func minimum(_ other: Tensor) -> Tensor { with(.minimum, other) }
  public func power(_ exponent: Tensor) -> Tensor { with(.power, exponent) }
  public func absolute() -> Tensor { with(.absolute) }
  public func sign() -> Tensor { with(.sign) }
  public func floor() -> Tensor { with(.floor) }
  public func ceiling() -> Tensor { with(.ceiling) }
  /// The nearest whole number, ties to even.
  public func rounded() -> Tensor { with(.round) }
  public func squared() -> Tensor { with(.square) }
  public func squareRoot() -> Tensor { with(.squareRoot) }
  public func reciprocalSquareRoot() -> Tensor { with(.reciprocalSquareRoot) }
  public func exponential() -> Tensor { with(.exponential) }
  public func exponentialMinusOne() -> Tensor { with(.exponentialMinusOne) }
  public func logarithm() -> Tensor { with(.logarithm) }
  public func logarithmPlusOne() -> Tensor { with(.logarithmPlusOne) }
  public func sine() -> Tensor { with(.sine) }
  public func cosine() -> Tensor { with(.cosine) }
  public func tanh() -> Tensor { with(.tanh) }
  public func sigmoid() -> Tensor { with(.sigmoid) }
  public func softplus() -> Tensor { with(.softplus) }
  public func errorFunction() -> Tensor { with(.errorFunction) }
  /// The value where it is positive, else 0; NaN stays NaN.
  public func relu() -> Tensor { with(.relu) }
}
