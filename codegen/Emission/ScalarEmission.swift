import TensorCore
import TileIR

// Scalar functions and conversions on vectors of values.

/// A value in registers and the element type it stands for.
struct Scalar {
  var text: String
  var element: ElementType
}

extension KernelEmitter {
  /// The value of an expression; `operands` and `coordinates` give its leaves.
  func emit(
    _ expression: ScalarExpression, _ type: VectorType, operands: [Scalar],
    coordinate: (Int) -> String
  ) -> Scalar {
    switch expression {
    case .operand(let index): return operands[index]
    case .constant(let value, let element):
      let single = VectorType(lanes: 1).register(element)
      return Scalar(text: splatLiteral(single, element.literal(value), type), element: element)
    case .coordinate(let axis): return Scalar(text: coordinate(axis), element: .i64)
    case .cast(let target, let x):
      let value = emit(x, type, operands: operands, coordinate: coordinate)
      return Scalar(text: cast(value, to: target, type), element: target)
    case .apply(let function, let arguments):
      let values = arguments.map { emit($0, type, operands: operands, coordinate: coordinate) }
      return apply(function, values, type)
    }
  }

  func apply(_ function: ScalarFunction, _ x: [Scalar], _ type: VectorType) -> Scalar {
    let element = x.last!.element
    let values = x.map(\.text)
    if function == .select {
      let register = type.register(element)
      let chosen = writer.value(
        "select \(type.vector("i1")) \(values[0]), \(register) \(values[1]), \(register) \(values[2])"
      )
      return Scalar(text: chosen, element: element)
    }
    if function.isComparison {
      return Scalar(text: compare(function, values, element, type), element: .bool)
    }
    let text =
      element.isFloating
      ? floating(function, values, element, type) : integer(function, values, element, type)
    return Scalar(text: text, element: element)
  }

  private func compare(
    _ function: ScalarFunction, _ x: [String], _ element: ElementType, _ type: VectorType
  ) -> String {
    let register = type.register(element)
    let orders: [ScalarFunction: (String, String, String)] = [
      .equal: ("oeq", "eq", "eq"), .notEqual: ("une", "ne", "ne"), .less: ("olt", "slt", "ult"),
      .lessOrEqual: ("ole", "sle", "ule"), .greater: ("ogt", "sgt", "ugt"),
      .greaterOrEqual: ("oge", "sge", "uge"),
    ]
    let (real, signed, unsigned) = orders[function]!
    if element.isFloating { return writer.value("fcmp \(real) \(register) \(x[0]), \(x[1])") }
    let order = element.isUnsigned ? unsigned : signed
    return writer.value("icmp \(order) \(register) \(x[0]), \(x[1])")
  }
}

// MARK: - Floating types
extension KernelEmitter {
  private func floating(
    _ function: ScalarFunction, _ x: [String], _ element: ElementType, _ type: VectorType
  ) -> String {
    let register = type.register(element)
    func binary(_ name: String) -> String { writer.value("\(name) \(register) \(x[0]), \(x[1])") }
    switch function {
    case .add: return binary("fadd")
    case .subtract: return binary("fsub")
    case .multiply: return binary("fmul")
    case .divide: return binary("fdiv")
    case .negate: return writer.value("fneg \(register) \(x[0])")
    case .square: return writer.value("fmul \(register) \(x[0]), \(x[0])")
    case .absolute: return intrinsic("fabs", x, element, type)
    case .floor: return intrinsic("floor", x, element, type)
    case .ceiling: return intrinsic("ceil", x, element, type)
    case .round: return intrinsic("roundeven", x, element, type)
    case .squareRoot: return intrinsic("sqrt", x, element, type)
    case .maximum: return intrinsic("maximum", x, element, type)
    case .minimum: return intrinsic("minimum", x, element, type)
    case .reciprocalSquareRoot:
      let root = intrinsic("sqrt", x, element, type)
      return writer.value("fdiv \(register) \(literal(1, element, type)), \(root)")
    case .relu:
      // The comparison is false for NaN, which then stays.
      let zero = literal(0, element, type)
      let negative = writer.value("fcmp olt \(register) \(x[0]), \(zero)")
      return select(negative, zero, x[0], register, type)
    case .sign: return sign(x[0], element, type)
    default: return math(function, x, element, type)
    }
  }

  private func sign(_ x: String, _ element: ElementType, _ type: VectorType) -> String {
    let register = type.register(element)
    let zero = literal(0, element, type)
    let isPositive = writer.value("fcmp ogt \(register) \(x), \(zero)")
    let isNegative = writer.value("fcmp olt \(register) \(x), \(zero)")
    let isNaN = writer.value("fcmp uno \(register) \(x), \(x)")
    let below = select(isNegative, literal(-1, element, type), zero, register, type)
    let signed = select(isPositive, literal(1, element, type), below, register, type)
    return select(isNaN, x, signed, register, type)
  }

  /// A function that is made of many instructions, as a call that LLVM inlines.
  private func math(
    _ function: ScalarFunction, _ x: [String], _ element: ElementType, _ type: VectorType
  ) -> String {
    let helper = VectorMath.function(function, element == .f64 ? .f64 : .f32, lanes: type.lanes)
    helpers.add(helper)
    let register = type.register(element)
    let arguments = x.map { "\(register) \($0)" }.joined(separator: ", ")
    return writer.value("call \(register) \(helper.name)(\(arguments))")
  }

  private func intrinsic(
    _ name: String, _ x: [String], _ element: ElementType, _ type: VectorType
  ) -> String {
    let register = type.register(element)
    let suffix = type.suffix(element == .f64 ? ElementType.f64 : .f32)
    let arguments = x.map { "\(register) \($0)" }.joined(separator: ", ")
    return writer.value("call \(register) @llvm.\(name).\(suffix)(\(arguments))")
  }

  func literal(_ value: Double, _ element: ElementType, _ type: VectorType) -> String {
    splatLiteral(VectorType(lanes: 1).register(element), element.literal(value), type)
  }

  private func select(
    _ condition: String, _ a: String, _ b: String, _ register: String, _ type: VectorType
  ) -> String {
    writer.value("select \(type.vector("i1")) \(condition), \(register) \(a), \(register) \(b)")
  }
}

// MARK: - Integers and bool
extension KernelEmitter {
  private func integer(
    _ function: ScalarFunction, _ x: [String], _ element: ElementType, _ type: VectorType
  ) -> String {
    let register = type.register(element)
    let zero = literal(0, element, type)
    func binary(_ name: String) -> String { writer.value("\(name) \(register) \(x[0]), \(x[1])") }
    func below(_ a: String, _ b: String) -> String {
      writer.value("icmp \(element.isUnsigned ? "ult" : "slt") \(register) \(a), \(b)")
    }
    func negated(_ a: String) -> String { writer.value("sub \(register) \(zero), \(a)") }
    switch function {
    case .add: return binary("add")
    case .subtract: return binary("sub")
    case .multiply: return binary("mul")
    case .square: return writer.value("mul \(register) \(x[0]), \(x[0])")
    case .negate: return negated(x[0])
    case .and: return binary("and")
    case .or: return binary("or")
    case .not: return writer.value("xor \(register) \(x[0]), \(splatLiteral("i1", "true", type))")
    case .maximum: return select(below(x[0], x[1]), x[1], x[0], register, type)
    case .minimum: return select(below(x[1], x[0]), x[1], x[0], register, type)
    case .relu: return select(below(x[0], zero), zero, x[0], register, type)
    case .absolute:
      return element.isUnsigned
        ? x[0] : select(below(x[0], zero), negated(x[0]), x[0], register, type)
    case .sign:
      let one = literal(1, element, type)
      let positive = select(below(zero, x[0]), one, zero, register, type)
      if element.isUnsigned { return positive }
      let minusOne = literal(-1, element, type)
      return select(below(x[0], zero), minusOne, positive, register, type)
    case .divide, .remainder: return quotient(function, x, element, type)
    default: preconditionFailure("internal: \(function) of \(element)")
    }
  }

  /// Division by 0 gives 0, and the smallest number by −1 wraps: neither may reach the divider,
  /// which traps.
  private func quotient(
    _ function: ScalarFunction, _ x: [String], _ element: ElementType, _ type: VectorType
  ) -> String {
    let register = type.register(element)
    let (zero, one) = (literal(0, element, type), literal(1, element, type))
    let isZero = writer.value("icmp eq \(register) \(x[1]), \(zero)")
    var divisor = select(isZero, one, x[1], register, type)
    let sign = element.isUnsigned ? "u" : "s"
    var isMinusOne: String?
    if !element.isUnsigned {
      let minusOne = literal(-1, element, type)
      let flag = writer.value("icmp eq \(register) \(x[1]), \(minusOne)")
      divisor = select(flag, one, divisor, register, type)
      isMinusOne = flag
    }
    var result: String
    if function == .divide {
      result = writer.value("\(sign)div \(register) \(x[0]), \(divisor)")
      if let isMinusOne {
        let negated = writer.value("sub \(register) \(zero), \(x[0])")
        result = select(isMinusOne, negated, result, register, type)
      }
    } else {
      result = writer.value("\(sign)rem \(register) \(x[0]), \(divisor)")
      if !element.isUnsigned {
        // The divisor's sign, as in Python: a rest of the other sign moves up by one divisor.
        let mixed = writer.value("xor \(register) \(result), \(divisor)")
        let differs = writer.value("icmp slt \(register) \(mixed), \(zero)")
        let isRest = writer.value("icmp ne \(register) \(result), \(zero)")
        let moves = writer.value("and \(type.vector("i1")) \(differs), \(isRest)")
        let moved = writer.value("add \(register) \(result), \(divisor)")
        result = select(moves, moved, result, register, type)
      }
    }
    return select(isZero, zero, result, register, type)
  }
}
