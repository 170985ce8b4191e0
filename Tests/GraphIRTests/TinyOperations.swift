import GraphIR
import TensorCore
import Testing

/// Operations just large enough to test graphs, text and interpreter without the catalogue.
let tinyTable = OperationTable([Sum(), Everything(), Halves(), Third()])

/// The sum of two tensors of one type.
struct Sum: BinaryOperation {
  static let name = "add"
  func resultType(of x: TensorType, _ y: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireElement(of: y)
    return TensorType(x.element, try x.shape.broadcast(with: y.shape))
  }
  func evaluate(_ x: HostTensor, _ y: HostTensor) -> HostTensor {
    HostTensor(x.type, reals: zip(x.reals, y.reals).map(+))
  }
  func form(_ x: Tensor, _ y: Tensor) -> StructuredForm { .map(.ofOperands(.add)) }
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
}

/// Its operand, with an attribute of every kind.
struct Everything: UnaryOperation {
  static let name = "everything"
  static let attributes = [
    Attribute("axis", \Everything.axis), Attribute("axes", \Everything.axes),
    Attribute("scale", \Everything.scale), Attribute("exact", \Everything.exact),
    Attribute("label", \Everything.label), Attribute("element", \Everything.element),
  ]
  var axis = -1
  var axes = [0, 1]
  var scale = 0.5
  var exact = false
  var label = ""
  var element = ElementType.f32
  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType { x }
  func evaluate(_ x: HostTensor) -> HostTensor { x }
  func form(_ x: Tensor) -> StructuredForm { .map(.operand(0)) }
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
}

/// Two results: the first and the second half of a vector of even length.
struct Halves: Operation {
  let name = "halves"
  func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(1, name)
    try operands[0].requireRank(1)
    let half = TensorType(operands[0].element, try Shape(checking: [operands[0].shape[0] / 2]))
    return [half, half]
  }
  func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    let half = operands[0].shape[0] / 2
    return [0, half].map {
      operands[0].gathered(Shape(trusted: [half]), strides: [1], offset: $0)
    }
  }
  func form(_ operands: [Tensor]) -> StructuredForm { .decompose(operands) }
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
}

/// A third of each element: a quotient that no binary type holds.
struct Third: UnaryOperation {
  static let name = "third"
  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireFloating()
    return x
  }
  func evaluate(_ x: HostTensor) -> HostTensor { x.mappingReals { $0 / 3 } }
  func form(_ x: Tensor) -> StructuredForm { .map(.operand(0)) }
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
}

extension Tensor {
  static func + (a: Tensor, b: Tensor) -> Tensor { a.applying(Sum(), b) }
}

/// The diagnostic that `body` throws; records an issue if there is none.
func refusal(
  at place: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> Diagnostic? {
  do {
    try body()
  } catch {
    return error as? Diagnostic
  }
  Issue.record("nothing was refused", sourceLocation: place)
  return nil
}

/// What tests of other things need not answer.
extension Operation {
  func gradient(_ node: BackwardNode) -> [OperandGradient] { [] }
}
extension UnaryOperation {
  func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient { .stops(.flat) }
}
