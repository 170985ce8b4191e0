import Foundation
import GraphCompiler
import GraphIR
import GraphLowering
import GraphTraining
import ModelZoo
import SmaltiRuntime
import TensorCore
import Testing

/// Losses of 20 compiled steps of SIMONe against PyTorch's, from the same weights, batches, frames and
/// noise: `tools/fixtures/torch_training.py` wrote them, in f32 and in f64.
///
/// At `published` rounding alone takes PyTorch's f32 further from its f64 than 1e-4 (see
/// docs/training.md): that goal is missed there, and said to be. What must hold is that ours is no further
/// from f64 than PyTorch's f32. It takes minutes and runs only where `SMALTI_EXHAUSTIVE` names `training`.
@Suite("Training trajectories") struct TrajectoryTests {
  struct Fixture: Decodable {
    var weightSeed: UInt64
    var videoSeed: UInt64
    var key: UInt64
    var losses: [Double]
    var lossesInF64: [Double]
    var gradientNorms: [Double]

    init(_ size: String) throws {
      let url = try #require(
        Bundle.module.url(
          forResource: "simone-\(size)-losses", withExtension: "json", subdirectory: "Fixtures"))
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      self = try decoder.decode(Fixture.self, from: Data(contentsOf: url))
    }
  }

  /// The losses and gradient norms of the fixture's steps.
  private func trajectory(
    _ fixture: Fixture, _ model: SIMONe, _ memory: MemoryPolicy
  ) throws -> (losses: [Double], norms: [Double]) {
    let step = TrainingStep(
      Adam(), schedule: .constant(model.learningRate), gradientClip: model.gradientClip)
    let program = try step.program(model.program(entries: [SIMONe.lossEntry]))
    var options = CompilerOptions()
    options.lowering.memory = memory
    options.lowering.memoryLimit = 4_000_000_000
    let loaded = try LoadedProgram(
      Compiler.compile(program, options), seed: Key(fixture.weightSeed))
    let session = try loaded.session(TrainingStep.entry)
    let type = TensorType.f32([1, model.frames, model.size, model.size, 3].asShape)
    let outputs = Dictionary(
      uniqueKeysWithValues: session.outputs.map {
        ($0.name, AlignedBytes(byteCount: $0.byteCount))
      })
    func number(_ name: String) -> Double {
      Double(outputs[name]!.bytes.loadUnaligned(as: Float.self))
    }
    var found: (losses: [Double], norms: [Double]) = ([], [])
    for index in fixture.losses.indices {
      let stream = Key(fixture.videoSeed).folded("video").folded(UInt64(index))
      let video = HostTensor(type, converting: (0..<type.shape.count).map(stream.uniform(at:)))
      let inputs = [
        "video": AlignedBytes(video.bytes),
        "key": AlignedBytes(HostTensor.u64([], [fixture.key]).bytes),
      ]
      try session.run(inputs, into: outputs)
      found.losses.append(number("loss"))
      found.norms.append(number("gradient_norm"))
    }
    return found
  }

  /// Relative distances, step by step.
  private func distances(_ found: [Double], _ meant: [Double]) -> [Double] {
    zip(found, meant).map { abs($0 - $1) / abs($1) }
  }

  /// The tiny sizes of the specification; the preset's differ.
  private static let narrow: SIMONe = {
    var model = SIMONe.presets.first { $0.name == "tiny" }!.model
    (model.feedForward, model.headHidden) = (160, 128)
    (model.decoderLayers, model.decoderWidth) = (5, 64)
    model.logStdClamp = SIMONe().logStdClamp
    return model
  }()

  @Test("losses of small sizes follow PyTorch's within 1e-4", arguments: [MemoryPolicy.keep, .low])
  func narrow(_ memory: MemoryPolicy) throws {
    let fixture = try Fixture("narrow")
    let found = try trajectory(fixture, Self.narrow, memory)
    #expect(distances(found.losses, fixture.losses).max()! < 1e-4)
    #expect(distances(found.losses, fixture.lossesInF64).max()! < 1e-4)
    #expect(distances(found.norms, fixture.gradientNorms).max()! < 1e-3)
  }

  private static let isExhaustive =
    ProcessInfo.processInfo.environment["SMALTI_EXHAUSTIVE"]?.contains("training") == true

  @Test(
    "losses of published follow PyTorch's, as far as its own f32 follows its f64",
    .enabled(if: isExhaustive), arguments: [MemoryPolicy.auto, .low])
  func published(_ memory: MemoryPolicy) throws {
    let fixture = try Fixture("published")
    let found = try trajectory(fixture, SIMONe(), memory).losses
    let (ours, theirs) = (
      distances(found, fixture.lossesInF64), distances(fixture.losses, fixture.lossesInF64)
    )
    print(
      "published, \(memory): from f64 \(ours.max()!), PyTorch's f32 \(theirs.max()!), "
        + "from one another \(distances(found, fixture.losses).max()!)")
    withKnownIssue("no f32 program stays within 1e-4 of another one here") {
      #expect(distances(found, fixture.losses).max()! < 1e-4)
    }
    #expect(ours.max()! <= theirs.max()!, "\(ours)")
    // What comes before rounding has grown.
    #expect(ours[..<3].max()! < 2e-5, "\(ours)")
  }
}

extension [Int] {
  fileprivate var asShape: Shape { try! Shape(checking: self) }
}
