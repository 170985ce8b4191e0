import TensorCore

/// What a node computes. One operation is one file, and that file answers every question here.
///
/// Operations are pure: equal operands give equal results. Their attributes are part of the value,
/// so two operations with the same name and attributes are the same.
public protocol Operation: Sendable {
  /// The spelling in graph text, in snake case.
  var name: String { get }
  /// Every property that text shows and a parser sets, in printing order.
  static var attributes: [Attribute<Self>] { get }

  /// The types of the results for operands of these types.
  func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType]

  /// The results: plain, in `Double` or the integers' own width, independent of every fast path.
  /// Only called with operands that `resultTypes` accepts.
  func evaluate(_ operands: [HostTensor]) -> [HostTensor]

  /// How the compiler computes it: a structured form, or a composition of other operations.
  func form(_ operands: [Tensor]) -> StructuredForm

  /// How a change of the results reaches each operand, one entry each. Only called where a result
  /// has a gradient. At ties and corners it takes PyTorch's side, and says which.
  func gradient(_ node: BackwardNode) -> [OperandGradient]

  /// Inputs on which every law about operations is checked.
  static var samples: [Sample] { get }
  /// Operands that must be refused, each with its code.
  static var refusals: [Refusal] { get }
}

extension Operation {
  public static var attributes: [Attribute<Self>] { [] }

  /// A copy with one property changed.
  public func setting<Value>(_ path: WritableKeyPath<Self, Value>, to value: Value) -> Self {
    var copy = self
    copy[keyPath: path] = value
    return copy
  }
}

/// An operation whose type has one spelling. (A table of operations has one per entry.)
public protocol NamedOperation: Operation {
  static var name: String { get }
}

extension NamedOperation {
  public var name: String { Self.name }
}

/// One operand, one result.
public protocol UnaryOperation: NamedOperation {
  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType
  func evaluate(_ x: HostTensor) -> HostTensor
  func form(_ x: Tensor) -> StructuredForm
  /// The operand's gradient from that of `y`, the result.
  func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient
}

extension UnaryOperation {
  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(1, name)
    return [try resultType(of: operands[0])]
  }
  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] { [evaluate(operands[0])] }
  public func form(_ operands: [Tensor]) -> StructuredForm { form(operands[0]) }
  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    [gradient(node.operands[0], node.results[0], node.gradient)]
  }
}

/// Two operands, one result.
public protocol BinaryOperation: NamedOperation {
  func resultType(of x: TensorType, _ y: TensorType) throws(Diagnostic) -> TensorType
  func evaluate(_ x: HostTensor, _ y: HostTensor) -> HostTensor
  func form(_ x: Tensor, _ y: Tensor) -> StructuredForm
}

extension BinaryOperation {
  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(2, name)
    return [try resultType(of: operands[0], operands[1])]
  }
  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    [evaluate(operands[0], operands[1])]
  }
  public func form(_ operands: [Tensor]) -> StructuredForm { form(operands[0], operands[1]) }
}

/// No operands, one result.
public protocol SourceOperation: NamedOperation {
  func resultType() throws(Diagnostic) -> TensorType
  func evaluate() -> HostTensor
  func form() -> StructuredForm
}

extension SourceOperation {
  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(0, name)
    return [try resultType()]
  }
  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] { [evaluate()] }
  public func form(_ operands: [Tensor]) -> StructuredForm { form() }
  /// There is no operand to have one.
  public func gradient(_ node: BackwardNode) -> [OperandGradient] { [] }
}

extension [TensorType] {
  /// - Errors: `operation.operand-count`.
  public func requireCount(_ count: Int, _ name: String) throws(Diagnostic) {
    guard self.count == count else { throw .operandCount(name, expected: count, got: self.count) }
  }
}
