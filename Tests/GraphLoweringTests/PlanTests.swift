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
      #expect(PlanVerifier.problems(in: plan.run) == [])
      #expect(PlanVerifier.problems(in: plan.prepare) == [])
    }
  }

  @Test("every entry point of the zoo lowers to plans that the verifier accepts")
  func zooLowers() throws {
    for target in Self.targets {
      for graph in try Zoo.model("simone:tiny").program().graphs {
        let plan = try EntryPlan(graph, target)
        #expect(PlanVerifier.problems(in: plan.run) == [])
        #expect(PlanVerifier.problems(in: plan.prepare) == [])
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
