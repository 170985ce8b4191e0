import GraphAutodiff
import GraphIR
import GraphOps
import ModelZoo
import NeuralLayers
import TensorCore
import Testing

/// The specification's self-checks of the loss, section 11.
@Suite("SIMONe's loss") struct LossTests {
  private static let tiny: SIMONe = {
    var model = SIMONe.presets.first { $0.name == "tiny" }!.model
    model.noise = .given
    return model
  }()

  /// The results of a graph by name.
  private func run(
    _ graph: Graph, _ arguments: [String: HostTensor], _ parameters: [String: HostTensor] = [:]
  ) throws -> [String: HostTensor] {
    let values = try Interpreter(.exact).run(graph, arguments, parameters: parameters)
    return Dictionary(uniqueKeysWithValues: zip(graph.results.map(\.name), values))
  }

  /// The loss's terms of decoded tensors and latents that are arguments.
  private func terms(
    _ model: SIMONe, _ change: (String, TensorType) -> HostTensor
  ) throws -> [String: Double] {
    let builder = GraphBuilder("terms")
    let places = [model.batch, 2, model.slots, 4, 4]
    let latents = SIMONeLatents(
      objectMean: builder.argument("object_mean", .f32, [model.batch, model.slots, 8]),
      objectLogStd: builder.argument("object_log_std", .f32, [model.batch, model.slots, 8]),
      frameMean: builder.argument("frame_mean", .f32, [model.batch, model.frames, 8]),
      frameLogStd: builder.argument("frame_log_std", .f32, [model.batch, model.frames, 8]))
    let logits = builder.argument("logits", .f32, places)
    let weights = logits.softmax(along: 2)
    let pixels = builder.argument("pixels", .f32, places + [3])
    let decoded = SIMONeDecoded(
      reconstruction: pixels, weights: weights, logits: logits, pixels: pixels)
    let target = builder.argument("target", .f32, [model.batch, 2, 4, 4, 3])
    let terms = SIMONeLoss(model)(decoded, latents, target: target)
    for (name, value) in [
      ("loss", terms.loss), ("pixel", terms.pixel), ("object", terms.object),
      ("frame", terms.frame),
    ] { builder.result(name, value) }
    let graph = try builder.finish().graph
    let arguments = Dictionary(
      uniqueKeysWithValues: graph.arguments.map {
        ($0.name, change($0.name, graph.type($0.value)))
      })
    return try run(graph, arguments).mapValues { $0.reals[0] }
  }

  @Test("latents of the standard normal have no divergence; a mean of 1 has 0.5 a channel")
  func divergences() throws {
    let zero = try terms(Self.tiny) { _, type in HostTensor(type, repeating: 0) }
    #expect(zero["object"] == 0 && zero["frame"] == 0)
    let one = try terms(Self.tiny) { name, type in
      HostTensor(type, repeating: name.hasSuffix("_mean") ? 1 : 0)
    }
    #expect(one["object"] == 4 && abs(one["frame"]! - 4) < 1e-6)
    var two = Self.tiny
    two.batch = 2
    let batch = try terms(two) { name, type in
      HostTensor(type, repeating: name.hasSuffix("_mean") ? 1 : 0)
    }
    #expect(batch["object"] == 4 && abs(batch["frame"]! - 4) < 1e-6)
  }

  @Test("colours that are right give 3 times 1.60679 a pixel, whatever the weights")
  func rightColours() throws {
    for mixture in [SIMONe.Mixture.perChannel, .joint] {
      var model = Self.tiny
      model.mixture = mixture
      let found = try terms(model) { name, type in
        name == "logits"
          ? .noise(type)
          : HostTensor(type, repeating: name.hasPrefix("o") || name.hasPrefix("f") ? 0 : 0.5)
      }
      #expect(abs(found["pixel"]! + 4.8204) < 1e-4, "\(mixture)")
      #expect(abs(found["loss"]! - 0.2 * found["pixel"]!) < 1e-6)
    }
  }

  @Test("channels choose their slot each, or jointly")
  func mixtures() throws {
    func pixel(_ mixture: SIMONe.Mixture) throws -> Double {
      var model = Self.tiny
      model.mixture = mixture
      // Slot 0 has the first channel right, all others the second and third.
      return try terms(model) { name, type in
        guard name == "pixels" else { return HostTensor(type, repeating: 0) }
        return HostTensor(
          type,
          reals: (0..<type.shape.count).map { index in
            let (channel, slot) = (index % 3, index / 48 % 16)
            return (slot == 0) == (channel == 0) ? 0 : 1
          })
      }["pixel"]!
    }
    // Each channel finds a slot; together, none has all three.
    #expect(try pixel(.perChannel) < 1)
    #expect(try pixel(.joint) > 50)
  }

  @Test("numbers that a schedule gives are used as those of the options")
  func scheduled() throws {
    var other = Self.tiny
    (other.sigmaX, other.alpha, other.betaObject, other.betaFrame) = (0.25, 0.5, 0.125, 0.0625)
    let given = ["sigma_x": 0.25, "alpha": 0.5, "beta_o": 0.125, "beta_f": 0.0625]
    let expected = try terms(other) { name, type in .noise(type, name) }
    let found = try terms(Self.tiny.scheduling(SIMONe.schedulable)) { name, type in
      given[name].map { HostTensor(type, repeating: $0) } ?? .noise(type, name)
    }
    for (name, value) in expected {
      #expect(abs(found[name]! - value) < 1e-5 * abs(value), "\(name)")
    }
    let usual = try terms(Self.tiny) { name, type in .noise(type, name) }
    #expect(abs(usual["loss"]! - expected["loss"]!) > 1)
  }

  @Test("far colours are finite, where densities alone would be 0")
  func farColours() throws {
    let found = try terms(Self.tiny) { name, type in
      HostTensor(type, repeating: name == "pixels" ? 30 : 0)
    }
    #expect(abs(found["pixel"]! - 3 * (900 / (2 * 0.0064) - 1.60679)) < 10)
  }

  @Test("the gradient of the mask logits sums to zero over each clip")
  func logitsGradient() throws {
    let model = Self.tiny
    let builder = GraphBuilder("loss")
    let raw = builder.argument("raw", .f32, [1, 2, 16, 4, 4])
    let logits = raw.normalized(along: 1, 2, 3, 4)
    let pixels = builder.argument("pixels", .f32, [1, 2, 16, 4, 4, 3])
    let target = builder.argument("target", .f32, [1, 2, 4, 4, 3])
    let zeros = builder.constant(HostTensor(.f32([1, 16, 8]), repeating: 0))
    let frames = builder.constant(HostTensor(.f32([1, 6, 8]), repeating: 0))
    let decoded = SIMONeDecoded(
      reconstruction: pixels, weights: logits.softmax(along: 2), logits: logits, pixels: pixels)
    let latents = SIMONeLatents(
      objectMean: zeros, objectLogStd: zeros, frameMean: frames, frameLogStd: frames)
    builder.result("loss", SIMONeLoss(model)(decoded, latents, target: target).loss)
    let graph = try builder.finish().graph.differentiated("loss", withRespectTo: ["raw"])
    let arguments = Dictionary(
      uniqueKeysWithValues: graph.arguments.map { input in
        (input.name, HostTensor.noise(graph.type(input.value), input.name))
      })
    let gradient = try run(graph, arguments)["gradient.raw"]!.reals
    let size = gradient.reduce(0) { $0 + abs($1) }
    #expect(size > 1e-3)
    #expect(abs(gradient.reduce(0, +)) < 1e-9 * size)
  }

  @Test("frames are a sorted subset, and each is as likely as another")
  func subsets() throws {
    let builder = GraphBuilder("subset")
    builder.result("frames", builder.argument("key", .u64([])).randomSubset(3, of: 8))
    let graph = try builder.finish().graph
    var counts = [Int](repeating: 0, count: 8)
    for number in 0..<2000 as Range<UInt64> {
      let frames = try run(graph, ["key": .u64([], [number])])["frames"]!.integers
      #expect(frames.count == 3 && frames[0] < frames[1] && frames[1] < frames[2])
      for frame in frames { counts[Int(frame)] += 1 }
    }
    // 750 each on average, with a deviation of 22.
    #expect(counts.allSatisfy { abs($0 - 750) < 110 }, "\(counts)")
  }

  @Test("its entry point draws frames and noise from a key, or takes them")
  func arguments() throws {
    var drawn = Self.tiny
    drawn.noise = .drawn
    let names = { (model: SIMONe) in
      try model.program(entries: ["loss"]).graphs[0].arguments.map(\.name)
    }
    #expect(try names(drawn) == ["video", "key"])
    #expect(try names(Self.tiny) == ["video", "time_indices", "object_noise", "frame_noise"])
    #expect(try SIMONe().program().graphs.map(\.name) == SIMONe.entries)
  }
}
