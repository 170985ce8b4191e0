import GraphIR
import TensorCore

/// A scalar function of every element: the whole table of ``ScalarFunction``, an operation each.
///
/// - Shapes: operands broadcast to the result's shape by NumPy's rule.
/// - Errors: `shape.no-broadcast`, `type.mismatch`, `type.not-floating`, `type.not-number`,
///   `type.not-bool`, `operation.operand-count`.
public struct Elementwise: Operation {
  public let function: ScalarFunction
  public var name: String { function.rawValue }

  public init(_ function: ScalarFunction) { self.function = function }
}

// MARK: - Types
extension Elementwise {
  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(function.operandCount, name)
    let element = try function.resultElement(of: operands)
    var shape = operands[0].shape
    for other in operands.dropFirst() { shape = try shape.broadcast(with: other.shape) }
    return [TensorType(element, shape)]
  }
}

// MARK: - Meaning
extension Elementwise {
  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    guard let type = try? resultTypes(of: operands.map(\.type))[0] else {
      preconditionFailure("internal: \(name) of refused operands")
    }
    let operands = operands.map { $0.broadcast(to: type.shape) }
    if function == .select, case .reals(let accepted) = operands[1].storage {
      let (condition, rejected) = (operands[0].integers, operands[2].reals)
      let values = condition.indices.map { condition[$0] != 0 ? accepted[$0] : rejected[$0] }
      return [HostTensor(type, reals: values)]
    }
    if case .reals(let x) = operands[0].storage {
      return [evaluate(type, x, operands.dropFirst().first?.reals)]
    }
    return [evaluate(type, operands.map(\.integers), operands.last!.element)]
  }

  private func evaluate(
    _ type: TensorType, _ operands: [[Int64]], _ element: ElementType
  ) -> HostTensor {
    // One array of arguments for all elements: making one for each would cost more than the rest.
    var arguments = operands.map { _ in Int64(0) }
    let values = (0..<type.shape.count).map { index in
      for position in operands.indices { arguments[position] = operands[position][index] }
      return function.integer(arguments, element)
    }
    return HostTensor(type, integers: values)
  }

  private func evaluate(_ type: TensorType, _ x: [Double], _ y: [Double]?) -> HostTensor {
    guard let y else { return HostTensor(type, reals: x.map(function.real1)) }
    if function.isComparison {
      let compare = function.comparison
      return HostTensor(type, integers: zip(x, y).map { compare($0, $1) ? 1 : 0 })
    }
    let combine = function.real2
    return HostTensor(type, reals: zip(x, y).map { combine($0, $1) })
  }
}

// MARK: - Gradient
extension Elementwise {
  /// Corners as in PyTorch: `maximum` and `minimum` give half to each of two equal operands;
  /// `relu` and `absolute` give 0 at 0; `power` gives 0 to the base under the exponent 0, and to
  /// the exponent over the base 0; under NaN, `relu` passes the gradient on and `absolute` gives 0.
  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    let (x, y, dy) = (node.operands[0], node.results[0], node.gradient)
    let terms =
      switch function.operandCount {
      case 1: [term(x, y, dy)]
      case 2: terms(x, node.operands[1], y, dy)
      default: [nil, x.select(dy, dy.scalar(0)), x.select(dy.scalar(0), dy)]
      }
    return zip(node.operands, terms).map { operand, term in
      guard operand.element.isFloating else { return .stops(.integer) }
      return term.map { .flows($0.summed(to: operand.shape)) } ?? .stops(.flat)
    }
  }

  /// Of a function of one operand; nil where it is flat.
  private func term(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> Tensor? {
    switch function {
    case .negate: -dy
    case .absolute:
      (x > x.scalar(0)).select(dy, (x < x.scalar(0)).select(-dy, dy.scalar(0)))
    case .square: dy * (x * 2)
    case .squareRoot: dy / (y * 2)
    case .reciprocalSquareRoot: dy * (y * y * y) * -0.5
    case .exponential: dy * y
    case .exponentialMinusOne: dy * (y + 1)
    case .logarithm: dy / x
    case .logarithmPlusOne: dy / (x + 1)
    case .sine: dy * x.cosine()
    case .cosine: -(dy * x.sine())
    case .tanh: dy * (1 - y * y)
    case .sigmoid: dy * (y * (1 - y))
    case .softplus: dy * x.sigmoid()
    case .errorFunction: dy * ((x * x * -1).exponential() * (2 / Double.pi.squareRoot()))
    // From the result, which is kept anyway for the product that reads it.
    case .relu: (y <= y.scalar(0)).select(dy.scalar(0), dy)
    default: nil
    }
  }

  /// Of a function of two operands, before what was broadcast is summed.
  private func terms(_ a: Tensor, _ b: Tensor, _ y: Tensor, _ dy: Tensor) -> [Tensor?] {
    let zero = dy.scalar(0)
    func share(_ loses: Tensor) -> Tensor {
      loses.select(zero, (a .== b).select(dy * 0.5, dy))
    }
    switch function {
    case .add: return [dy, dy]
    case .subtract: return [dy, -dy]
    case .multiply: return [dy * b, dy * a]
    case .divide: return [dy / b, -(dy * (y / b))]
    case .power:
      let isOne = b .== b.scalar(0)
      let isZero = (a .== a.scalar(0)) && (b >= b.scalar(0))
      return [
        isOne.select(zero, dy * b * a.power(b - 1)), isZero.select(zero, dy * y * a.logarithm()),
      ]
    case .maximum: return [share(a < b), share(b < a)]
    case .minimum: return [share(b < a), share(a < b)]
    // The quotient from the result: a / b by itself may round up to a whole number.
    case .remainder: return [dy, -(dy * ((a - y) / b).rounded())]
    default: return [nil, nil]
    }
  }
}

// MARK: - Tiles
extension Elementwise {
  public func form(_ operands: [Tensor]) -> StructuredForm { .map(.ofOperands(function)) }
}

// MARK: - Samples, refusals
extension Elementwise {
  public static let samples: [Sample] = ScalarFunction.allCases.flatMap(samples(of:))

  private static func samples(of function: ScalarFunction) -> [Sample] {
    var types: [(String, TensorType)] =
      switch function.domain {
      case .floating: [("f32", .f32([2, 3])), ("f64", .f64([5]))]
      case .number: [("f32", .f32([2, 3])), ("i32", .i32([2, 3])), ("u64", .u64([4]))]
      case .bool: [("bool", .bool([2, 3]))]
      case .any: [("f32", .f32([2, 3])), ("bool", .bool([4]))]
      }
    if function.domain != .bool { types.append(("no elements", .f32([0, 3]))) }
    var samples = types.map { label, type in
      let values = (0..<function.operandCount).map { HostTensor.noise(type, "\(function) \($0)") }
      return Sample(label, Elementwise(function), inDomain(function, values, type.shape))
    }
    if function.operandCount == 2, function.domain != .bool {
      samples.append(
        Sample(
          "broadcasts", Elementwise(function), [.noise(.f32([2, 1, 3]), "a"), positive([4, 1])]))
    }
    if function.domain != .bool, function.operandCount == 1 {
      let x = HostTensor.f32([7], [.nan, .infinity, -.infinity, 0, -0.0, 1e-40, 3.5])
      samples.append(Sample("special values", Elementwise(function), [x]))
    }
    return samples
  }

  /// Arguments where the function is defined; the condition of `select` is a bool.
  private static func inDomain(
    _ function: ScalarFunction, _ values: [HostTensor], _ shape: Shape
  ) -> [HostTensor] {
    switch function {
    case .select: [.noise(.bool(shape), "condition")] + values.dropFirst()
    case .power, .squareRoot, .reciprocalSquareRoot, .logarithm, .logarithmPlusOne:
      values.map { HostTensor($0.type, reals: $0.reals.map { abs($0) + 0.1 }) }
    default: values
    }
  }

  private static func positive(_ shape: Shape) -> HostTensor {
    HostTensor.noise(.f32(shape), "b").mappingReals { abs($0) + 0.5 }
  }

  public static let refusals = [
    Refusal("mixed types", Elementwise(.add), [.f32([2]), .i32([2])], "type.mismatch"),
    Refusal("lengths", Elementwise(.multiply), [.f32([2]), .f32([3])], "shape.no-broadcast"),
    Refusal("integers", Elementwise(.exponential), [.i32([2])], "type.not-floating"),
    Refusal("bools", Elementwise(.negate), [.bool([2])], "type.not-number"),
    Refusal("numbers", Elementwise(.and), [.f32([2]), .f32([2])], "type.not-bool"),
    Refusal("condition", Elementwise(.select), [.f32([]), .f32([]), .f32([])], "type.not-bool"),
    Refusal("one operand", Elementwise(.add), [.f32([2])], "operation.operand-count"),
  ]
}
