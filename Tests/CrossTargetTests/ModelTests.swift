import Foundation
import GraphCompiler
import GraphIR
import GraphLowering
import LLVMBackend
import LLVMEmission
import ModelZoo
import TensorCore
import TensorFiles
import Testing
import TileIR

/// SIMONe's tiny preset as a program of C for AArch64, under qemu: kernels as an object, run by
/// the C runtime.
@Suite("A model on AArch64")
struct ModelTests {
  /// max |difference| of an f32 computation that is right, as a part of max |value|: the bound that
  /// every engine of ours is held to.
  static let bound = 1e-4

  @Test(
    "gives PyTorch's stored outputs", arguments: [("encode", ""), ("decode_train", "train.")])
  func givesStoredOutputs(_ entry: String, _ prefix: String) async throws {
    let file = try SafetensorsFile(
      reading: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "ModelZooTests/Fixtures/simone-tiny.safetensors").path)
    // The fixture has the published bounds of deviations.
    var options = [
      "batch=\(try file.type(of: "object_mean").shape[0])", "log_std_clamp=-10,3",
    ]
    if entry == "decode_train" { options += ["latents=sample", "noise=given"] }
    let outputs = try await outputs(of: entry, options) { name, type in
      // The video and the noise come from their streams, the rest as stored; `tools/fixtures`
      // made them so.
      switch name {
      case "video": Self.drawn(type, Key(11).folded("video").uniform(at:))
      case "object_noise", "frame_noise": Self.drawn(type, Key(13).folded(name).normal(at:))
      case "time_indices": try file.tensor("train.time_indices")
      default: try file.tensor(name)
      }
    }
    #expect(outputs.machine.count >= 4)
    for (name, value) in outputs.machine {
      let difference = try Self.difference(of: value, to: prefix + name, in: file)
      #expect(difference <= Self.bound, "\(entry) \(name)")
    }
  }

  @Test("gives the outputs of this machine's level, to rounding")
  func givesOutputsOfOtherLevel() async throws {
    let options = ["batch=1", "frames=2", "slots=2"]
    let outputs = try await outputs(of: "decode", options) { name, type in
      Self.drawn(type, Key(5).folded(name).normal(at:))
    }
    let loaded = try LoadedProgram(
      Compiler.compile(outputs.program), threads: 1, seed: Self.weights)
    let reference = try loaded.run("decode", outputs.arguments)
    #expect(reference.count == outputs.machine.count)
    for (name, value) in outputs.machine {
      let difference = try value.relativeDifference(to: #require(reference[name]))
      #expect(difference <= Self.bound, "\(name)")
    }
  }

  // MARK: - Runs

  private static let weights = Key(7)

  private struct Outputs {
    var program: Program
    var arguments: [String: HostTensor]
    var machine: [String: HostTensor]
  }

  /// What an entry point gives as a program for AArch64; the same bits on 1 and 3 threads.
  private func outputs(
    of entry: String, _ options: [String],
    _ argument: (String, TensorType) throws -> HostTensor
  ) async throws -> Outputs {
    let program = try Zoo.model("simone:tiny", options).program(entries: [entry])
    let graph = program.graphs[0]
    let plan = try EntryPlan(graph, .aarch64)
    let arguments = try Dictionary(
      uniqueKeysWithValues: graph.arguments.map {
        ($0.name, try argument($0.name, graph.type($0.value)))
      })
    let parameters = Dictionary(
      uniqueKeysWithValues: program.parameters.map {
        ($0.path, $0.initialValue(seed: Self.weights))
      })
    let bytes = try await CrossBuild.with { build in
      let text = ModuleEmitter(vectorByteCount: TargetLevel.aarch64.vectorByteCount)
        .text(plan.kernels)
      try build.write(try ObjectCompiler(.aarch64).object(text), to: "model.o")
      try build.linkDriver([plan], ["model.o"], to: "model")
      let runs = try [1, 3].map { threads in
        try build.outputs("model", [plan], threads: threads) {
          arguments[$1] ?? parameters[$1]!
        }
      }
      // As one word: a report on all bytes that differ would take longer than the run.
      let isSame = runs[0] == runs[1]
      #expect(isSame, "\(entry)")
      return runs[0]
    }
    #expect(bytes.count == plan.run.outputs.reduce(0) { $0 + $1.byteCount })
    var rest = bytes[...]
    var machine: [String: HostTensor] = [:]
    for result in graph.results {
      let type = graph.type(result.value)
      let byteCount = type.shape.count * type.element.byteCount
      machine[result.name] = try HostTensor(type, bytes: Array(rest.prefix(byteCount)))
      rest = rest.dropFirst(byteCount)
    }
    return Outputs(program: program, arguments: arguments, machine: machine)
  }

  private static func drawn(_ type: TensorType, _ element: (Int) -> Double) -> HostTensor {
    HostTensor(type, converting: (0..<type.shape.count).map(element))
  }

  /// max |difference| / max |value| from a stored tensor, which may be whole or stored at sampled
  /// places.
  private static func difference(
    of value: HostTensor, to name: String, in file: SafetensorsFile
  ) throws -> Double {
    if file.names.contains(name) { return value.relativeDifference(to: try file.tensor(name)) }
    let places = try file.tensor("\(name).indices").integers
    let stored = try file.tensor("\(name).values")
    let sampled = HostTensor(stored.type, reals: places.map { value.reals[Int($0)] })
    return sampled.relativeDifference(to: stored)
  }
}
