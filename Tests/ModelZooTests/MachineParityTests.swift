import GraphCompiler
import GraphIR
import GraphLowering
import ModelZoo
import SmaltiRuntime
import TensorCore
import Testing

/// Machine code against PyTorch, from the same weights, video and noise.
@Suite("Machine code and PyTorch")
struct MachineParityTests {
  /// The program's entry point as machine code on `threads` threads.
  static func machine(
    _ program: Program, threads: Int = 2, memoryLimit: Int = 1 << 30,
    matmul: MatmulProvider = .smalti, fuses: Bool = true
  ) -> Fixture.Engine {
    { graph, arguments, _ in
      var options = CompilerOptions()
      options.usesCache = false
      options.lowering.memoryLimit = memoryLimit
      options.lowering.matmul = matmul
      options.lowering.fuses = fuses
      let loaded = try LoadedProgram(
        Compiler.compile(program, options), threads: threads, seed: Key(7))
      let results = try loaded.run(graph.name, arguments)
      return graph.results.map { results[$0.name]! }
    }
  }

  static func expectParity(
    _ preset: String, _ entry: String, _ settings: [String] = [], _ prefix: String = ""
  ) throws {
    let fixture = try Fixture(preset)
    let program = try fixture.program(settings, [entry])
    let differences = try fixture.differences(
      of: program.graphs[0], prefix, with: [:], on: machine(program))
    #expect(differences.count == program.graphs[0].results.count)
    for (name, difference) in differences {
      #expect(difference <= Fixture.bound, "\(preset) \(entry) \(name)")
    }
  }

  @Test("encodes as PyTorch does", arguments: ["tiny", "published"])
  func encodes(preset: String) throws { try Self.expectParity(preset, "encode") }

  @Test("decodes latent means as PyTorch does", arguments: ["tiny", "published"])
  func decodes(preset: String) throws { try Self.expectParity(preset, "decode", [], "full.") }

  @Test(
    "decodes samples as PyTorch does",
    arguments: ["tiny", "published"], ["given", "drawn"])
  func decodesSamples(preset: String, noise: String) throws {
    try Self.expectParity(
      preset, "decode_train", ["latents=sample", "noise=\(noise)"], "train.")
  }

  /// Everything tiny's entry points give, as bits.
  static func bits(_ entry: String, threads: Int, memoryLimit: Int = 1 << 30) throws -> [[UInt8]] {
    let fixture = try Fixture("tiny")
    let program = try fixture.program(["batch=1", "latents=sample"], [entry])
    let graph = program.graphs[0]
    var arguments: [String: HostTensor] = [:]
    for input in graph.arguments {
      let type = graph.type(input.value)
      arguments[input.name] =
        input.name == "key"
        ? .u64([], [5])
        : input.name == "time_indices" ? .i32([3], [0, 2, 5]) : .noise(type, input.name)
    }
    return try machine(program, threads: threads, memoryLimit: memoryLimit)(graph, arguments, [:])
      .map(\.bytes)
  }

  @Test("gives the same bits on 1, 2, 3 and 7 threads", arguments: SIMONe.entries)
  func sameBits(entry: String) throws {
    let reference = try Self.bits(entry, threads: 1)
    for threads in [2, 3, 7] { #expect(try Self.bits(entry, threads: threads) == reference) }
  }

  @Test("gives the same bits unfused in slices of frames", arguments: MatmulProvider.allCases)
  func sameBitsInSlices(matmul: MatmulProvider) throws {
    let program = try Zoo.model("simone:tiny").program(entries: ["decode"])
    let graph = program.graphs[0]
    var arguments: [String: HostTensor] = [:]
    for input in graph.arguments {
      arguments[input.name] = .noise(graph.type(input.value), input.name)
    }
    let whole = try Self.machine(program, memoryLimit: .max, matmul: matmul, fuses: false)(
      graph, arguments, [:])
    let sliced = try Self.machine(program, memoryLimit: 1 << 20, matmul: matmul, fuses: false)(
      graph, arguments, [:])
    for (a, b) in zip(whole, sliced) {
      #expect(matmul == .smalti ? a == b : a.relativeDifference(to: b) <= 1e-5)
    }
    let plans = try [Int.max, 1 << 20].map { limit in
      var options = CompilerOptions()
      options.usesCache = false
      options.lowering.memoryLimit = limit
      options.lowering.matmul = matmul
      options.lowering.fuses = false
      return try Compiler.compile(program, options).entries[0].run
    }
    #expect(plans[1].steps.count > plans[0].steps.count)
    #expect(plans[1].arenaByteCount * 4 < plans[0].arenaByteCount)
    #expect(plans[1].flops == plans[0].flops)
  }
}
