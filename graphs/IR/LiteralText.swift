import TensorCore

// What stands literally in graph text: the attributes of an operation, the elements of a constant.

// MARK: - Attributes
extension TokenCursor {
  /// `{name = value, …}`, or nothing.
  mutating func attributes() throws(Diagnostic) -> [(name: String, value: AttributeValue)] {
    var attributes: [(name: String, value: AttributeValue)] = []
    guard take("{") else { return attributes }
    repeat {
      let start = current
      let name = try word("an attribute's name")
      guard !attributes.contains(where: { $0.name == name }) else {
        throw error("attribute \(name) is set twice", at: start, help: "set it once")
      }
      try expect("=")
      attributes.append((name, try attributeValue()))
    } while take(",")
    try expect("}")
    return attributes
  }

  private mutating func attributeValue() throws(Diagnostic) -> AttributeValue {
    let start = current
    if take("[") {
      var integers: [Int] = []
      if take("]") { return .integers([]) }
      repeat { integers.append(try integer()) } while take(",")
      try expect("]")
      return .integers(integers)
    }
    switch start.token {
    case .text: return .text(try quoted())
    case .word("true"), .word("false"):
      advance()
      return .bool(start.token == .word("true"))
    case .word(let word):
      guard let element = ElementType(rawValue: word) else { return .real(try real()) }
      advance()
      return .element(element)
    case .number(let number):
      guard let value = Int(number) else { return .real(try real()) }
      advance()
      return .integer(value)
    default: throw error("an attribute's value must follow =", at: start)
    }
  }
}

// MARK: - Constants
extension TokenCursor {
  /// The elements of a constant, read before its type is known.
  enum Literal {
    case one(Lexer.Located)
    case many([Lexer.Located])
  }

  mutating func literal() throws(Diagnostic) -> Literal {
    guard take("[") else { return .one(element()) }
    var elements: [Lexer.Located] = []
    if take("]") { return .many([]) }
    repeat { elements.append(element()) } while take(",")
    try expect("]")
    return .many(elements)
  }

  private mutating func element() -> Lexer.Located {
    let token = current
    advance()
    return token
  }

  /// The constant of `type` whose elements are `literal`.
  func constant(
    _ literal: Literal, _ type: TensorType, at start: Lexer.Located
  ) throws(Diagnostic) -> Constant {
    switch literal {
    case .one(let token):
      // One number for all elements needs no memory in the text; a bound keeps it from asking for
      // more than a machine has.
      guard type.shape.count <= 1 << 28 else {
        throw error(
          "a constant has at most 2^28 elements, got \(type)", at: start,
          help: "broadcast a scalar instead")
      }
      switch try value(token, type.element) {
      case .real(let x):
        return Constant(HostTensor(type, reals: [Double](repeating: x, count: type.shape.count)))
      case .integer(let x):
        return Constant(HostTensor(type, integers: [Int64](repeating: x, count: type.shape.count)))
      }
    case .many(let elements):
      guard elements.count == type.shape.count else {
        throw error(
          "a constant of \(type) has \(type.shape.count) elements, got \(elements.count)",
          at: start, help: "write every element, or one for all of them")
      }
      var values: [ScalarExpression.Value] = []
      for token in elements { values.append(try value(token, type.element)) }
      return Constant(HostTensor(type, values: values))
    }
  }

  private func value(
    _ token: Lexer.Located, _ type: ElementType
  ) throws(Diagnostic) -> ScalarExpression.Value {
    let text: String
    switch token.token {
    case .number(let number): text = number
    case .word(let word): text = word
    default: throw error("a constant's element must be a number", at: token)
    }
    if type.isFloating, let value = Double(text) { return .real(type.rounding(value)) }
    if type == .u64, let value = UInt64(text) { return .integer(Int64(bitPattern: value)) }
    if type != .u64, !type.isFloating, let value = Int64(text), type.wrapping(value) == value {
      return .integer(value)
    }
    throw error("\(text) is not a value of \(type)", at: token)
  }
}
