import Foundation
import GraphIR
import GraphLowering
import GraphOps
import LLVMBackend
import LLVMEmission
import TensorCore
import Testing
import TileIR

@Suite("Operations on AArch64")
struct OperationTests {
  /// As for the levels of this machine: half-precision types are computed in f32 and rounded when
  /// stored.
  private static func tolerance(_ element: ElementType) -> Double {
    switch element {
    case .f64: 1e-12
    case .f16: 2e-3
    case .bf16: 2e-2
    default: 2e-5
    }
  }

  @Test("agree with their meaning, with the same bits on any number of threads")
  func agree() async throws {
    let graphs = try OpCatalog.samples.enumerated().map { index, sample in
      let builder = GraphBuilder("sample\(index)")
      let arguments = sample.operands.enumerated().map { builder.argument("x\($0)", $1.type) }
      let results = builder.apply(sample.operation, arguments)
      for (number, result) in results.enumerated() { builder.result("y\(number)", result) }
      return try builder.finish().graph
    }
    let plans = try graphs.map { try EntryPlan($0, .aarch64) }
    try await CrossBuild.with { build in
      let objects = try await Self.objects(plans, build)
      try build.linkDriver(plans, objects, to: "samples")
      func outputs(threads: Int) throws -> [UInt8] {
        try build.outputs("samples", plans, threads: threads) { sample, name in
          OpCatalog.samples[sample].operands[Int(name.dropFirst())!]
        }
      }
      let bytes = try outputs(threads: 0)
      let isSame = try outputs(threads: 3) == bytes
      #expect(isSame)
      var rest = bytes[...]
      for (sample, graph) in zip(OpCatalog.samples, graphs) {
        let values = Dictionary(
          uniqueKeysWithValues: sample.operands.enumerated().map { ("x\($0)", $1) })
        for reference in try Interpreter(.perOperation).run(graph, values) {
          let value = try HostTensor(
            reference.type, bytes: Array(rest.prefix(reference.bytes.count)))
          rest = rest.dropFirst(reference.bytes.count)
          let difference = value.relativeDifference(to: reference)
          #expect(
            difference <= Self.tolerance(reference.element),
            "\(sample): \(difference), \(value.numbers.prefix(9)) instead of \(reference.numbers.prefix(9))"
          )
        }
      }
      #expect(rest.isEmpty)
    }
  }

  /// The names of object files with the kernels of `plans`, compiled side by side.
  private static func objects(_ plans: [EntryPlan], _ build: CrossBuild) async throws -> [String] {
    var known: Set<String> = []
    let kernels = plans.flatMap(\.kernels).filter { known.insert($0.name).inserted }
    let partCount = 4
    let emitter = ModuleEmitter(vectorByteCount: TargetLevel.aarch64.vectorByteCount)
    return try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
      for part in 0..<partCount {
        let own = kernels.indices.filter { $0 % partCount == part }.map { kernels[$0] }
        let text = emitter.text(own)
        group.addTask { (part, try ObjectCompiler(.aarch64).object(text)) }
      }
      var names: [String] = []
      for try await (part, object) in group {
        names.append("kernels\(part).o")
        try build.write(object, to: names[names.count - 1])
      }
      return names
    }
  }
}

@Suite("The C runtime on AArch64")
struct RuntimeTests {
  @Test("compiles without a warning and passes its own checks")
  func passesItsChecks() async throws {
    try await CrossBuild.with { build in
      try build.link("RuntimeDriver", to: "driver")
      #expect(try build.run("driver", []) == "ok\n")
    }
  }
}
