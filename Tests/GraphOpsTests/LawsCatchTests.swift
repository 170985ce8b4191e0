import GraphIR
import GraphOps
import TensorCore
import Testing

/// Each law accepts a right operation and catches one that is wrong on purpose.
@Suite("Laws catch wrong operations", .serialized) struct LawsCatchTests {
  private func with<Value>(_ fault: Scaling.Fault, _ body: () throws -> Value) rethrows -> Value {
    Scaling.fault.withLock { $0 = fault }
    defer { Scaling.fault.withLock { $0 = .none } }
    return try body()
  }

  @Test func acceptARightOperation() {
    let sample = Scaling.sample()
    #expect(Laws.textRoundTrips(sample, Scaling.table) == nil)
    #expect(Laws.typesMatchValues(sample) == nil)
    #expect(Laws.evaluatesToTheSameBits(sample) == nil)
    #expect(Laws.interpretersAgree(sample) == nil)
    #expect(Laws.formAgrees(sample) == nil)
    #expect(Laws.isRefused(Scaling.refusal, Scaling.table) == nil)
    #expect(Laws.attributesCoverProperties(Scaling()) == nil)
    #expect(Laws.attributesTakeTheirKind(Scaling(), Scaling.table) == nil)
  }

  @Test func catchTextThatLosesAnAttribute() {
    let operand = HostTensor.noise(.f32([2]))
    let lost = Sample("", LosesAttribute().setting(\.offset, to: 2), [operand])
    #expect(Laws.textRoundTrips(lost, OperationTable([LosesAttribute()])) != nil)
    let confused = Sample("", ConfusesAttributes().setting(\.left, to: 7), [operand])
    #expect(Laws.textRoundTrips(confused, OperationTable([ConfusesAttributes()])) != nil)
    #expect(Laws.attributesCoverProperties(LosesAttribute()) != nil)
  }

  @Test(arguments: [Scaling.Fault.infersOtherType, .infersOtherShape])
  func catchWrongTypes(_ fault: Scaling.Fault) {
    with(fault) { #expect(Laws.typesMatchValues(Scaling.sample()) != nil) }
  }

  @Test func catchChangingResults() {
    with(.changes) {
      #expect(Laws.evaluatesToTheSameBits(Scaling.sample()) != nil)
      #expect(Laws.interpretersAgree(Scaling.sample()) != nil)
    }
  }

  @Test(arguments: [
    Scaling.Fault.acceptsEverything, .refusesWithOtherCode, .shouts, .endsWithPeriod,
  ])
  func catchWrongRefusals(_ fault: Scaling.Fault) {
    let refusal =
      fault == .refusesWithOtherCode
      ? Refusal("", Scaling(), [.f32([2])], "type.not-floating") : Scaling.refusal
    with(fault) { #expect(Laws.isRefused(refusal, Scaling.table) != nil) }
  }

  @Test func catchWrongAttributes() {
    let lenient = OperationTable([TakesAnything()])
    #expect(Laws.attributesTakeTheirKind(TakesAnything(), lenient) != nil)
    let forgetful = OperationTable([ForgetsValues()])
    #expect(Laws.attributesTakeTheirKind(ForgetsValues(), forgetful) != nil)
  }

  @Test func catchWrongCatalogues() {
    #expect(Laws.namesAreSpelledWell([Softmax(), Scaling()]) == nil)
    #expect(Laws.namesAreSpelledWell([Softmax(), Scaling(), Softmax()]) != nil)
    #expect(Laws.namesAreSpelledWell([Named()]) != nil)
    #expect(Laws.isCovered(Softmax()) == nil)
    #expect(Laws.isCovered(Scaling()) != nil)
  }

  @Test(arguments: [Scaling.Fault.formDiffers, .formMakesMistakes])
  func catchWrongForms(_ fault: Scaling.Fault) {
    with(fault) { #expect(Laws.formAgrees(Scaling.sample()) != nil) }
  }

  /// A second result is compared as the first is.
  @Test func catchWrongSecondResult() {
    let rows = HostTensor.noise(.f32([2, 3]))
    #expect(Laws.formAgrees(Sample("", Moments().setting(\.axes, to: [1]), [rows])) == nil)
    #expect(Laws.formAgrees(Sample("", UnbiasedMoments(), [rows])) != nil)
  }

  /// A digit lost in a constant is seen by the form law even where f32 would not show it.
  @Test func catchTwelfthDigit() {
    let sample = Scaling.sample()
    let wrong = Disguise(operation: sample.operation) { x in
      .map(.apply(.multiply, [.operand(0), .constant(3 + 1e-11, x[0].element)]))
    }
    #expect(Laws.formAgrees(Sample("", wrong, sample.operands)) != nil)
  }

  @Test("wrong forms of each kind are caught", arguments: WrongForm.all)
  func catchEachKindOfForm(_ wrong: WrongForm) throws {
    let sample = try #require(
      OpCatalog.samples.first { $0.description == wrong.sample }, "no sample \(wrong.sample)")
    #expect(Laws.formAgrees(sample) == nil)
    let disguise = Disguise(operation: sample.operation, wrongForm: wrong.form)
    #expect(Laws.formAgrees(Sample(sample.label, disguise, sample.operands)) != nil)
  }
}

/// A wrong form for a sample of the catalogue.
struct WrongForm: Sendable, CustomStringConvertible {
  var sample: String
  var fault: String
  var form: @Sendable ([Tensor]) -> StructuredForm
  var description: String { "\(sample): \(fault)" }

  init(
    _ sample: String, _ fault: String, _ form: @escaping @Sendable ([Tensor]) -> StructuredForm
  ) {
    self.sample = sample
    self.fault = fault
    self.form = form
  }

  private static func convolution(
    strides: [Int] = [1, 1], padding: [Int] = [0, 0, 0, 0], groups: Int = 1
  ) -> StructuredForm {
    .window(
      Window(.convolution(groups: groups), size: [3, 3], strides: strides, padding: padding))
  }

  private static func box(offset: Int, start: Int, count: Int) -> Move.Piece {
    Move.Piece(
      operand: 0, offset: [offset], lengths: [count],
      dimensions: [Move.AffineIndex(start: start, axis: 0)])
  }

  static let all: [WrongForm] = [
    WrongForm("subtract: f32", "operands swapped") { _ in
      .map(.apply(.subtract, [.operand(1), .operand(0)]))
    },
    WrongForm("less: f32", "another element type") { _ in .map(.operand(0)) },
    WrongForm("iota: columns", "another axis") { _ in .map(.cast(.f32, .coordinate(axis: 0))) },
    WrongForm("reduce_sum: middle axis", "another combiner") { _ in
      .reduce(Reduction(.maximum, axes: [1]))
    },
    WrongForm("reduce_sum: all axes", "an axis forgotten") { _ in
      .reduce(Reduction(.sum, axes: [1]))
    },
    WrongForm("maximum_with_index: ties", "the smallest") { _ in
      .reduce(Reduction(.minimum, axes: [0], givesIndex: true))
    },
    WrongForm("maximum_with_index: ties", "no index") { _ in
      .reduce(Reduction(.maximum, axes: [0]))
    },
    WrongForm("moments: outer axes", "an axis forgotten") { _ in .moments(axes: [2]) },
    WrongForm("moments: rows", "no variance") { _ in .reduce(Reduction(.sum, axes: [1])) },
    WrongForm("moments: a large offset", "E[x²] − E[x]²") { x in
      let mean = x[0].mean(along: -1, keepingAxes: true)
      let square = x[0].squared().mean(along: -1, keepingAxes: true)
      return .decompose([mean, square - mean.squared()])
    },
    WrongForm("contract: a transposed result", "not transposed") { _ in
      .contract(Contraction(left: ["i", "k"], right: ["j", "k"], result: ["i", "j"]))
    },
    WrongForm("contract: integers", "an operand read across") { _ in
      .contract(Contraction(left: ["k", "i"], right: ["k", "j"], result: ["i", "j"]))
    },
    WrongForm("convolution: 3x3", "another stride") { _ in convolution(strides: [2, 1]) },
    WrongForm("convolution: depth-wise", "padding at one end") { _ in
      convolution(padding: [2, 1, 0, 1], groups: 4)
    },
    WrongForm("average_pool: 2x2", "another stride") { _ in
      .window(Window(.average, size: [2, 2], strides: [1, 2], padding: [0, 0, 0, 0]))
    },
    WrongForm("transpose: a matrix", "a reshape") { _ in .move(.reshape) },
    WrongForm("pad: a value", "another fill") { _ in
      .move(.pieces([box(offset: 2, start: 0, count: 3)], fill: 7))
    },
    WrongForm("pad: a value", "two pieces overlap") { _ in
      .move(
        .pieces([box(offset: 2, start: 0, count: 3), box(offset: 4, start: 2, count: 1)], fill: -7))
    },
    WrongForm("pad: a value", "a read past the end") { _ in
      .move(.pieces([box(offset: 2, start: 0, count: 4)], fill: -7))
    },
    WrongForm("gather: rows", "another axis") { _ in .gather(axis: 1) },
    WrongForm("random_uniform: a matrix", "another stream") { _ in .random(.normal) },
    WrongForm("constant: a vector", "another value") { _ in
      .constant(.i32([3], [1, -2, 4]))
    },
    WrongForm("softmax: rows", "not divided") { x in .decompose(x[0].exponential()) },
    WrongForm("softmax: large numbers", "overflow") { x in
      .decompose(x[0].exponential() / x[0].exponential().sum(along: -1, keepingAxes: true))
    },
    WrongForm("softmax: rows", "itself") { x in .decompose(x[0].softmax()) },
    WrongForm("normalize: a large mean", "E[x²] − E[x]²") { x in
      let mean = x[0].mean(along: -1, keepingAxes: true)
      let variance = x[0].squared().mean(along: -1, keepingAxes: true) - mean.squared()
      return .decompose((x[0] - mean) * (variance + 1e-5).reciprocalSquareRoot())
    },
    WrongForm("log_sum_exp: a kept axis", "another shape") { x in
      .decompose(x[0].logSumExp(along: 1))
    },
  ]
}
