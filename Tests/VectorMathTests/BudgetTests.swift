// The errors that docs/vector-math.md publishes, measured on machine code.

import LLVMEmission
import RealModule
import TensorCore
import Testing

/// The largest error in units in the last place that a function may have. Exhaustive measurements for
/// f32 lie below it; see docs/vector-math.md.
private func budget(_ function: ScalarFunction, _ element: ElementType) -> Double {
  switch function {
  case .sign, .relu, .round, .maximum, .minimum: 0
  case .remainder: 0.5
  case .sine, .cosine: element == .f32 ? 0.51 : 2
  case .power: element == .f32 ? 0.51 : 2
  case .exponential: 1.25
  case .logarithm: 1
  case .errorFunction: element == .f32 ? 1.5 : 3
  case .exponentialMinusOne, .sigmoid, .softplus: 2
  default: 1.75
  }
}

@Suite("Vector mathematics in f32")
struct SingleTests {
  @Test(
    "every function of one real keeps its budget over all bit patterns",
    arguments: HelperModule.functions.filter { $0.operandCount == 1 })
  func keepsBudget(_ function: ScalarFunction) throws {
    let module = try HelperModule.best(.f32)
    let exact = function.real1
    var largest = LargestError<Float>()
    let sweep = Sweep(function.rawValue)
    sweep.forEachBatch { x in
      let results = module.apply(function.rawValue, x)
      for (x, result) in zip(x, results) { largest.add(result, exact(Double(x)), at: x) }
    }
    sweep.report(largest)
    #expect(largest.units <= budget(function, .f32), "\(function): \(largest)")
  }

  @Test(
    "every function of two reals keeps its budget",
    arguments: HelperModule.functions.filter { $0.operandCount == 2 })
  func keepsBudgetOfTwo(_ function: ScalarFunction) throws {
    let points = Points()
    let module = try HelperModule.best(.f32)
    let (x, y) = (points.x.map { Float($0) }, points.y.map { Float($0) })
    var largest = LargestError<Float>()
    for (index, result) in module.apply(function.rawValue, x, y).enumerated() {
      let exact = function.real2(Double(x[index]), Double(y[index]))
      largest.add(ErrorInUnits.of(result, exact), at: [x[index], y[index]], result)
    }
    #expect(largest.units <= budget(function, .f32), "\(function): \(largest)")
  }
}

#if arch(x86_64)
  /// Against RealModule in Float80, which has eleven bits more.
  @Suite("Vector mathematics in f64")
  struct DoubleTests {
    @Test(
      "every function of one real keeps its budget",
      arguments: HelperModule.functions.filter { $0.operandCount == 1 })
    func keepsBudget(_ function: ScalarFunction) throws {
      let x = Points().x
      let results = try HelperModule.best(.f64).apply(function.rawValue, x)
      var largest = LargestError<Double>()
      for (x, result) in zip(x, results) {
        largest.add(ErrorInUnits.of(result, exact(function, Float80(x))), at: [x], result)
      }
      #expect(largest.units <= budget(function, .f64), "\(function): \(largest)")
    }

    @Test(
      "every function of two reals keeps its budget",
      arguments: HelperModule.functions.filter { $0.operandCount == 2 })
    func keepsBudgetOfTwo(_ function: ScalarFunction) throws {
      let points = Points()
      let results = try HelperModule.best(.f64).apply(function.rawValue, points.x, points.y)
      var largest = LargestError<Double>()
      for (index, result) in results.enumerated() {
        let (x, y) = (points.x[index], points.y[index])
        let error = ErrorInUnits.of(result, exact(function, x, y))
        largest.add(error, at: [x, y], result)
      }
      #expect(largest.units <= budget(function, .f64), "\(function): \(largest)")
    }

    private func exact(_ function: ScalarFunction, _ x: Float80) -> Float80 {
      switch function {
      case .reciprocalSquareRoot: 1 / x.squareRoot()
      case .exponential: .exp(x)
      case .exponentialMinusOne: .expMinusOne(x)
      case .logarithm: .log(x)
      case .logarithmPlusOne: .log(onePlus: x)
      case .sine: .sin(x)
      case .cosine: .cos(x)
      case .tanh: .tanh(x)
      case .sigmoid: x >= 0 ? 1 / (1 + .exp(-x)) : .exp(x) / (1 + .exp(x))
      case .softplus: (x > 0 ? x : 0) + .log(onePlus: .exp(-abs(x)))
      case .errorFunction: .erf(x)
      // Exact in Double.
      default: Float80(function.real1(Double(x)))
      }
    }

    /// Powers of what RealModule's extended `pow` has in common with C's; the limits from the
    /// reference, which is exact there.
    private func exact(_ function: ScalarFunction, _ x: Double, _ y: Double) -> Float80 {
      let value = function.real2(x, y)
      guard function == .power, value.isFinite || value.isInfinite else { return Float80(value) }
      let size = Float80.pow(Float80(abs(x)), Float80(y))
      guard x.isFinite, y.isFinite, x != 0, y != 0 else { return Float80(value) }
      return value < 0 || value.sign == .minus ? -size : size
    }
  }
#endif

/// Pairs of numbers where functions change their ways: all limits with each other, then random bits,
/// small ranges, and powers that fill the range of results.
struct Points {
  private(set) var x: [Double] = []
  private(set) var y: [Double] = []

  static let limits: [Double] = [
    0, -0.0, .infinity, -.infinity, .nan, 1, -1, 2, 3, -3, 0.5, -0.5, 1.5, 5, -5, -7, 1e30, 1e-30,
    .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0x1p-149, 0x1p-126, 0x1.fffffep127,
    0x1p24, 16_777_215, 0x1p40, 0x1p53, 9_007_199_254_740_991, 1.0.nextDown, 0.55,
    // The f64 nearest to a multiple of π/2 (Muller, "Elementary Functions", section 11.3).
    6_381_956_970_095_103 * 0x1p797,
    -104, 88.72, 88.73, -745.1, -745.2, -708.5, 709.78, 709.79,
  ]

  init() {
    for x in Self.limits {
      for y in Self.limits { add(x, y) }
    }
    let key = Key(17)
    for index in 0..<60_000 {
      let (a, b) = (key.folded(UInt64(2 * index)).bits, key.folded(UInt64(2 * index + 1)).bits)
      let (u, v) = (Double(Int64(bitPattern: a)) * 0x1p-63, Double(Int64(bitPattern: b)) * 0x1p-63)
      switch index % 6 {
      case 0: add(Double(bitPattern: a), Double(bitPattern: b))
      case 1:
        add(Double(Float(bitPattern: UInt32(a >> 32))), Double(Float(bitPattern: UInt32(b >> 32))))
      case 2: add(u * 4, v * 20)
      case 3: add(u * 750, v * 3)
      case 4: add(.exp(u * 85), 100 * v / (u * 85))
      default: add(.exp(u * 0x1p-12), 740 * v / (u * 0x1p-12))
      }
    }
    while x.count % 16 != 0 { add(1, 1) }
  }

  private mutating func add(_ first: Double, _ second: Double) {
    x.append(first)
    y.append(second)
  }
}
