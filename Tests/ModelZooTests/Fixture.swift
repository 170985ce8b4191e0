import Foundation
import GraphIR
import ModelZoo
import TensorCore
import TensorFiles

/// PyTorch's values for one preset of SIMONe, and the inputs they were computed from; see
/// `tools/fixtures/README.md`.
///
/// Whatever runs a graph can be compared: an ``Engine`` takes an entry point and its inputs.
struct Fixture {
  let preset: String
  let file: SafetensorsFile
  /// Clips in the fixture's batch.
  let batch: Int

  /// Results by name, from an entry point, its arguments and its parameters.
  typealias Engine = (Graph, [String: HostTensor], [String: HostTensor]) throws -> [HostTensor]

  init(_ preset: String) throws {
    self.preset = preset
    let path = RepositoryFile("Tests/ModelZooTests/Fixtures/simone-\(preset).safetensors").url.path
    file = try SafetensorsFile(reading: path)
    batch = try file.type(of: "object_mean").shape[0]
  }

  /// max |difference| of an f32 computation that is right, as a part of max |value|.
  static let bound = 1e-4
}

// MARK: - Inputs
extension Fixture {
  /// The fixture's model with these settings, and its batch unless they say another. Its deviations have the
  /// published bounds, between which those of seed-made weights lie; all of them are above tiny's.
  func program(_ settings: [String] = [], _ entries: [String]) throws -> Program {
    let own = ["batch=\(batch)", "log_std_clamp=-10,3"]
    return try Zoo.model("simone:\(preset)", own + settings).program(entries: entries)
  }

  /// Seed-made parameters.
  static func parameters(of program: Program) -> [String: HostTensor] {
    let pairs = program.parameters.map { ($0.path, $0.initialValue(seed: Key(7))) }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  /// The arguments of an entry point: latents and time indices as stored, the video and noise from
  /// their streams as f32, the key itself.
  func arguments(of graph: Graph) throws -> [String: HostTensor] {
    var arguments: [String: HostTensor] = [:]
    for input in graph.arguments {
      let type = graph.type(input.value)
      arguments[input.name] =
        switch input.name {
        case "video": Self.drawn(type, Key(11).folded("video").uniform(at:))
        case "key": .u64([], [13])
        case "object_noise", "frame_noise":
          Self.drawn(type, Key(13).folded(input.name).normal(at:))
        case "time_indices": try file.tensor("train.time_indices")
        default: try file.tensor(input.name)
        }
    }
    return arguments
  }

  private static func drawn(_ type: TensorType, _ element: (Int) -> Double) -> HostTensor {
    HostTensor(type, converting: (0..<type.shape.count).map(element))
  }
}

// MARK: - Comparison
extension Fixture {
  /// Runs `graph` and compares every result with the stored tensor of its name after `prefix`.
  /// Returns max |difference| / max |value| by result.
  func differences(
    of graph: Graph, _ prefix: String = "", with parameters: [String: HostTensor],
    on engine: Engine
  ) throws -> [String: Double] {
    let results = try engine(graph, try arguments(of: graph), parameters)
    var differences: [String: Double] = [:]
    for (result, value) in zip(graph.results, results) {
      differences[result.name] = try difference(of: value, to: prefix + result.name)
    }
    return differences
  }

  /// max |difference| / max |value| from the stored tensor `name`, which may be whole or stored at
  /// sampled places; infinite if the shape or a sampled place does not fit.
  func difference(of value: HostTensor, to name: String) throws -> Double {
    if file.names.contains(name) {
      let stored = try file.tensor(name)
      return stored.type == value.type ? value.relativeDifference(to: stored) : .infinity
    }
    let places = try file.tensor("\(name).indices").integers
    let stored = try file.tensor("\(name).values")
    guard places.allSatisfy({ (0..<Int64(value.count)).contains($0) }) else { return .infinity }
    let sampled = HostTensor(stored.type, reals: places.map { value.reals[Int($0)] })
    return sampled.relativeDifference(to: stored)
  }
}
