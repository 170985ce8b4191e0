import GraphIR
import GraphLowering
import GraphOps
import ModelZoo
import SmaltiRuntime
import TensorCore
import Testing
import TileIR

/// Machine code touches only the memory that its plan grants: LLVM's address sanitizer checks every
/// load and store of the kernels in every plan below.
@Suite("Kernels under the address sanitizer")
struct SanitizedKernelTests {
  @Test("of every operation stay inside their bindings and scratch", arguments: levelsHere)
  func operationsStayInside(_ level: TargetLevel) async throws {
    var batch = SanitizedBatch(level)
    for (index, sample) in OpCatalog.samples.enumerated() {
      let builder = GraphBuilder("sample\(index)")
      let arguments = sample.operands.enumerated().map { builder.argument("x\($0)", $1.type) }
      let results = builder.apply(sample.operation, arguments)
      for (number, result) in results.enumerated() { builder.result("y\(number)", result) }
      let graph = try builder.finish().graph
      let values = Dictionary(
        uniqueKeysWithValues: sample.operands.enumerated().map { ("x\($0)", $1.bytes) })
      try batch.addFusedAndUnfused("\(sample)", graph) { values[$0]! }
      // Values that no index should have: huge, and negative or NaN.
      for byte in [UInt8(0x7f), 0xff] {
        try batch.add("\(sample), all bytes \(byte)", graph, LoweringOptions()) { name in
          [UInt8](repeating: byte, count: values[name]!.count)
        }
      }
    }
    try await expectClean(batch)
  }

  @Test("of the zoo's tiny entry points stay inside their bindings and scratch")
  func zooStaysInside() async throws {
    var batch = SanitizedBatch(levelsHere.last!)
    for family in Zoo.families {
      let model = try Zoo.model("\(family.name):tiny", ["batch=1"])
      let program = try model.program()
      for graph in program.graphs {
        try batch.addFusedAndUnfused("\(family.name) \(graph.name)", graph) { name in
          if let parameter = program.parameter(at: name) {
            return parameter.initialValue(seed: Key(3)).bytes
          }
          let argument = graph.arguments.first { $0.name == name }!
          return sampled(graph.type(argument.value))
        }
      }
    }
    try await expectClean(batch)
  }

  /// Builds, runs, and expects that everything ran to its end.
  private func expectClean(_ batch: SanitizedBatch) async throws {
    let driver = try await batch.linked()
    defer { driver.remove() }
    let outcome = try driver.run()
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(
      outcome.text == "ran \(batch.rehearsals.count) entries, \(batch.stepCount) steps\n")
  }
}

extension SanitizedBatch {
  /// Each way of lowering is an entry of its own; kernels that they share are compiled once.
  fileprivate mutating func addFusedAndUnfused(
    _ name: String, _ graph: Graph, values: (String) -> [UInt8]
  ) throws {
    var options = LoweringOptions()
    try add("\(name), fused", graph, options, values: values)
    // So little memory that chains of steps run in slices.
    options.memoryLimit = 1 << 16
    try add("\(name), fused, sliced", graph, options, values: values)
    options = LoweringOptions()
    options.fuses = false
    try add("\(name), unfused", graph, options, values: values)
  }
}

/// Values in [0, 1) of a floating type, small ones of an integer.
private func sampled(_ type: TensorType) -> [UInt8] {
  let numbers = (0..<type.shape.count).map { Double($0 % 61) / 61 }
  return HostTensor(type, converting: numbers).bytes
}

/// The levels whose code this machine can run.
let levelsHere = TargetLevel.all.filter { level in
  MachineFeatures(level: level.name).map(MachineFeatures.current.isSuperset(of:)) ?? false
}
