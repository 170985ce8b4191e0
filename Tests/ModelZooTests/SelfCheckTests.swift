import Foundation
import GraphIR
import GraphOps
import ModelZoo
import NeuralLayers
import TensorCore
import Testing

/// What the specification of SIMONe states in numbers.
struct SelfCheckTests {
  @Test(
    "the parameters are as many as the specification counts",
    arguments: [("simone", 10_998_788), ("simone:small", 4_585_604)])
  func countsParameters(name: String, count: Int) throws {
    #expect(try Zoo.model(name).program().parameterCount == count)
  }

  @Test(
    "each part has the parameters of the table of costs",
    arguments: [
      ("encoder.conv.", 530_816), ("encoder.projection.", 40_960),
      ("encoder.transformer1.", 4_275_456), ("encoder.transformer2.", 4_275_456),
      ("encoder.transformer1.0.", 1_068_864), ("encoder.transformer2.3.", 1_068_864),
      ("encoder.object_head.", 394_304), ("encoder.frame_head.", 394_304),
      ("decoder.", 1_087_492),
    ])
  func countsParts(prefix: String, count: Int) throws {
    let parameters = try SIMONe().program().parameters.filter { $0.path.hasPrefix(prefix) }
    #expect(parameters.reduce(0) { $0 + $1.type.shape.count } == count)
  }

  /// The list comes from `tools/fixtures/list_parameters.py`, which shares no code with this
  /// package.
  @Test("paths, shapes and bounds are those of the fixtures", arguments: ["tiny", "published"])
  func namesParameters(preset: String) throws {
    let lines = try Zoo.model("simone:\(preset)").program().parameters.map { parameter in
      let start =
        switch parameter.initialiser.distribution {
        case .constant(let value): "\(value)"
        case .uniform(let bound): String(format: "%.12f", bound)
        }
      let dimensions = parameter.type.shape.dimensions.map(String.init).joined(separator: "x")
      return "\(parameter.path) \(dimensions) \(start)\n"
    }
    let list = "Tests/ModelZooTests/Fixtures/simone-\(preset).parameters.txt"
    #expect(try RepositoryFile(list).text == lines.joined())
  }

  @Test("seed-made parameters are those of the fixtures' random stream")
  func makesParametersFromSeed() throws {
    struct Answers: Decodable {
      struct Parameter: Decodable {
        var seed: String
        var path: String
        var shape: [Int]
        var indices: [Int]
        var values: [Double]
      }
      var parameters: [Parameter]
    }
    let text = try RepositoryFile("Tests/TensorCoreTests/Fixtures/philox.json").text
    let answers = try JSONDecoder().decode(Answers.self, from: Data(text.utf8))
    let program = try Zoo.model("simone:tiny").program()
    #expect(answers.parameters.count == 6)
    for answer in answers.parameters {
      let seed = try #require(UInt64(answer.seed.dropFirst(2), radix: 16))
      let parameter = try #require(program.parameter(at: answer.path))
      let value = parameter.initialValue(seed: Key(seed))
      #expect(value.shape.dimensions == answer.shape)
      for (index, expected) in zip(answer.indices, answer.values) {
        #expect(value.reals[index] == expected, "\(answer.path)[\(index)]")
      }
    }
  }

  @Test("the position encoding has the specification's values at (1, 2, 3)")
  func encodesPositions() throws {
    let builder = GraphBuilder("test")
    builder.result("y", SinusoidalEncoding([2, 3, 4], width: 320)(builder))
    let y = try Interpreter().run(builder.finish().graph, [:])[0].reals
    let channels = Array(y[(1 * 12 + 2 * 4 + 3) * 320..<(1 * 12 + 2 * 4 + 4) * 320])
    let golden = [
      0: 0.841471, 1: 0.746769, 53: 0.000119, 54: 0.540302, 107: 1.0, 108: 0.909297,
      161: 0.000237, 162: -0.416147, 216: 0.141120, 269: 0.000356, 270: -0.989992, 319: 1.0,
    ]
    for (channel, value) in golden {
      #expect(abs(channels[channel] - value) < 1e-6, "channel \(channel)")
    }
  }
}

// MARK: - What every entry point takes and gives
extension SelfCheckTests {
  @Test("the published entry points take and give tensors of the specification's shapes")
  func hasPublishedSignatures() throws {
    let latents = [
      "object_mean: f32[1, 16, 32]", "object_log_std: f32[1, 16, 32]",
      "frame_mean: f32[1, 16, 32]", "frame_log_std: f32[1, 16, 32]",
    ]
    let full = [
      "reconstruction: f32[1, 16, 64, 64, 3]", "weights: f32[1, 16, 16, 64, 64]",
      "logits: f32[1, 16, 16, 64, 64]", "pixels: f32[1, 16, 16, 64, 64, 3]",
    ]
    let train = [
      "reconstruction: f32[1, 8, 32, 32, 3]", "weights: f32[1, 8, 16, 32, 32]",
      "logits: f32[1, 8, 16, 32, 32]", "pixels: f32[1, 8, 16, 32, 32, 3]",
    ]
    let video = ["video: f32[1, 16, 64, 64, 3]"]
    let signatures = try SIMONe().program().graphs.map(Signature.init)
    #expect(
      signatures == [
        Signature("encode", video, latents),
        Signature("decode", latents, full),
        Signature("decode_train", latents + ["time_indices: i32[8]"], train),
        Signature("whole", video, full + latents),
      ])
  }

  @Test("tiny's entry points take and give tensors of its sizes, for a batch of two")
  func hasTinySignatures() throws {
    let latents = [
      "object_mean: f32[2, 16, 8]", "object_log_std: f32[2, 16, 8]",
      "frame_mean: f32[2, 6, 8]", "frame_log_std: f32[2, 6, 8]",
    ]
    let full = [
      "reconstruction: f32[2, 6, 32, 32, 3]", "weights: f32[2, 6, 16, 32, 32]",
      "logits: f32[2, 6, 16, 32, 32]", "pixels: f32[2, 6, 16, 32, 32, 3]",
    ]
    let train = [
      "reconstruction: f32[2, 3, 16, 16, 3]", "weights: f32[2, 3, 16, 16, 16]",
      "logits: f32[2, 3, 16, 16, 16]", "pixels: f32[2, 3, 16, 16, 16, 3]",
    ]
    let video = ["video: f32[2, 6, 32, 32, 3]"]
    let signatures = try Zoo.model("simone:tiny", ["batch=2"]).program().graphs.map(Signature.init)
    #expect(
      signatures == [
        Signature("encode", video, latents),
        Signature("decode", latents, full),
        Signature("decode_train", latents + ["time_indices: i32[3]"], train),
        Signature("whole", video, full + latents),
      ])
  }

  @Test("a sample's noise comes from a key, or from two arguments")
  func takesKeyOrNoise() throws {
    func rest(_ settings: [String], _ entry: String) throws -> [String] {
      let program = try Zoo.model("simone:tiny", settings).program(entries: [entry])
      return Array(Signature(program.graphs[0]).arguments.dropFirst(entry == "whole" ? 1 : 4))
    }
    #expect(try rest(["noise=given"], "decode") == [])
    #expect(try rest(["latents=sample"], "decode") == ["key: u64[]"])
    #expect(try rest(["latents=sample"], "whole") == ["key: u64[]"])
    #expect(
      try rest(["latents=sample"], "decode_train") == ["time_indices: i32[3]", "key: u64[]"])
    #expect(
      try rest(["latents=sample", "noise=given"], "decode_train") == [
        "time_indices: i32[3]", "object_noise: f32[1, 3, 16, 16, 16, 8]",
        "frame_noise: f32[1, 3, 16, 16, 16, 8]",
      ])
    #expect(
      try rest(["latents=sample", "noise=given"], "decode") == [
        "object_noise: f32[1, 6, 16, 32, 32, 8]", "frame_noise: f32[1, 6, 16, 32, 32, 8]",
      ])
  }
}

/// Names and types of an entry point, as a person would write them.
struct Signature: Equatable {
  var name: String
  var arguments: [String]
  var results: [String]

  init(_ name: String, _ arguments: [String], _ results: [String]) {
    self.name = name
    self.arguments = arguments
    self.results = results
  }

  init(_ graph: Graph) {
    self.init(
      graph.name, graph.arguments.map { "\($0.name): \(graph.type($0.value))" },
      graph.results.map { "\($0.name): \(graph.type($0.value))" })
  }
}
