import GraphCompiler
import GraphIR
import GraphLowering
import GraphTraining
import ModelZoo
import SmaltiRuntime
import TensorCore
import Testing

/// The whole step of tiny SIMONe as machine code.
@Suite("The compiled step") struct CompiledStepTests {
  private static let program: Program = {
    let tiny = SIMONe.presets.first { $0.name == "tiny" }!.model
    let step = TrainingStep(Adam(), schedule: .constant(2e-4), gradientClip: 5)
    return try! step.program(tiny.program(entries: ["loss"]))
  }()

  private static func compiled(_ memory: MemoryPolicy) throws -> CompiledProgram {
    var options = CompilerOptions()
    options.lowering.memory = memory
    return try Compiler.compile(program, options)
  }

  private static let compiled = try! compiled(.keep)

  private static let inputs: [String: HostTensor] = {
    let type = TensorType.f32([1, 6, 32, 32, 3])
    let video = HostTensor(
      type, converting: (0..<type.shape.count).map { Key(3).uniform(at: $0) })
    return ["key": .u64([], [11]), "video": video]
  }()

  /// All parameters and states after some steps, by path.
  private func stored(
    _ compiled: CompiledProgram, after steps: Int, threads: Int
  ) throws -> [String: [UInt8]] {
    let loaded = try LoadedProgram(compiled, threads: threads, seed: Key(0))
    let session = try loaded.session("step")
    let inputs = Self.inputs.mapValues { AlignedBytes($0.bytes) }
    for _ in 0..<steps { _ = try session.run(inputs) }
    return loaded.states.mapValues { state in
      withExtendedLifetime(state) { [UInt8](state.bytes) }
    }
  }

  @Test(
    "parameters have the same bits after 50 steps on 1, 2 and 3 threads",
    arguments: [MemoryPolicy.keep, .low])
  func sameBits(_ memory: MemoryPolicy) throws {
    let compiled = try Self.compiled(memory)
    let one = try stored(compiled, after: 50, threads: 1)
    #expect(one.count == Self.program.parameters.count + Self.program.states.count)
    #expect(try stored(compiled, after: 50, threads: 2) == one)
    #expect(try stored(compiled, after: 50, threads: 3) == one)
    #expect(try stored(compiled, after: 49, threads: 2) != one)
  }

  @Test("a step on a clip that is not finite leaves every bit but the counters")
  func skipsWhatIsNotFinite() throws {
    let loaded = try LoadedProgram(Self.compiled, seed: Key(0))
    let session = try loaded.session("step")
    let good = Self.inputs.mapValues { AlignedBytes($0.bytes) }
    _ = try session.run(good)
    func bytes() -> [String: [UInt8]] {
      loaded.states.mapValues { state in withExtendedLifetime(state) { [UInt8](state.bytes) } }
    }
    let before = bytes()
    var bad = good
    let video = Self.inputs["video"]!.mappingReals { $0 < 0.5 ? .nan : $0 }
    bad["video"] = AlignedBytes(video.bytes)
    _ = try session.run(bad)
    let after = bytes()
    let changed = before.keys.filter { before[$0] != after[$0] }.sorted()
    #expect(changed == ["training.batches", "training.skipped", "training.steps"])
    #expect(after["training.skipped"]?.first == 1)
    // And training goes on.
    _ = try session.run(good)
    #expect(bytes()["decoder.output.bias"] != after["decoder.output.bias"])
  }

  @Test("losses and gradient norms follow the interpreter's")
  func followsTheInterpreter() throws {
    let loaded = try LoadedProgram(Self.compiled, seed: Key(0))
    let session = try loaded.session("step")
    let graph = try Self.program.entry("step")
    var stored: [String: HostTensor] = [:]
    for entry in Self.program.parameters + Self.program.states {
      stored[entry.path] = entry.initialValue(seed: Key(0))
    }
    for step in 0..<3 {
      let outputs = try session.run(Self.inputs.mapValues { AlignedBytes($0.bytes) })
      let meant = try Interpreter(.exact).run(graph, Self.inputs, replacing: &stored)
      for (result, value) in zip(graph.results, meant) {
        let buffer = outputs[result.name]!
        let found = try withExtendedLifetime(buffer) {
          try HostTensor(value.type, bytes: UnsafeRawBufferPointer(buffer.bytes))
        }
        let (a, b) = (found.reals[0], value.reals[0])
        #expect(abs(a - b) <= 1e-5 * abs(b), "\(result.name) of step \(step): \(a), not \(b)")
      }
    }
  }

  @Test("all large states are replaced in place")
  func replacesInPlace() throws {
    let entry = try Self.compiled.entry("step")
    #expect(entry.copiedStates == ["training.steps", "training.skipped"])
    // Nothing of the parameters is prepared outside of the step.
    #expect(entry.prepare.inputs.isEmpty)
  }
}
