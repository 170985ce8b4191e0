import ExecutionPlan
import GraphIR
import GraphLowering
import GraphOps
import ModelZoo
import TensorCore
import Testing
import TileIR

@Suite("Lowered plans")
struct PlanTests {
  static let targets = [
    TargetLevel.x86v3, .x86v4, .aarch64,
  ]

  @Test("every operation lowers to plans that the verifier accepts", arguments: OpCatalog.samples)
  func everyOperationLowers(_ sample: Sample) throws {
    for target in Self.targets {
      let plan = try EntryPlan(sample.graph(), target)
      try Self.check(plan)
    }
  }

  @Test("every entry point of the zoo lowers to plans that the verifier accepts")
  func zooLowers() throws {
    for target in Self.targets {
      for graph in try Zoo.model("simone:tiny").program().graphs {
        let plan = try EntryPlan(graph, target)
        try Self.check(plan)
      }
    }
  }

  /// Plans obey their laws, and every kernel stays inside what its step binds.
  static func check(_ entry: EntryPlan) throws {
    for plan in [entry.run, entry.prepare] {
      #expect(PlanVerifier.problems(in: plan) == [])
      for step in plan.steps {
        guard let kernel = entry.kernels.first(where: { $0.name == step.kernel }) else { continue }
        let counts = zip(step.bindings, kernel.program.buffers).map { binding, buffer in
          binding.byteCount / buffer.element.byteCount
        }
        do {
          try TileVerifier.check(kernel.program, bufferCounts: counts)
        } catch {
          Issue.record("\(plan.name), \(step.name): \(error)\n\(kernel.program)")
        }
      }
    }
  }
}

extension Sample {
  /// A graph of this one operation; operands are arguments, so that nothing is known early.
  func graph() throws -> Graph {
    let builder = GraphBuilder("sample")
    let arguments = operands.enumerated().map { builder.argument("x\($0)", $1.type) }
    let results = builder.apply(operation, arguments)
    for (index, result) in results.enumerated() { builder.result("y\(index)", result) }
    return try builder.finish().graph
  }
}
