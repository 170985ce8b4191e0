import GraphIR
import GraphOps
import TensorCore

extension Laws {
  /// The structured form means what `evaluate` computes, on the sample's operands, on operands with
  /// more digits than their type, and in every floating type.
  ///
  /// Sums may differ by 1e-12 of the sum of their terms' magnitudes (a few hundred terms, each with
  /// an error of 2^-53), compositions by 1e-12 of the largest result; everything else is equal to
  /// the bit.
  static func formAgrees(_ sample: Sample) -> String? {
    for variant in [sample] + sample.variants {
      if let failure = formAgreesOnce(variant) { return "\(variant.label): \(failure)" }
    }
    return nil
  }

  private static func formAgreesOnce(_ sample: Sample) -> String? {
    failing {
      let types = try sample.resultTypes()
      let meant = sample.results()
      let builder = GraphBuilder("main")
      let inputs = sample.operands.enumerated().map { builder.argument("x\($0)", $1.type) }
      let form = sample.operation.form(inputs)
      if case .decompose(let results) = form {
        return try decompositionAgrees(sample, builder, results, meant)
      }
      // The form itself must not have made nodes or mistakes.
      guard try builder.finish().graph.nodes.isEmpty else { return "the form leaves nodes behind" }
      let plain = try PlainForm(form: form, operands: sample.operands, types: types).values()
      guard let magnitudes = plain.magnitudes else {
        return sameBits(plain.tensors, meant) ? nil : "the form gives \(plain), meant is \(meant)"
      }
      guard plain.tensors.count == meant.count, magnitudes.count == meant.count else {
        return "the form gives \(plain.tensors.count) results, not \(meant.count)"
      }
      for (index, tensor) in plain.tensors.enumerated() {
        let bounds = magnitudes[index].map { $0 * 1e-12 }
        if let failure = difference(tensor, meant[index], within: bounds) { return failure }
      }
      return nil
    }
  }

  private static func decompositionAgrees(
    _ sample: Sample, _ builder: GraphBuilder, _ results: [Tensor], _ meant: [HostTensor]
  ) throws -> String? {
    for (index, result) in results.enumerated() { builder.result("result\(index)", result) }
    let graph = try builder.finish().graph
    if graph.nodes.contains(where: { $0.operation.name == sample.operation.name }) {
      return "the decomposition contains the operation itself"
    }
    let found = try Interpreter(.exact).run(graph, sample.arguments)
    guard found.count == meant.count else { return "\(found.count) results, not \(meant.count)" }
    let rounds = graph.nodes.contains { $0.operation is Cast }
    for (left, right) in zip(found, meant) {
      let largest = right.numbers.filter(\.isFinite).map(abs).max() ?? 0
      // A composition that leaves a narrow type and comes back rounds once.
      let relative = rounds ? right.element.unitRoundoff : 1e-12
      let bounds = [Double](repeating: largest * relative, count: right.count)
      if let failure = difference(left, right, within: bounds) { return failure }
    }
    return nil
  }

  private static func difference(
    _ found: HostTensor, _ meant: HostTensor, within bounds: [Double]
  ) -> String? {
    guard found.type == meant.type else { return "the form gives \(found.type), not \(meant.type)" }
    if case .integers(let x) = found.storage {
      return x == meant.integers ? nil : "the form gives \(found), meant is \(meant)"
    }
    for (index, pair) in zip(found.reals, meant.reals).enumerated() {
      let (a, b) = pair
      if a == b || (a.isNaN && b.isNaN) || abs(a - b) <= bounds[index] { continue }
      return "element \(index) is \(a) by the form, \(b) by evaluate"
    }
    return nil
  }
}

extension ElementType {
  /// Half the distance from 1 to the next number.
  fileprivate var unitRoundoff: Double {
    switch self {
    case .bf16: 0x1p-8
    case .f16: 0x1p-11
    case .f32: 0x1p-24
    default: 1e-12
    }
  }
}

extension Sample {
  /// The sample with other floating operands: not rounded to their type, as the exact interpreter
  /// has them, and of every other floating type.
  fileprivate var variants: [Sample] {
    guard operands.contains(where: { $0.element == .f32 }) else { return [] }
    func changing(_ label: String, _ change: (HostTensor) -> HostTensor) -> Sample {
      let changed = operands.map { $0.element == .f32 ? change($0) : $0 }
      return Sample("\(self.label), \(label)", operation, changed)
    }
    let narrow = [ElementType.f16, .bf16, .f64].map { element in
      changing("\(element)") { $0.cast(to: element) }
    }
    return narrow + [changing("unrounded") { $0.mappingReals { $0 * 1.0000000001 } }]
  }
}
