import TensorCore
import Testing

@Suite("scalar expressions")
struct ScalarExpressionTests {
  typealias Value = ScalarExpression.Value

  private func value(
    _ expression: ScalarExpression, _ operands: [Value] = [], _ elements: [ElementType] = [],
    at position: [Int] = []
  ) -> Value {
    expression.value(operands: operands, elements: elements, position: position)
  }

  @Test(
    "of operands as they come, an expression is its function", arguments: ScalarFunction.allCases)
  func agreesWithFunctions(_ function: ScalarFunction) {
    let reals: [Double] = [-2.5, -0.0, 0.5, 3, .infinity, .nan]
    let integers: [Int64] = [.min, -1, 0, 1, 7, .max]
    let expression = ScalarExpression.ofOperands(function)
    for element in ElementType.allCases {
      let probe = [TensorType](repeating: TensorType(element, []), count: function.operandCount)
      guard function != .select, (try? function.resultElement(of: probe)) != nil else { continue }
      let elements = probe.map(\.element)
      for first in reals.indices {
        for second in reals.indices {
          let places = [first, second].prefix(function.operandCount)
          let expected: Value
          let operands: [Value]
          if element.isFloating {
            let x = places.map { reals[$0] }
            operands = x.map(Value.real)
            expected =
              function.isComparison
              ? .integer(function.comparison(x[0], x[1]) ? 1 : 0)
              : .real(x.count == 1 ? function.real1(x[0]) : function.real2(x[0], x[1]))
          } else {
            let x = places.map { element.wrapping(integers[$0]) }
            operands = x.map(Value.integer)
            expected = .integer(function.integer(x, element))
          }
          let got = value(expression, operands, elements)
          #expect(same(got, expected), "\(function) of \(operands): \(element)")
        }
      }
    }
  }

  private func same(_ a: Value, _ b: Value) -> Bool {
    if case .real(let x) = a, case .real(let y) = b { return TensorCoreTests.same(x, y) }
    return a == b
  }

  @Test("select takes its branch, with a NaN in the other")
  func selects() {
    let select = ScalarExpression.ofOperands(.select)
    let branches: [Value] = [.real(1), .real(.nan)]
    #expect(value(select, [.integer(1)] + branches, [.bool, .f32, .f32]) == .real(1))
    #expect(select.element(operands: [.bool, .f32, .f32]) == .f32)
  }

  @Test("constants and coordinates")
  func readsSources() {
    #expect(value(.constant(1.5, .f32)) == .real(1.5))
    #expect(value(.constant(-3, .u8)) == .integer(0))
    #expect(value(.coordinate(axis: 1), at: [4, 9]) == .integer(9))
    #expect(ScalarExpression.coordinate(axis: 0).element(operands: []) == .i64)
  }

  @Test("casts convert from the type of what they hold")
  func casts() {
    let narrow = ScalarExpression.cast(.u8, .operand(0))
    #expect(value(narrow, [.real(300.7)], [.f32]) == .integer(255))
    #expect(value(narrow, [.integer(300)], [.i32]) == .integer(44))
    let real = ScalarExpression.cast(.f32, .operand(0))
    #expect(value(real, [.integer(-1)], [.u64]) == .real(0x1p64))
    #expect(value(real, [.integer(-1)], [.i64]) == .real(-1))
    #expect(value(real, [.real(0.1)], [.f64]) == .real(Double(Float(0.1))))
    #expect(narrow.element(operands: [.f32]) == .u8)
  }

  @Test("a comparison inside a select keeps u64 order")
  func nestsComparisons() {
    let larger = ScalarExpression.apply(
      .select, [.ofOperands(.less), .operand(1), .operand(0)])
    let elements = [ElementType.u64, .u64]
    #expect(value(larger, [.integer(1), .integer(-1)], elements) == .integer(-1))
    #expect(value(larger, [.integer(-1), .integer(1)], elements) == .integer(-1))
    #expect(ScalarExpression.ofOperands(.less).element(operands: elements) == .bool)
  }

  @Test("expressions nest: relu(x - 1) * y")
  func nests() {
    let inner = ScalarExpression.apply(
      .relu, .apply(.subtract, [.operand(0), .constant(1, .f32)]))
    let outer = ScalarExpression.apply(.multiply, [inner, .operand(1)])
    #expect(value(outer, [.real(4), .real(2)], [.f32, .f32]) == .real(6))
    #expect(value(outer, [.real(-4), .real(2)], [.f32, .f32]) == .real(0))
  }
}
