import GraphCompiler
import GraphIR
import GraphOps
import TensorCore
import Testing
import TileIR

/// Machine code against the plain meaning, operation by operation.
@Suite("Machine code of operations")
struct OperationTests {
  /// Half-precision types are computed in f32 and rounded when stored.
  static func tolerance(_ sample: Sample, _ element: ElementType) -> Double {
    switch element {
    case .f64: 1e-12
    case .f16: 2e-3
    case .bf16: 2e-2
    default: 2e-5
    }
  }

  @Test("agrees with evaluate", arguments: levels)
  func agrees(_ level: TargetLevel) throws {
    for (index, sample) in OpCatalog.samples.enumerated() {
      let builder = GraphBuilder("sample\(index)")
      let arguments = sample.operands.enumerated().map { builder.argument("x\($0)", $1.type) }
      let results = builder.apply(sample.operation, arguments)
      for (number, result) in results.enumerated() { builder.result("y\(number)", result) }
      let program = try Program("samples", [try builder.finish()])
      let graph = program.graphs[0]
      var options = CompilerOptions(level: level)
      options.usesCache = false
      let loaded = try LoadedProgram(
        Compiler.compile(program, options), threads: 2, seed: Key(0))
      let values = Dictionary(
        uniqueKeysWithValues: sample.operands.enumerated().map { ("x\($0)", $1) })
      let expected = try Interpreter(.perOperation).run(graph, values)
      let actual = try loaded.run(graph.name, values)
      for (result, reference) in zip(graph.results, expected) {
        let difference = actual[result.name]!.relativeDifference(to: reference)
        #expect(
          difference <= Self.tolerance(sample, reference.element),
          "\(sample) on \(level): \(difference), \(actual[result.name]!.numbers.prefix(9)) instead of \(reference.numbers.prefix(9))"
        )
      }
    }
  }
}

@Suite("OpenBLAS as the other matmul")
struct LibraryProductTests {
  @Test("agrees with evaluate")
  func agrees() throws {
    var libraryCalls = 0
    for (index, sample) in OpCatalog.samples.enumerated() where sample.operation is Contract {
      let builder = GraphBuilder("sample\(index)")
      let arguments = sample.operands.enumerated().map { builder.argument("x\($0)", $1.type) }
      builder.result("y", builder.apply(sample.operation, arguments)[0])
      let program = try Program("samples", [try builder.finish()])
      var options = CompilerOptions()
      options.usesCache = false
      options.lowering.matmul = .openblas
      let compiled = try Compiler.compile(program, options)
      libraryCalls += compiled.entries[0].run.steps.count { $0.kernel == "smalti_blas_sgemm" }
      let values = Dictionary(
        uniqueKeysWithValues: sample.operands.enumerated().map { ("x\($0)", $1) })
      let expected = try Interpreter(.perOperation).run(program.graphs[0], values)[0]
      let actual = try LoadedProgram(compiled, threads: 2, seed: Key(0)).run(
        "sample\(index)", values)
      #expect(actual["y"]!.relativeDifference(to: expected) <= 2e-5, "\(sample)")
    }
    #expect(libraryCalls >= 6)
  }
}

/// The levels of x86-64 that this machine can run.
let levels: [TargetLevel] = TargetLevel.host == .x86v4 ? [.x86v3, .x86v4] : [.host]
