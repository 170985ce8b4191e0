import RealModule

/// A function of one, two or three scalars that operations apply element by element.
///
/// This table is closed: a backend switches over it exhaustively. The raw value is the name of the
/// operation in graph text. `real` is the meaning in `Double`, `integer` the meaning on stored
/// integers; both are independent of every fast path.
public enum ScalarFunction: String, CaseIterable, Sendable, Hashable {
  // Arithmetic
  case add, subtract, multiply, divide, power, maximum, minimum, remainder
  case negate, absolute, sign, floor, ceiling, round
  case square, squareRoot = "square_root", reciprocalSquareRoot = "reciprocal_square_root"
  // Exponentials
  case exponential, exponentialMinusOne = "exponential_minus_one"
  case logarithm, logarithmPlusOne = "logarithm_plus_one"
  case sine, cosine, tanh, sigmoid, softplus, errorFunction = "error_function", relu
  // Comparisons, to bool
  case equal, notEqual = "not_equal", less, lessOrEqual = "less_or_equal"
  case greater, greaterOrEqual = "greater_or_equal"
  // Logic
  case and, or, not
  // Choice: bool, then both values
  case select
}

extension ScalarFunction {
  /// How many scalars the function takes: 1, 2 or 3.
  public var operandCount: Int {
    switch self {
    case .add, .subtract, .multiply, .divide, .power, .maximum, .minimum, .remainder,
      .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or:
      2
    case .select: 3
    default: 1
    }
  }

  /// What the operands must be; all operands but the condition of `select` share one type.
  public enum Domain: Sendable { case floating, number, bool, any }

  /// What the operands must be.
  public var domain: Domain {
    switch self {
    case .add, .subtract, .multiply, .divide, .maximum, .minimum, .remainder, .negate,
      .absolute, .sign, .square, .less, .lessOrEqual, .greater, .greaterOrEqual, .relu:
      .number
    case .equal, .notEqual, .select: .any
    case .and, .or, .not: .bool
    default: .floating
    }
  }

  /// Whether the result is a `bool` made from operands of any type.
  public var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
    default: false
    }
  }
}

// MARK: - Types
extension ScalarFunction {
  /// The element type of the result.
  ///
  /// - Errors: `type.mismatch`, `type.not-floating`, `type.not-number`, `type.not-bool`.
  public func resultElement(of operands: [TensorType]) throws(Diagnostic) -> ElementType {
    var values = operands[...]
    if self == .select { try values.removeFirst().requireBool() }
    guard let first = values.first else { preconditionFailure("internal: \(self) of nothing") }
    for other in values.dropFirst() { try first.requireElement(of: other) }
    switch domain {
    case .floating: try first.requireFloating()
    case .number: try first.requireNumber()
    case .bool: try first.requireBool()
    case .any: break
    }
    return isComparison ? .bool : first.element
  }
}

// MARK: - Meaning in Double
extension ScalarFunction {
  /// The value of a function of one real, to be applied to many elements.
  public var real1: (Double) -> Double {
    switch self {
    case .negate: { -$0 }
    case .absolute: { abs($0) }
    case .sign: { $0.isNaN ? $0 : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
    case .floor: { $0.rounded(.down) }
    case .ceiling: { $0.rounded(.up) }
    case .round: { $0.rounded(.toNearestOrEven) }
    case .square: { $0 * $0 }
    case .squareRoot: { $0.squareRoot() }
    case .reciprocalSquareRoot: { 1 / $0.squareRoot() }
    case .exponential: { .exp($0) }
    case .exponentialMinusOne: { .expMinusOne($0) }
    case .logarithm: { .log($0) }
    case .logarithmPlusOne: { .log(onePlus: $0) }
    case .sine: { .sin($0) }
    case .cosine: { .cos($0) }
    case .tanh: { .tanh($0) }
    // The branch keeps `exp` from overflowing, so that small values keep their digits.
    case .sigmoid: { $0 >= 0 ? 1 / (1 + .exp(-$0)) : .exp($0) / (1 + .exp($0)) }
    case .softplus: { Self.maximumOfReals($0, 0) + .log(onePlus: .exp(-abs($0))) }
    case .errorFunction: { .erf($0) }
    case .relu: { $0 < 0 ? 0 : $0 }
    default: preconditionFailure("internal: \(self) is not a function of one real")
    }
  }

  /// The value of a function of two reals. NaN comes out of `maximum` and `minimum` if either
  /// operand is NaN, as in PyTorch.
  public var real2: (Double, Double) -> Double {
    switch self {
    case .add: { $0 + $1 }
    case .subtract: { $0 - $1 }
    case .multiply: { $0 * $1 }
    case .divide: { $0 / $1 }
    case .power: { Self.powerOfReals($0, $1) }
    case .maximum: { Self.maximumOfReals($0, $1) }
    case .minimum: { Self.minimumOfReals($0, $1) }
    // Of the divisor's sign, as in Python and PyTorch.
    case .remainder: { Self.floorRemainder($0, $1) }
    default: preconditionFailure("internal: \(self) is not a function of two reals")
    }
  }

  /// A comparison of two reals; every ordered comparison with NaN is false.
  public var comparison: (Double, Double) -> Bool {
    switch self {
    case .equal: { $0 == $1 }
    case .notEqual: { $0 != $1 }
    case .less: { $0 < $1 }
    case .lessOrEqual: { $0 <= $1 }
    case .greater: { $0 > $1 }
    case .greaterOrEqual: { $0 >= $1 }
    default: preconditionFailure("internal: \(self) is not a comparison")
    }
  }

  static func maximumOfReals(_ a: Double, _ b: Double) -> Double {
    a.isNaN ? a : b.isNaN ? b : a > b ? a : b
  }

  static func minimumOfReals(_ a: Double, _ b: Double) -> Double {
    a.isNaN ? a : b.isNaN ? b : a < b ? a : b
  }

  /// C's `pow`, as in PyTorch and ONNX: negative bases have integer powers, and x^0 is 1.
  /// RealModule's `pow` of two reals is exp(b log a), NaN in both cases.
  private static func powerOfReals(_ a: Double, _ b: Double) -> Double {
    if b == 0 || a == 1 { return 1 }
    if let integer = Int(exactly: b) { return .pow(a, integer) }
    let isFraction = b != b.rounded(.towardZero)
    if a < 0, a.isFinite, isFraction { return .nan }
    // What is left does not see the sign of a: zero, an infinity, or an even or infinite power.
    return .pow(abs(a), b)
  }

  private static func floorRemainder(_ a: Double, _ b: Double) -> Double {
    let rest = a.truncatingRemainder(dividingBy: b)
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
  }
}

// MARK: - Meaning on integers
extension ScalarFunction {
  /// The value of a function of integers or bools of type `element`, wrapped to its width.
  ///
  /// Division rounds toward zero; by zero it gives 0, and so does the remainder: a defined value
  /// instead of a trap, in the interpreter as in machine code.
  public func integer(_ x: [Int64], _ element: ElementType) -> Int64 {
    element.wrapping(wide(x, element))
  }

  private func wide(_ x: [Int64], _ element: ElementType) -> Int64 {
    switch self {
    case .add: x[0] &+ x[1]
    case .subtract: x[0] &- x[1]
    case .multiply: x[0] &* x[1]
    case .divide: Self.quotient(x[0], x[1], element)
    case .remainder: Self.floorRemainder(x[0], x[1], element)
    case .maximum: Self.isLess(x[0], x[1], element) ? x[1] : x[0]
    case .minimum: Self.isLess(x[1], x[0], element) ? x[1] : x[0]
    case .negate: 0 &- x[0]
    case .absolute: x[0] < 0 && !element.isUnsigned ? 0 &- x[0] : x[0]
    case .sign: element.isUnsigned ? (x[0] == 0 ? 0 : 1) : x[0].signum()
    case .square: x[0] &* x[0]
    case .relu: x[0] < 0 && !element.isUnsigned ? 0 : x[0]
    case .equal: x[0] == x[1] ? 1 : 0
    case .notEqual: x[0] != x[1] ? 1 : 0
    case .less: Self.isLess(x[0], x[1], element) ? 1 : 0
    case .lessOrEqual: Self.isLess(x[1], x[0], element) ? 0 : 1
    case .greater: Self.isLess(x[1], x[0], element) ? 1 : 0
    case .greaterOrEqual: Self.isLess(x[0], x[1], element) ? 0 : 1
    case .and: x[0] & x[1]
    case .or: x[0] | x[1]
    case .not: 1 - x[0]
    case .select: x[0] != 0 ? x[1] : x[2]
    default: preconditionFailure("internal: \(self) has no meaning on \(element)")
    }
  }

  private static func isLess(_ a: Int64, _ b: Int64, _ element: ElementType) -> Bool {
    element == .u64 ? UInt64(bitPattern: a) < UInt64(bitPattern: b) : a < b
  }

  private static func quotient(_ a: Int64, _ b: Int64, _ element: ElementType) -> Int64 {
    if b == 0 { return 0 }
    if element == .u64 { return Int64(bitPattern: UInt64(bitPattern: a) / UInt64(bitPattern: b)) }
    return a.dividedReportingOverflow(by: b).partialValue
  }

  private static func floorRemainder(_ a: Int64, _ b: Int64, _ element: ElementType) -> Int64 {
    if b == 0 { return 0 }
    if element == .u64 { return Int64(bitPattern: UInt64(bitPattern: a) % UInt64(bitPattern: b)) }
    let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
  }
}
