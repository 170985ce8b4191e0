import GraphAutodiff
import GraphIR
import GraphOps
import TensorCore
import Testing

/// Every operation's gradient against central differences, on its samples.
@Suite("Laws of gradients") struct GradientLawTests {
  @Test("gradients are slopes", arguments: OpCatalog.samples)
  func areSlopes(_ sample: Sample) throws {
    let differences: CentralDifferences
    do {
      guard let found = try sample.losing() else { return }
      differences = found
    } catch let mistake as Diagnostic where mistake.code == "gradient.no-path" {
      return try isFlat(sample)
    }
    let (words, skipped) = try differences.difference()
    #expect(words == nil, "\(sample)")
    #expect(skipped == 0, "\(sample)")
  }

  /// What says that it has no gradient has none: its results do not move with its operands.
  private func isFlat(_ sample: Sample) throws {
    guard sample.operation.name != StopGradient.name else { return }
    let operands = sample.operands.map { operand in
      operand.element.isFloating
        ? operand.mappingReals { ($0 + 0.1234) * 1.01 } : operand
    }
    let moved = operands.map { operand in
      operand.element.isFloating ? operand.mappingReals { $0 + 1e-9 } : operand
    }
    #expect(sample.operation.evaluate(operands) == sample.operation.evaluate(moved), "\(sample)")
  }

  @Test("every operation with floating operands and results is differentiated")
  func areCovered() throws {
    var covered: Set<String> = []
    for sample in OpCatalog.samples {
      do {
        if try sample.losing() != nil { covered.insert(sample.operation.name) }
      } catch let mistake as Diagnostic where mistake.code == "gradient.no-path" {
        covered.insert(sample.operation.name)
      }
    }
    let without = OpCatalog.operations.map(\.name).filter { !covered.contains($0) }.sorted()
    #expect(
      without == [
        "and", "constant", "equal", "fold_key", "greater", "greater_or_equal", "iota", "less",
        "less_or_equal", "not", "not_equal", "or", "random_normal", "random_uniform",
      ])
  }
}
