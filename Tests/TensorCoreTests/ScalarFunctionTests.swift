import TensorCore
import Testing

private let nan = Double.nan
private let inf = Double.infinity

@Suite("scalar functions of reals")
struct RealFunctionTests {
  /// Exact values: signs of zero, infinities, NaN, ties.
  static let exact1: [(ScalarFunction, [(Double, Double)])] = [
    (.negate, [(1, -1), (0, -0.0), (-0.0, 0), (inf, -inf), (nan, nan)]),
    (.absolute, [(-2, 2), (2, 2), (-0.0, 0), (-inf, inf), (nan, nan)]),
    (.sign, [(-2, -1), (0x1p-1074, 1), (0, 0), (-0.0, 0), (-inf, -1), (nan, nan)]),
    (.floor, [(1.5, 1), (-1.5, -2), (-0.0, -0.0), (inf, inf), (nan, nan), (0x1p60, 0x1p60)]),
    (.ceiling, [(1.5, 2), (-1.5, -1), (-0.5, -0.0), (-inf, -inf), (nan, nan)]),
    (.round, [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, -0.0), (-1.5, -2), (inf, inf), (nan, nan)]),
    (.square, [(-3, 9), (-0.0, 0), (-inf, inf), (1e200, inf), (nan, nan)]),
    (.squareRoot, [(4, 2), (-0.0, -0.0), (-1, nan), (inf, inf), (nan, nan)]),
    (.reciprocalSquareRoot, [(4, 0.5), (0, inf), (-0.0, -inf), (-1, nan), (inf, 0), (nan, nan)]),
    (.exponential, [(0, 1), (-inf, 0), (inf, inf), (1000, inf), (-1000, 0), (nan, nan)]),
    (.exponentialMinusOne, [(0, 0), (-0.0, -0.0), (-inf, -1), (inf, inf), (nan, nan)]),
    (.logarithm, [(1, 0), (0, -inf), (-0.0, -inf), (-1, nan), (inf, inf), (nan, nan)]),
    (.logarithmPlusOne, [(0, 0), (-0.0, -0.0), (-1, -inf), (-2, nan), (inf, inf), (nan, nan)]),
    (.sine, [(0, 0), (-0.0, -0.0), (inf, nan), (-inf, nan), (nan, nan)]),
    (.cosine, [(0, 1), (-0.0, 1), (inf, nan), (nan, nan)]),
    (.tanh, [(0, 0), (-0.0, -0.0), (inf, 1), (-inf, -1), (400, 1), (nan, nan)]),
    (.sigmoid, [(0, 0.5), (inf, 1), (-inf, 0), (1000, 1), (-1000, 0), (nan, nan)]),
    (.softplus, [(inf, inf), (-inf, 0), (1000, 1000), (-1000, 0), (nan, nan)]),
    (.errorFunction, [(0, 0), (-0.0, -0.0), (inf, 1), (-inf, -1), (nan, nan)]),
    (.relu, [(2, 2), (-2, 0), (0, 0), (inf, inf), (-inf, 0), (nan, nan)]),
  ]

  @Test("functions of one real at their edges", arguments: exact1.map(\.0))
  func hasExactValues(_ function: ScalarFunction) {
    for (x, y) in Self.exact1.first(where: { $0.0 == function })!.1 {
      let got = function.real1(x)
      #expect(same(got, y), "\(function)(\(x)) is \(got), expected \(y)")
    }
  }

  /// Sixteen and more digits from the series, computed apart from any library.
  static let digits: [(ScalarFunction, Double, Double)] = [
    (.exponential, 1, 2.718281828459045), (.exponential, -0.5, 0.6065306597126334),
    (.exponentialMinusOne, 1e-10, 1.00000000005e-10), (.exponentialMinusOne, 1, 1.718281828459045),
    (.logarithm, 2, 0.6931471805599453), (.logarithmPlusOne, 1e-10, 9.9999999995e-11),
    (.logarithmPlusOne, 1, 0.6931471805599453), (.sine, 1, 0.8414709848078965),
    (.cosine, 1, 0.5403023058681398), (.tanh, 0.5, 0.46211715726000976),
    (.sigmoid, 1, 0.7310585786300049), (.sigmoid, -1, 0.2689414213699951),
    (.sigmoid, -40, 4.248354255291589e-18), (.softplus, 0, 0.6931471805599453),
    (.softplus, 1, 1.3132616875182228), (.softplus, -40, 4.248354255291589e-18),
    (.errorFunction, 0.5, 0.5204998778130465), (.errorFunction, -1, -0.8427007929497149),
  ]

  @Test("smooth functions are right to the last digits", arguments: digits.indices)
  func hasDigits(_ index: Int) {
    let (function, x, y) = Self.digits[index]
    let got = function.real1(x)
    #expect(abs(got - y) <= 4 * y.ulp, "\(function)(\(x)) is \(got), expected \(y)")
  }

  static let exact2: [(ScalarFunction, [(Double, Double, Double)])] = [
    (.add, [(1, 2, 3), (inf, -inf, nan), (nan, 1, nan), (-0.0, 0, 0)]),
    (.subtract, [(1, 2, -1), (inf, inf, nan), (0, nan, nan)]),
    (.multiply, [(3, -2, -6), (0, inf, nan), (-0.0, 2, -0.0), (nan, 0, nan)]),
    (.divide, [(1, 0, inf), (1, -0.0, -inf), (0, 0, nan), (inf, inf, nan), (7, 2, 3.5)]),
    (
      .power,
      [
        (2, 10, 1024), (-2, 3, -8), (-2, -1, -0.5), (-2, 0.5, nan), (4, -0.5, 0.5), (0, 0, 1),
        (nan, 0, 1), (1, nan, 1), (nan, 2, nan), (2, nan, nan), (0, -1, inf), (-0.0, -1, -inf),
        (-0.0, 0.5, 0), (-inf, 3, -inf), (-inf, 0.5, inf), (-1, inf, 1), (2, -inf, 0),
        (-2, 1e300, inf), (-0.5, 1e300, 0), (2, 2000, inf),
      ]
    ),
    (.maximum, [(1, 2, 2), (2, 1, 2), (nan, 1, nan), (1, nan, nan), (-inf, inf, inf), (3, 3, 3)]),
    (.minimum, [(1, 2, 1), (2, 1, 1), (nan, 1, nan), (1, nan, nan), (-inf, inf, -inf), (3, 3, 3)]),
    (
      .remainder,
      [
        (5, 3, 2), (-5, 3, 1), (5, -3, -1), (-5, -3, -2), (5.5, 2, 1.5), (1, 0, nan), (inf, 2, nan),
        (5, inf, 5), (-5, inf, inf), (nan, 1, nan), (1, nan, nan), (6, 3, 0),
      ]
    ),
  ]

  @Test("functions of two reals at their edges", arguments: exact2.map(\.0))
  func hasExactValuesOfTwo(_ function: ScalarFunction) {
    for (a, b, y) in Self.exact2.first(where: { $0.0 == function })!.1 {
      let got = function.real2(a, b)
      #expect(same(got, y), "\(function)(\(a), \(b)) is \(got), expected \(y)")
    }
  }

  @Test("comparisons: less, equal, greater and unordered pairs")
  func compares() {
    let pairs = [
      (1.0, 2.0), (2, 2), (3, 2), (nan, 2), (2, nan), (nan, nan), (-0.0, 0), (-inf, inf),
    ]
    let expected: [(ScalarFunction, String)] = [
      (.equal, "01000010"), (.notEqual, "10111101"), (.less, "10000001"),
      (.lessOrEqual, "11000011"), (.greater, "00100000"), (.greaterOrEqual, "01100010"),
    ]
    #expect(expected.map(\.0) == ScalarFunction.allCases.filter(\.isComparison))
    for (function, bits) in expected {
      let got = pairs.map { function.comparison($0.0, $0.1) ? "1" : "0" }.joined()
      #expect(got == bits, "\(function)")
    }
  }

  @Test("every function of reals stands in a table above")
  func coversAllCases() {
    let covered = Set(Self.exact1.map(\.0) + Self.exact2.map(\.0))
    let others = ScalarFunction.allCases.filter { !covered.contains($0) }
    let apart: [ScalarFunction] = [.and, .or, .not, .select]
    #expect(others == ScalarFunction.allCases.filter { $0.isComparison || apart.contains($0) })
  }
}

@Suite("scalar functions of integers")
struct IntegerFunctionTests {
  /// The mathematical value, before wrapping; nil where the function has none on integers.
  private func oracle(_ function: ScalarFunction, _ a: Int, _ b: Int) -> Int? {
    switch function {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide: return b == 0 ? 0 : a / b
    case .remainder:
      guard b != 0 else { return 0 }
      return a - b * Int((Double(a) / Double(b)).rounded(.down))
    case .maximum: return max(a, b)
    case .minimum: return min(a, b)
    case .negate: return -a
    case .absolute: return abs(a)
    case .sign: return a > 0 ? 1 : a < 0 ? -1 : 0
    case .square: return a * a
    case .relu: return max(a, 0)
    case .equal: return a == b ? 1 : 0
    case .notEqual: return a != b ? 1 : 0
    case .less: return a < b ? 1 : 0
    case .lessOrEqual: return a <= b ? 1 : 0
    case .greater: return a > b ? 1 : 0
    case .greaterOrEqual: return a >= b ? 1 : 0
    default: return nil
    }
  }

  private func wrapped(_ value: Int, _ range: ClosedRange<Int>) -> Int {
    let rest = (value - range.lowerBound) % 256
    return range.lowerBound + (rest < 0 ? rest + 256 : rest)
  }

  @Test("eight bits agree with arithmetic on every left value", arguments: [ElementType.i8, .u8])
  func agreesOnEightBits(_ element: ElementType) {
    let range = element == .i8 ? -128...127 : 0...255
    let rights = (element == .i8 ? [-128, -127, -3, -1] : [128, 200, 255]) + [0, 1, 2, 7, 127]
    for function in ScalarFunction.allCases
    where function.domain == .number || function.domain == .any {
      guard function != .select else { continue }
      let wrong = range.lazy.flatMap { a in rights.lazy.map { (a, $0) } }.first { a, b in
        let operands = [Int64(a), Int64(b)].prefix(function.operandCount)
        let got = function.integer(Array(operands), element)
        return oracle(function, a, b).map { wrapped($0, range) } != Int(got)
      }
      #expect(wrong == nil, "\(function) of \(element)")
    }
  }

  @Test("wide integers: minimum / -1, division by zero, wrapping")
  func wrapsWide() {
    let low = Int64.min
    let table: [(ScalarFunction, ElementType, [Int64], Int64)] = [
      (.divide, .i64, [low, -1], low), (.remainder, .i64, [low, -1], 0),
      (.divide, .i32, [-2_147_483_648, -1], -2_147_483_648),
      (.remainder, .i32, [-2_147_483_648, -1], 0), (.divide, .i16, [-32768, -1], -32768),
      (.divide, .i64, [5, 0], 0), (.remainder, .i64, [5, 0], 0), (.divide, .u64, [-1, 0], 0),
      (.remainder, .u64, [-1, 0], 0), (.divide, .u64, [-1, 2], .max),
      (.remainder, .u64, [-1, 10], 5), (.divide, .u64, [5, -1], 0), (.remainder, .u64, [5, -1], 5),
      (.divide, .i64, [-7, 2], -3), (.remainder, .i64, [-7, 2], 1), (.negate, .i64, [low], low),
      (.absolute, .i64, [low], low), (.absolute, .u64, [-1], -1), (.sign, .u64, [-1], 1),
      (.sign, .i64, [low], -1), (.relu, .u64, [-1], -1), (.relu, .i64, [-1], 0),
      (.add, .i64, [.max, 1], low), (.subtract, .u64, [0, 1], -1),
      (.multiply, .i32, [65536, 65536], 0), (.multiply, .u32, [65535, 65537], 4_294_967_295),
      (.square, .i64, [1 << 32], 0), (.negate, .u16, [1], 65535),
    ]
    for (function, element, operands, expected) in table {
      let got = function.integer(operands, element)
      #expect(got == expected, "\(function) \(element) \(operands)")
    }
  }

  @Test("u64 orders as unsigned, i64 as signed")
  func ordersWide() {
    let ascending: [Int64] = [0, 1, .max, .min, -1]
    for (i, a) in ascending.enumerated() {
      for (j, b) in ascending.enumerated() {
        let got = [
          ScalarFunction.less, .lessOrEqual, .greater, .greaterOrEqual, .maximum, .minimum,
        ]
        .map { $0.integer([a, b], .u64) }
        let flags = [i < j, i <= j, i > j, i >= j].map { $0 ? Int64(1) : 0 }
        #expect(got == flags + [ascending[max(i, j)], ascending[min(i, j)]], "\(a) \(b)")
      }
    }
    #expect(ScalarFunction.less.integer([-1, 0], .i64) == 1)
    #expect(ScalarFunction.maximum.integer([-1, 0], .i64) == 0)
  }

  @Test("logic and choice")
  func decides() {
    let pairs: [[Int64]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
    #expect(pairs.map { ScalarFunction.and.integer($0, .bool) } == [0, 0, 0, 1])
    #expect(pairs.map { ScalarFunction.or.integer($0, .bool) } == [0, 1, 1, 1])
    #expect([0, 1].map { ScalarFunction.not.integer([$0], .bool) } == [1, 0])
    #expect([0, 1].map { ScalarFunction.select.integer([$0, 5, 6], .i32) } == [6, 5])
  }
}

@Suite("scalar functions: types")
struct FunctionTypeTests {
  @Test("each function accepts exactly its domain", arguments: ScalarFunction.allCases)
  func acceptsDomain(_ function: ScalarFunction) {
    for element in ElementType.allCases {
      var operands = [TensorType](
        repeating: TensorType(element, [2]), count: function.operandCount)
      if function == .select { operands[0] = .bool([2]) }
      let fits =
        switch function.domain {
        case .floating: element.isFloating
        case .number: element != .bool
        case .bool: element == .bool
        case .any: true
        }
      let result = try? function.resultElement(of: operands)
      #expect(result == (fits ? (function.isComparison ? .bool : element) : nil), "\(element)")
    }
  }

  @Test("what is refused has its code")
  func refuses() {
    let table: [(ScalarFunction, [TensorType], Diagnostic.Code)] = [
      (.add, [.f32([]), .f64([])], "type.mismatch"),
      (.add, [.bool([]), .bool([])], "type.not-number"),
      (.exponential, [.i32([])], "type.not-floating"), (.not, [.f32([])], "type.not-bool"),
      (.select, [.f32([]), .f32([]), .f32([])], "type.not-bool"),
      (.select, [.bool([]), .f32([]), .i32([])], "type.mismatch"),
      (.less, [.bool([]), .bool([])], "type.not-number"),
      (.equal, [.bool([]), .i32([])], "type.mismatch"),
    ]
    for (function, operands, code) in table {
      expectRefusal(code, "\(function)") { _ = try function.resultElement(of: operands) }
    }
  }

  @Test("names are snake case and operand counts as written")
  func names() {
    let unary = ScalarFunction.allCases.filter { $0.operandCount == 1 }.map(\.rawValue)
    #expect(unary.contains("reciprocal_square_root") && unary.contains("not") && unary.count == 21)
    #expect(ScalarFunction.allCases.filter { $0.operandCount == 3 } == [.select])
    let letters = Set("abcdefghijklmnopqrstuvwxyz_")
    #expect(ScalarFunction.allCases.allSatisfy { $0.rawValue.allSatisfy(letters.contains) })
  }
}
