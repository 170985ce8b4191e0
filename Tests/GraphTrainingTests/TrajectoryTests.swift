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
/// noise: `tools/fixtures/torch_training.py` wrote them.
///
/// `published` takes minutes and runs only where `SMALTI_EXHAUSTIVE` names `training`.
@Suite("Training trajectories") struct TrajectoryTests {
  struct Fixture: Decodable {
    var weightSeed: UInt64
    var videoSeed: UInt64
    var key: UInt64
    var losses: [Double]
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

  /// The largest relative differences of losses and of gradient norms.
  private func differences(
    _ size: String, _ memory: MemoryPolicy
  ) throws -> (losses: Double, norms: Double) {
    let fixture = try Fixture(size)
    let model = try #require(SIMONe.presets.first { $0.name == size }).model
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
    var worst = (losses: 0.0, norms: 0.0)
    for (index, (loss, norm)) in zip(fixture.losses, fixture.gradientNorms).enumerated() {
      let stream = Key(fixture.videoSeed).folded("video").folded(UInt64(index))
      let video = HostTensor(type, converting: (0..<type.shape.count).map(stream.uniform(at:)))
      let inputs = [
        "video": AlignedBytes(video.bytes),
        "key": AlignedBytes(HostTensor.u64([], [fixture.key]).bytes),
      ]
      try session.run(inputs, into: outputs)
      worst.losses = max(worst.losses, abs(number("loss") - loss) / abs(loss))
      worst.norms = max(worst.norms, abs(number("gradient_norm") - norm) / abs(norm))
    }
    return worst
  }

  @Test("losses of tiny follow PyTorch's within 1e-4", arguments: [MemoryPolicy.keep, .low])
  func tiny(_ memory: MemoryPolicy) throws {
    let found = try differences("tiny", memory)
    #expect(found.losses < 1e-4, "\(found)")
    #expect(found.norms < 1e-3, "\(found)")
  }

  private static let isExhaustive =
    ProcessInfo.processInfo.environment["SMALTI_EXHAUSTIVE"]?.contains("training") == true

  @Test(
    "losses of published follow PyTorch's within 1e-4", .enabled(if: isExhaustive),
    arguments: [MemoryPolicy.auto, .low])
  func published(_ memory: MemoryPolicy) throws {
    let found = try differences("published", memory)
    print("published, \(memory): losses within \(found.losses), norms within \(found.norms)")
    #expect(found.losses < 1e-4, "\(found)")
  }
}

extension [Int] {
  fileprivate var asShape: Shape { try! Shape(checking: self) }
}
