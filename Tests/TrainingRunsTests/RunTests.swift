import ClipData
import Foundation
import GraphCompiler
import GraphIR
import SmaltiRuntime
import TensorCore
import TensorFiles
import Testing
import TrainingRuns

@Suite("runs of training", .serialized)
struct RunTests {
  private func description(_ data: String, _ more: [String] = []) throws -> RunDescription {
    var recipe = Recipe()
    (recipe.model, recipe.data) = ("simone:tiny", data)
    try recipe.add(
      smallModel + [
        "batch=2", "steps=24", "log_every=1", "val_every=5", "val_batches=2", "val_batch_size=2",
        "held_out=6", "checkpoint_every=4", "keep=2", "shuffle=8",
      ] + more)
    return try RunDescription(recipe)
  }

  private func run(
    _ description: RunDescription, _ folder: RunFolder, resumes: Bool = false
  ) throws -> TrainingRun {
    var settings = RunSettings(folder)
    settings.resumes = resumes
    settings.threads = 1
    let key = Key(description.options.seed)
    return try TrainingRun(description, settings) { AlignedBytes($0.initialValue(seed: key).bytes) }
  }

  /// A folder with data, and a run in it that was not stopped: made once, copied for each test.
  private static let finished = Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try writeSprites(30, to: "\(folder.path)/data")
    let tests = RunTests()
    let description = try tests.description("\(folder.path)/data", tests.rich)
    #expect(try tests.run(description, RunFolder("\(folder.path)/whole")).run() == .done)
    return folder.path
  }

  /// With everything that has a state of its own.
  private var rich: [String] { ["micro_batches=2", "average_decay=0.9"] }

  private func withRun(_ body: (String, RunDescription, RunFolder) throws -> Void) throws {
    let finished = try Self.finished.get()
    try withFolder { folder in
      try FileManager.default.copyItem(atPath: "\(finished)/whole", toPath: "\(folder)/whole")
      try body(
        folder, description("\(finished)/data", rich), RunFolder("\(folder)/whole"))
    }
  }

  @Test("a run writes its recipe, its log, the last checkpoints and the best parameters")
  func writes() throws {
    try withRun { folder, description, whole in
      #expect(try text(whole.recipe) == description.yaml)
      let history = try RunHistory(reading: whole.log)
      let trained = history.entries.filter { $0.kind == "train" }
      #expect(trained.map(\.step) == Array(1...24))
      for name in ["loss", "gradient_norm", "learning_rate", "gradient_norm.encoder.conv"] {
        #expect(trained.allSatisfy { $0[name]?.isFinite == true }, "\(name)")
      }
      // The norm of all gradients is that of the modules' norms.
      for entry in trained {
        let modules = entry.values.filter { $0.name.hasPrefix("gradient_norm.") }
        let sum = modules.reduce(0) { $0 + $1.value! * $1.value! }
        #expect(abs(sum.squareRoot() / entry["gradient_norm"]! - 1) < 1e-5)
      }
      let validated = history.entries.filter { $0.kind == "validation" }
      #expect(validated.map(\.step) == [5, 10, 15, 20, 24])
      for name in ["loss", "ari", "ari_f", "ari_f_video", "miou", "msc", "sc", "mse"] {
        #expect(validated.allSatisfy { $0[name]?.isFinite == true }, "\(name)")
      }
      // Training is under way.
      #expect(trained[23]["loss"]! < trained[0]["loss"]!)
      #expect(whole.steps == [24, 20])
      let best = try SafetensorsFile(reading: whole.best)
      let metadata = Dictionary(uniqueKeysWithValues: best.metadata.map { ($0.key, $0.value) })
      #expect(metadata["step"] == history.best.map { "\($0.step)" })
      let scores = try #require(history.best?.values)
      #expect(scores.count > 5)
      for (name, value) in scores where !["loss", "active_slots"].contains(name) {
        // The log has 17 digits of a number, which are nearly its bits.
        let kept = try #require(BestWeights.validation(of: best, name))
        #expect(abs(kept - value!) <= 1e-15 * abs(kept), "\(name)")
      }
      #expect(metadata["model"] == "simone:tiny" && metadata["option.frames"] == "2")
      let parameters = try description.family.program().parameters
      try best.requireExactly(parameters.map { ($0.path, $0.type) })
    }
  }

  @Test(
    "stopped after any step, a run goes on as if it had not been", arguments: [0, 4, 13])
  func goesOn(_ stop: Int) throws {
    try withRun { folder, description, whole in
      let parted = RunFolder("\(folder)/parted")
      try begin(description, parted, stoppingAfter: stop)
      #expect(try run(description, parted, resumes: true).run() == .done)
      #expect(try lines(parted) == lines(whole))
      for (a, b) in [(parted.best, whole.best), (checkpoint(parted), checkpoint(whole))] {
        let (left, right) = (try SafetensorsFile(reading: a), try SafetensorsFile(reading: b))
        #expect(left.names == right.names)
        for name in left.names {
          #expect(try left.bytes(of: name).bytes == right.bytes(of: name).bytes, "\(name)")
        }
      }
    }
  }

  /// Lets go of the folder's lock before it returns.
  private func begin(
    _ description: RunDescription, _ folder: RunFolder, stoppingAfter step: Int
  ) throws {
    let run = try run(description, folder)
    #expect(try run.run(until: { run.stepCount == step }) == .stopped)
    #expect(run.stepCount == step)
  }

  private let earlier = "step-000000020.safetensors"

  private func checkpoint(_ folder: RunFolder) -> String {
    "\(folder.path)/checkpoints/step-000000024.safetensors"
  }

  @Test("what the log has beyond the checkpoint is cut off")
  func cutsLog() throws {
    try withRun { folder, description, whole in
      let expected = try lines(whole)
      try FileManager.default.removeItem(atPath: checkpoint(whole))
      // As if killed between a line and the checkpoint: a torn line at the end.
      let file = try FileHandle(forWritingTo: URL(filePath: whole.log))
      try file.seekToEnd()
      try file.write(contentsOf: Data("{\"kind\":\"tr".utf8))
      try file.close()
      #expect(try run(description, whole, resumes: true).stepCount == 20)
      #expect(try run(description, whole, resumes: true).run() == .done)
      #expect(try lines(whole) == expected)
    }
  }

  @Test("parameters that are not trained stay what they began with, also when the run goes on")
  func keepsFrozen() throws {
    try withFolder { folder in
      try writeSprites(12, to: "\(folder)/data")
      let description = try description("\(folder)/data", ["frozen=encoder", "steps=2"])
      let out = RunFolder("\(folder)/run")
      func values(_ step: Int) throws -> (frozen: [UInt8], trained: [UInt8]) {
        let file = try SafetensorsFile(
          reading: "\(out.path)/checkpoints/step-00000000\(step).safetensors")
        return try (
          file.bytes(of: "encoder.conv.0.weight").bytes,
          file.bytes(of: "decoder.output.weight").bytes
        )
      }
      var settings = RunSettings(out)
      try beginWithGivenWeights(description, settings, steps: 1)
      try resume(description, &settings)
      let (first, second) = (try values(1), try values(2))
      #expect(first.frozen == second.frozen)
      #expect(Array(first.frozen.prefix(4)) == withUnsafeBytes(of: Float(0.01)) { Array($0) })
      #expect(first.trained != second.trained)
    }
  }

  @Test("a run that is stopped before its first step keeps the weights it was given")
  func keepsGivenWeights() throws {
    try withFolder { folder in
      try writeSprites(12, to: "\(folder)/data")
      let description = try description("\(folder)/data", ["steps=1"])
      let (whole, parted) = (RunFolder("\(folder)/whole"), RunFolder("\(folder)/parted"))
      try beginWithGivenWeights(description, RunSettings(whole), steps: 1)
      try beginWithGivenWeights(description, RunSettings(parted), steps: 0)
      var settings = RunSettings(parted)
      try resume(description, &settings)
      #expect(try lines(parted) == lines(whole) && lines(whole).count == 2)
    }
  }

  @Test("weights that are no numbers are never the best")
  func refusesBest() throws {
    try withFolder { folder in
      try writeSprites(12, to: "\(folder)/data")
      let description = try description("\(folder)/data", ["steps=2", "val_every=1"])
      let run = try TrainingRun(description, RunSettings(RunFolder("\(folder)/run"))) {
        AlignedBytes([Float](repeating: .nan, count: $0.type.shape.count))
      }
      #expect(try run.run() == .done)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/run/best.safetensors"))
    }
  }

  /// Some steps from weights that no seed makes; lets go of the folder's lock before it returns.
  private func beginWithGivenWeights(
    _ description: RunDescription, _ settings: RunSettings, steps: Int
  ) throws {
    let run = try TrainingRun(description, settings) {
      AlignedBytes([Float](repeating: 0.01, count: $0.type.shape.count))
    }
    let isWhole = steps == description.options.steps
    #expect(try run.run(until: { run.stepCount == steps }) == (isWhole ? .done : .stopped))
  }

  private func resume(_ description: RunDescription, _ settings: inout RunSettings) throws {
    settings.resumes = true
    let run = try TrainingRun(description, settings) {
      AlignedBytes($0.initialValue(seed: Key(9)).bytes)
    }
    #expect(try run.run() == .done)
  }

  @Test("a damaged checkpoint is passed over, with a word", arguments: ["cut", "flipped", "odd"])
  func passesOverDamage(_ kind: String) throws {
    try withRun { folder, description, whole in
      var bytes = try Data(contentsOf: URL(filePath: checkpoint(whole)))
      switch kind {
      case "cut": bytes = bytes.prefix(bytes.count / 2)
      case "flipped": bytes[bytes.count - 9] ^= 1
      default:
        // That of another step, and files that no run writes.
        bytes = try Data(contentsOf: URL(filePath: whole.path + "/checkpoints/" + earlier))
        try bytes.write(to: URL(filePath: whole.path + "/checkpoints/step-99.safetensors"))
      }
      try bytes.write(to: URL(filePath: checkpoint(whole)))
      let again = try run(description, whole, resumes: true)
      #expect(again.stepCount == 20)
      #expect(again.notes.contains { $0.contains("step-000000024") && $0.contains("passed over") })
    }
  }
}

// MARK: - Refusals
extension RunTests {
  @Test("a run is not begun twice, nor gone on with before it began, nor taken by two")
  func refusesFolders() throws {
    try withRun { folder, description, whole in
      expectRefusal("run.exists", ["--resume"]) { _ = try run(description, whole) }
      let none = RunFolder("\(folder)/none")
      expectRefusal("run.no-run", ["no run has begun in"]) {
        _ = try run(description, none, resumes: true)
      }
      #expect(!FileManager.default.fileExists(atPath: none.path))
      let holder = try run(description, whole, resumes: true)
      expectRefusal("run.locked", ["another process trains"]) {
        _ = try run(description, whole, resumes: true)
      }
      withExtendedLifetime(holder) {}
    }
  }

  @Test("a checkpoint of another model or another step is refused with its name")
  func refusesCheckpoints() throws {
    try withRun { folder, description, whole in
      let other = try self.description(description.data, rich + ["decoder_width=12"])
      expectRefusal("weights.mismatch", ["step-000000024", "decoder.hidden.0.weight"]) {
        _ = try run(other, whole, resumes: true)
      }
      let rate = try self.description(description.data, rich + ["lr=1e-3"])
      expectRefusal("run.other-plan", ["step-000000024", "--other-plan"]) {
        _ = try run(rate, whole, resumes: true)
      }
      var settings = RunSettings(whole)
      (settings.resumes, settings.allowsOtherPlan) = (true, true)
      let source = Key(0)
      let allowed = try TrainingRun(rate, settings) {
        AlignedBytes($0.initialValue(seed: source).bytes)
      }
      #expect(allowed.stepCount == 24)
    }
  }

  @Test("other data, or other samples held out, are refused")
  func refusesOtherData() throws {
    try withRun { folder, description, whole in
      let held = try self.description(description.data, rich + ["held_out=5"])
      expectRefusal("run.other-data", ["step-000000024"]) {
        _ = try run(held, whole, resumes: true)
      }
      try writeSprites(29, to: "\(folder)/fewer")
      let fewer = try self.description("\(folder)/fewer", rich)
      expectRefusal("run.other-data", ["step-000000024"]) {
        _ = try run(fewer, whole, resumes: true)
      }
    }
  }

  @Test("steps that are not finite end a run, whose checkpoints stay")
  func diverges() throws {
    try withFolder { folder in
      try writeSprites(12, to: "\(folder)/data")
      // The first step leaves parameters of which nothing finite comes.
      let description = try description("\(folder)/data", ["lr=1e30", "non_finite=6"])
      let run = try run(description, RunFolder("\(folder)/run"))
      expectRefusal(
        "run.diverged", ["6 steps in a row, up to step 7", "step-000000004.safetensors"]
      ) { _ = try run.run() }
      #expect(RunFolder("\(folder)/run").steps == [4, 0])
      let last = try RunHistory(reading: "\(folder)/run/log.jsonl").entries.last
      #expect(last?["skipped"] == 6 && last?["loss"] == nil)
    }
  }

  @Test("data that do not do are refused before anything is written")
  func refusesData() throws {
    try withFolder { folder in
      try writeSprites(5, to: "\(folder)/data")
      let out = RunFolder("\(folder)/run")
      try Data().write(to: URL(filePath: "\(folder)/file"))
      expectRefusal("run.folder", ["it is a file"]) {
        _ = try run(description("\(folder)/data"), RunFolder("\(folder)/file"))
      }
      expectRefusal("run.few-samples", ["has 5 samples, and 5 are held out"]) {
        _ = try run(description("\(folder)/data", ["held_out=5"]), out)
      }
      expectRefusal("run.few-samples", ["has 5 samples, and 6 are held out"]) {
        _ = try run(description("\(folder)/data"), out)
      }
      expectRefusal("data.few-frames", ["takes 4 frames", "has 3"]) {
        _ = try run(description("\(folder)/data", ["frames=4"]), out)
      }
      expectRefusal("clip.unreadable", ["\(folder)/none"]) {
        _ = try run(description("\(folder)/none"), out)
      }
      #expect(!FileManager.default.fileExists(atPath: out.path))
    }
  }
}
