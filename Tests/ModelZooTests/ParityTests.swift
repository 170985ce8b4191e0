import GraphIR
import ModelZoo
import TensorCore
import Testing

/// The interpreter's values against PyTorch's, from the same weights, video and noise.
struct ParityTests {
  static let latents = ["frame_log_std", "frame_mean", "object_log_std", "object_mean"]
  static let pictures = ["logits", "pixels", "reconstruction", "weights"]

  static func interpreter(_ rounding: Interpreter.Rounding) -> Fixture.Engine {
    { graph, arguments, parameters in
      try Interpreter(rounding).run(graph, arguments, parameters: parameters)
    }
  }

  /// Every result is within the bound, and there is one for each of `names`.
  static func expectNear(
    _ differences: [String: Double], _ names: [String],
    _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(differences.keys.sorted() == names, sourceLocation: location)
    for (name, difference) in differences {
      #expect(difference <= Fixture.bound, "\(name)", sourceLocation: location)
    }
  }

  @Test("the video is the fixture's", arguments: ["tiny", "published"])
  func drawsVideo(preset: String) throws {
    let fixture = try Fixture(preset)
    let graph = try fixture.program([], ["encode"]).graphs[0]
    let video = try #require(fixture.arguments(of: graph)["video"])
    #expect(try fixture.difference(of: video, to: "video") == 0)
  }

  @Test(
    "tiny encodes as PyTorch does, exactly and with every result rounded to f32",
    arguments: [Interpreter.Rounding.exact, .perOperation])
  func encodesTiny(rounding: Interpreter.Rounding) throws {
    let fixture = try Fixture("tiny")
    let program = try fixture.program([], ["encode"])
    let differences = try fixture.differences(
      of: program.graphs[0], with: Fixture.parameters(of: program), on: Self.interpreter(rounding))
    Self.expectNear(differences, Self.latents)
  }

  /// Large weights of the heads carry log deviations beyond both ends.
  @Test("the clamp of log deviations is PyTorch's")
  func clampsTiny() throws {
    let fixture = try Fixture("tiny")
    let program = try fixture.program([], ["encode"])
    var parameters = Fixture.parameters(of: program)
    for head in ["object_head", "frame_head"] {
      let path = "encoder.\(head).output.weight"
      parameters[path] = parameters[path]?.mappingReals { $0 * 32 }
    }
    let differences = try fixture.differences(
      of: program.graphs[0], "clamped.", with: parameters, on: Self.interpreter(.exact))
    Self.expectNear(differences, Self.latents)
  }

  @Test("tiny decodes latent means as PyTorch does: all frames, all pixels")
  func decodesTiny() throws {
    let fixture = try Fixture("tiny")
    let program = try fixture.program([], ["decode"])
    let differences = try fixture.differences(
      of: program.graphs[0], "full.", with: Fixture.parameters(of: program),
      on: Self.interpreter(.exact))
    Self.expectNear(differences, Self.pictures)
  }

  @Test(
    "tiny decodes samples as PyTorch does: chosen frames, every second pixel",
    arguments: ["given", "drawn"])
  func decodesTinySamples(noise: String) throws {
    let fixture = try Fixture("tiny")
    let program = try fixture.program(["latents=sample", "noise=\(noise)"], ["decode_train"])
    let differences = try fixture.differences(
      of: program.graphs[0], "train.", with: Fixture.parameters(of: program),
      on: Self.interpreter(.exact))
    Self.expectNear(differences, Self.pictures)
  }

  /// A small decoder suffices: what stays to be shown is how `whole` connects its parts.
  @Test("tiny's whole is its encoder, then its decoder")
  func connectsTiny() throws {
    let fixture = try Fixture("tiny")
    let settings = ["batch=1", "decoder_layers=1", "decoder_width=8"]
    let program = try fixture.program(settings, ["encode", "decode", "whole"])
    let parameters = Fixture.parameters(of: program)
    let run = Self.interpreter(.exact)
    let whole = program.graphs[2]
    let clip = try fixture.arguments(of: whole)
    let results = try run(whole, clip, parameters)
    let latents = try run(program.graphs[0], clip, parameters)
    #expect(Array(results[4...]) == latents)
    let names = program.graphs[0].results.map(\.name)
    let pictures = try run(
      program.graphs[1], Dictionary(uniqueKeysWithValues: zip(names, latents)), parameters)
    #expect(Array(results[..<4]) == pictures)
  }

  @Test("the published encoder gives PyTorch's latents")
  func encodesPublished() throws {
    let fixture = try Fixture("published")
    let program = try fixture.program([], ["encode"])
    let differences = try fixture.differences(
      of: program.graphs[0], with: Fixture.parameters(of: program), on: Self.interpreter(.exact))
    Self.expectNear(differences, Self.latents)
  }

  /// A difference that is not there must not pass either.
  @Test("the comparison sees a wrong value, a wrong shape and a missing tensor")
  func comparisonSees() throws {
    let fixture = try Fixture("tiny")
    let stored = try fixture.file.tensor("object_mean")
    #expect(try fixture.difference(of: stored, to: "object_mean") == 0)
    var values = stored.reals
    let peak = values.map(abs).max()!
    values[5] += 2e-4 * peak
    let off = HostTensor(stored.type, reals: values)
    #expect(try fixture.difference(of: off, to: "object_mean") > Fixture.bound)
    let flat = stored.reshaped(to: Shape(trusted: [stored.count]))
    #expect(try fixture.difference(of: flat, to: "object_mean") == .infinity)
    #expect(try fixture.difference(of: stored, to: "full.logits") == .infinity)
    #expect(throws: Diagnostic.self) { try fixture.difference(of: stored, to: "nothing") }
  }
}
