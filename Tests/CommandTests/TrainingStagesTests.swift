import Foundation
import Programs
import Testing

/// The recipes of simone:tiny, two steps each: every key is understood, and a stage begins with the weights of the one
/// before.
@Suite("Stages of training") struct TrainingStagesTests {
  private static let script = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "tools/models/train").path

  private func train(_ smalti: Command, _ words: [String]) throws -> String {
    try ChildProgram.run(
      Self.script, [Command.buildFolder.appending(path: "smalti").path, "--out", "run"] + words,
      in: URL(filePath: smalti.folder),
      environment: ["SMALTI_CACHE": Command.buildFolder.appending(path: "CommandTests.cache").path])
  }

  @Test("simone:tiny's three stages follow each other, and a second call finds them done")
  func stages() throws {
    try withCommand { smalti in
      // The script takes clips that are there for its own.
      for folder in ["run/large/train", "run/large/test", "clips/train", "clips/test"] {
        let made = try smalti.run(
          "data", "make", "sprites", "--count", "16", "--out", folder, "frames=6")
        try #require(made.status == 0, "\(made.error)")
      }
      let words = [
        "--data", "clips", "--seed", "5", "steps=2", "val_every=2", "val_batches=1", "batch=2",
      ]
      let first = try train(smalti, words)
      #expect(first.contains("run/clips/best.safetensors"), "\(first)")
      for stage in ["frames", "camera", "clips"] {
        let recipe = try String(
          contentsOfFile: smalti.path("run/\(stage)/recipe.yaml"), encoding: .utf8)
        #expect(recipe.contains("\nseed: 5 "), "\(stage): \(recipe)")
      }
      func log(_ stage: String) throws -> String {
        try String(contentsOfFile: smalti.path("run/\(stage)/log.jsonl"), encoding: .utf8)
      }
      // A stage that trained once more would tell other times.
      let logs = try ["frames", "camera", "clips"].map(log)
      _ = try train(smalti, words)
      #expect(try ["frames", "camera", "clips"].map(log) == logs)
      for (stage, next) in [("camera", "clips"), ("frames", "camera")] {
        try FileManager.default.removeItem(atPath: smalti.path("run/\(next)"))
        try smalti.write("no weights", to: "run/\(stage)/best.safetensors")
        #expect(throws: ChildProgram.Failure.self) { try train(smalti, words) }
      }
    }
  }
}
