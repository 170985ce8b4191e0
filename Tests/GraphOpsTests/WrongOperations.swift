import GraphIR
import GraphOps
import Synchronization
import TensorCore

// Operations that are wrong on purpose, one for each law to catch.

/// `x * factor`, right unless a fault is asked for.
struct Scaling: UnaryOperation {
  enum Fault: Sendable {
    case none, infersOtherType, infersOtherShape, changes, formDiffers, formMakesMistakes
    case acceptsEverything, refusesWithOtherCode, shouts, endsWithPeriod
  }
  static let name = "scaling"
  static let attributes = [Attribute("factor", \Scaling.factor)]
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []

  var factor = 3.0
  /// Not an attribute in what follows, so that a faulty operation reads like the right one.
  static let fault = Mutex(Fault.none)
  static let calls = Mutex(0.0)

  private var fault: Fault { Self.fault.withLock { $0 } }

  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    switch fault {
    case .acceptsEverything: break
    case .refusesWithOtherCode: try x.requireInteger()
    case .shouts where !x.element.isFloating:
      throw Diagnostic("type.not-floating", "Needs a floating type")
    case .endsWithPeriod where !x.element.isFloating:
      throw Diagnostic("type.not-floating", "needs a floating type.")
    default: try x.requireFloating()
    }
    switch fault {
    case .infersOtherType: return TensorType(.f64, x.shape)
    case .infersOtherShape: return TensorType(x.element, [x.shape.count])
    default: return x
    }
  }

  func evaluate(_ x: HostTensor) -> HostTensor {
    let extra =
      fault == .changes
      ? Self.calls.withLock {
        $0 += 1; return $0
      } : 0
    return x.mappingReals { $0 * factor + extra }
  }

  func form(_ x: Tensor) -> StructuredForm {
    if fault == .formMakesMistakes { _ = x.softmax(along: 9) }
    let number = fault == .formDiffers ? factor + 1 : factor
    return .map(.apply(.multiply, [.operand(0), .constant(number, x.element)]))
  }

  static func sample(factor: Double = 3) -> Sample {
    Sample(
      "wrong on purpose", Scaling().setting(\.factor, to: factor), [.noise(.f32([2, 3]))])
  }
  static let refusal = Refusal("integers", Scaling(), [.i32([2])], "type.not-floating")
  static let table = OperationTable([Scaling()])
}

/// Text does not show what it adds.
struct LosesAttribute: UnaryOperation {
  static let name = "loses_attribute"
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
  var offset = 0.0

  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType { x }
  func evaluate(_ x: HostTensor) -> HostTensor { x.mappingReals { $0 + offset } }
  func form(_ x: Tensor) -> StructuredForm { .move(.reshape) }
}

/// What text says of `left` is set on `right`.
struct ConfusesAttributes: UnaryOperation {
  static let name = "confuses_attributes"
  static let attributes = [
    Attribute("left", \ConfusesAttributes.right), Attribute("right", \ConfusesAttributes.right),
  ]
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
  var left = 1.0
  var right = 2.0

  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType { x }
  func evaluate(_ x: HostTensor) -> HostTensor { x.mappingReals { $0 * left + right } }
  func form(_ x: Tensor) -> StructuredForm { .move(.reshape) }
}

/// Its attribute takes a value of any kind.
struct TakesAnything: UnaryOperation {
  struct Anything: AttributeRepresentable {
    var attributeValue = AttributeValue.integer(0)
    init() {}
    init?(attributeValue: AttributeValue) { self.attributeValue = attributeValue }
  }
  static let name = "takes_anything"
  static let attributes = [Attribute("what", \TakesAnything.what)]
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
  var what = Anything()

  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType { x }
  func evaluate(_ x: HostTensor) -> HostTensor { x }
  func form(_ x: Tensor) -> StructuredForm { .move(.reshape) }
}

/// Its attribute takes a value and forgets it.
struct ForgetsValues: UnaryOperation {
  static let name = "forgets_values"
  static let attributes = [Attribute("what", \ForgetsValues.what)]
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
  var what: Int {
    get { 0 }
    set {}
  }

  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType { x }
  func evaluate(_ x: HostTensor) -> HostTensor { x }
  func form(_ x: Tensor) -> StructuredForm { .move(.reshape) }
}

/// A name that text should not have.
struct Named: UnaryOperation {
  static let name = "Named Badly"
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []

  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType { x }
  func evaluate(_ x: HostTensor) -> HostTensor { x }
  func form(_ x: Tensor) -> StructuredForm { .move(.reshape) }
}

/// A right operation of the catalogue with a wrong form.
struct Disguise: Operation {
  var operation: any Operation
  var wrongForm: @Sendable ([Tensor]) -> StructuredForm

  var name: String { operation.name }
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []

  func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operation.resultTypes(of: operands)
  }
  func evaluate(_ operands: [HostTensor]) -> [HostTensor] { operation.evaluate(operands) }
  func form(_ operands: [Tensor]) -> StructuredForm { wrongForm(operands) }
}

/// The moments of the rows of a matrix with the variance of a sample, and the form of a population.
struct UnbiasedMoments: NamedOperation {
  static let name = "unbiased_moments"
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
  private var moments: Moments { Moments().setting(\.axes, to: [1]) }

  func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try moments.resultTypes(of: operands)
  }
  func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    let count = Double(operands[0].shape[1])
    let results = moments.evaluate(operands)
    return [results[0], results[1].mappingReals { $0 * count / (count - 1) }]
  }
  func form(_ operands: [Tensor]) -> StructuredForm { .moments(axes: [1]) }
}

/// What tests of other things need not answer.
extension Operation {
  func gradient(_ node: BackwardNode) -> [OperandGradient] { [] }
}
extension UnaryOperation {
  func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient { .stops(.flat) }
}
