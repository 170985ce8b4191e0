/// What a map computes for one element, as a tree over the operands' elements at that position.
///
/// Structured forms carry it to the compiler, which emits it as vector code.
public indirect enum ScalarExpression: Hashable, Sendable {
  /// The element of operand `n`.
  case operand(Int)
  case constant(Double, ElementType)
  /// The index along an axis of the result, as `i64`.
  case coordinate(axis: Int)
  case apply(ScalarFunction, [ScalarExpression])
  case cast(ElementType, ScalarExpression)
}

extension ScalarExpression {
  public static func apply(_ function: ScalarFunction, _ x: ScalarExpression) -> Self {
    .apply(function, [x])
  }

  /// The function of operands 0, 1, … as they come.
  public static func ofOperands(_ function: ScalarFunction) -> Self {
    .apply(function, (0..<function.operandCount).map(Self.operand))
  }
}

// MARK: - Types
extension ScalarExpression {
  /// The element type of the value, given the operands' element types.
  public func element(operands: [ElementType]) -> ElementType {
    switch self {
    case .operand(let index): operands[index]
    case .constant(_, let element), .cast(let element, _): element
    case .coordinate: .i64
    case .apply(let function, let arguments):
      function.isComparison ? .bool : arguments.last!.element(operands: operands)
    }
  }
}

// MARK: - Meaning
extension ScalarExpression {
  /// One element: a real for floating types, a stored integer otherwise.
  public enum Value: Hashable, Sendable {
    case real(Double)
    case integer(Int64)

    /// The value as an element of `target`: rounded, clamped or wrapped, as by
    /// `HostTensor.cast(to:)`.
    public func converted(from source: ElementType, to target: ElementType) -> Value {
      switch self {
      case .real(let x):
        target.isFloating ? .real(target.rounding(x)) : .integer(target.integer(from: x))
      case .integer(let x):
        if target.isFloating {
          .real(target.rounding(source.real(from: x)))
        } else {
          .integer(target.wrapping(x))
        }
      }
    }
  }

  /// The value at `position`; the plain meaning, one element at a time.
  public func value(
    operands: [Value], elements: [ElementType], position: [Int]
  ) -> Value {
    switch self {
    case .operand(let index): return operands[index]
    case .constant(let x, let element):
      return element.isFloating ? .real(x) : .integer(element.integer(from: x))
    case .coordinate(let axis): return .integer(Int64(position[axis]))
    case .cast(let target, let x):
      let source = x.element(operands: elements)
      return x.value(operands: operands, elements: elements, position: position)
        .converted(from: source, to: target)
    case .apply(let function, let arguments):
      let values = arguments.map {
        $0.value(operands: operands, elements: elements, position: position)
      }
      let element = arguments.last!.element(operands: elements)
      return function.value(values, element)
    }
  }
}

extension ScalarFunction {
  /// The function of values of `element` (the condition of `select` is a bool).
  public func value(
    _ x: [ScalarExpression.Value], _ element: ElementType
  ) -> ScalarExpression.Value {
    if self == .select, case .integer(let condition) = x[0] { return condition != 0 ? x[1] : x[2] }
    var reals: [Double] = []
    var integers: [Int64] = []
    for value in x {
      switch value {
      case .real(let real): reals.append(real)
      case .integer(let integer): integers.append(integer)
      }
    }
    if reals.isEmpty { return .integer(self.integer(integers, element)) }
    if isComparison { return .integer(comparison(reals[0], reals[1]) ? 1 : 0) }
    return .real(operandCount == 1 ? real1(reals[0]) : real2(reals[0], reals[1]))
  }
}

// MARK: - Text
extension ScalarExpression: CustomStringConvertible {
  /// `add(%0, 2:f32)`
  public var description: String {
    switch self {
    case .operand(let index): "%\(index)"
    case .constant(let value, let element): "\(value):\(element)"
    case .coordinate(let axis): "coordinate(\(axis))"
    case .cast(let element, let x): "cast(\(element), \(x))"
    case .apply(let function, let arguments):
      "\(function.rawValue)(\(arguments.map(\.description).joined(separator: ", ")))"
    }
  }
}
