import TensorCore

/// A scalar expression as steps in evaluation order, so that it can be applied to many elements.
///
/// Every result of f32 is rounded to f32; f16 and bf16 are computed in f32, as machine code does,
/// and rounded by `cast` and by the store.
struct ScalarSteps {
  private enum Step {
    case operand(Int)
    case real(Double)
    case integer(Int64)
    case coordinate(Int)
    case realToReal(Int, ElementType)
    case realToInteger(Int, ElementType)
    case integerToReal(Int, from: ElementType, to: ElementType)
    case integerToInteger(Int, ElementType)
    case real1(Int, (Double) -> Double, ElementType)
    case real2(Int, Int, (Double, Double) -> Double, ElementType)
    case comparison(Int, Int, (Double, Double) -> Bool)
    case integers([Int], ScalarFunction, ElementType)
    case select(Int, Int, Int)
  }

  private var steps: [Step] = []
  private var elements: [ElementType] = []
  /// The value of each step; of the two, the one of the step's kind counts.
  private var reals: [Double] = []
  private var integers: [Int64] = []

  init(_ expression: ScalarExpression, operands: [ElementType]) {
    _ = append(expression, operands)
    reals = [Double](repeating: 0, count: steps.count)
    integers = [Int64](repeating: 0, count: steps.count)
  }

  var element: ElementType { elements[elements.count - 1] }

  /// The type that values of a type are computed in.
  static func working(_ element: ElementType) -> ElementType {
    element == .f16 || element == .bf16 ? .f32 : element
  }

  /// The value at one position: `operands` gives elements of sources, `position` coordinates.
  mutating func value(
    operands: (Int) -> TileMemory.Element, position: (Int) -> Int
  ) -> TileMemory.Element {
    for number in steps.indices {
      switch steps[number] {
      case .operand(let operand):
        let element = operands(operand)
        reals[number] = element.real
        integers[number] = element.integer
      case .real(let value): reals[number] = value
      case .integer(let value): integers[number] = value
      case .coordinate(let axis): integers[number] = Int64(position(axis))
      case .realToReal(let x, let target): reals[number] = target.rounding(reals[x])
      case .realToInteger(let x, let target): integers[number] = target.integer(from: reals[x])
      case .integerToReal(let x, let source, let target):
        reals[number] = target.rounding(source.real(from: integers[x]))
      case .integerToInteger(let x, let target): integers[number] = target.wrapping(integers[x])
      case .real1(let x, let function, let element):
        reals[number] = element.rounding(function(reals[x]))
      case .real2(let x, let y, let function, let element):
        reals[number] = element.rounding(function(reals[x], reals[y]))
      case .comparison(let x, let y, let function):
        integers[number] = function(reals[x], reals[y]) ? 1 : 0
      case .integers(let arguments, let function, let element):
        integers[number] = function.integer(arguments.map { integers[$0] }, element)
      case .select(let condition, let x, let y):
        let chosen = integers[condition] != 0 ? x : y
        reals[number] = reals[chosen]
        integers[number] = integers[chosen]
      }
    }
    return TileMemory.Element(real: reals[steps.count - 1], integer: integers[steps.count - 1])
  }
}

// MARK: - From a tree to steps
extension ScalarSteps {
  private mutating func append(_ step: Step, _ element: ElementType) -> Int {
    steps.append(step)
    elements.append(element)
    return steps.count - 1
  }

  private mutating func append(_ expression: ScalarExpression, _ operands: [ElementType]) -> Int {
    switch expression {
    case .operand(let number): return append(.operand(number), operands[number])
    case .constant(let value, let element):
      let step: Step =
        element.isFloating
        ? .real(element.rounding(value)) : .integer(element.integer(from: value))
      return append(step, element)
    case .coordinate(let axis): return append(.coordinate(axis), .i64)
    case .cast(let target, let operand):
      let x = append(operand, operands)
      let source = elements[x]
      switch (source.isFloating, target.isFloating) {
      case (true, true): return append(.realToReal(x, target), target)
      case (true, false): return append(.realToInteger(x, target), target)
      case (false, true): return append(.integerToReal(x, from: source, to: target), target)
      case (false, false): return append(.integerToInteger(x, target), target)
      }
    case .apply(let function, let arguments):
      var places: [Int] = []
      for argument in arguments { places.append(append(argument, operands)) }
      return append(function, places)
    }
  }

  private mutating func append(_ function: ScalarFunction, _ x: [Int]) -> Int {
    let element = elements[x[x.count - 1]]
    if function == .select { return append(.select(x[0], x[1], x[2]), element) }
    guard element.isFloating else {
      // A comparison orders by the operands' type and gives 0 or 1, which no type changes.
      return append(.integers(x, function, element), function.isComparison ? .bool : element)
    }
    if function.isComparison {
      return append(.comparison(x[0], x[1], function.comparison), .bool)
    }
    let working = Self.working(element)
    if function.operandCount == 1 { return append(.real1(x[0], function.real1, working), element) }
    return append(.real2(x[0], x[1], function.real2, working), element)
  }
}
