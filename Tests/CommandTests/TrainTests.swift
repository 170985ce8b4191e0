import Foundation
import Smalti
import Testing

/// Runs of training by the command, stopped in every way.
@Suite("The command: train and eval", .serialized) struct TrainTests {
  /// A model whose step takes milliseconds, and a run with much to write.
  private static let settings = [
    "simone:tiny", "frames=2", "size=16", "conv_layers=1", "conv_channels=8", "width=20",
    "feed_forward=20", "head_hidden=16", "decoder_layers=1", "decoder_width=16", "batch=2",
    "steps=60", "log_every=1", "val_every=7", "val_batches=2", "held_out=8", "shuffle=16",
    "checkpoint_every=5", "memory=keep",
  ]

  private static let data = Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    var options = SpriteOptions()
    (options.frames, options.size) = (2, 16)
    try GeneratedShards(try Sprites(options, seed: 5), count: 40).write(to: folder)
    return folder
  }

  private func train(
    _ smalti: Command, _ out: String, _ more: [String] = []
  ) throws -> Child {
    try smalti.start(
      ["train"] + Self.settings + more + ["--data", Self.data.get(), "--out", out])
  }

  /// A log without what depends on the clock.
  private func lines(_ smalti: Command, _ out: String) throws -> [Substring] {
    let text = try String(contentsOfFile: smalti.path("\(out)/log.jsonl"), encoding: .utf8)
    return text.split(separator: "\n").map { line in
      line.range(of: ",\"time\":{").map { line[..<$0.lowerBound] } ?? line
    }
  }

  /// Waits until the run's log has so many lines.
  private func wait(_ smalti: Command, _ child: Child, _ out: String, lines count: Int) {
    while child.process.isRunning {
      if (try? lines(smalti, out).count) ?? 0 >= count { return }
      Thread.sleep(forTimeInterval: 0.001)
    }
  }

  @Test("killed at any moment and resumed, a run has the log of one that was not")
  func survivesKills() throws {
    // Twenty when asked for: SMALTI_EXHAUSTIVE=resume.
    let isExhaustive = ProcessInfo.processInfo.environment["SMALTI_EXHAUSTIVE"] == "resume"
    try withCommand { smalti in
      let whole = try train(smalti, "whole").outcome()
      #expect(whole.status == 0, "\(whole.error)")
      let expected = try lines(smalti, "whole")
      #expect(expected.count == 60 + 9)
      var equal = 0
      for number in 0..<(isExhaustive ? 20 : 3) {
        let out = "killed-\(number)"
        let key = Key(UInt64.random(in: 0...UInt64.max))
        let line = Int(key.uniform(at: 0) * 66)
        let child = try train(smalti, out)
        wait(smalti, child, out, lines: line)
        Thread.sleep(forTimeInterval: key.uniform(at: 1) * 0.03)
        kill(child.process.processIdentifier, SIGKILL)
        _ = try child.outcome()
        let hasBegun = FileManager.default.fileExists(atPath: smalti.path("\(out)/recipe.yaml"))
        let resumed =
          hasBegun
          ? try smalti.run("train", "--out", out, "--resume") : try train(smalti, out).outcome()
        #expect(resumed.status == 0, "key \(key.bits): \(resumed.error)")
        let isEqual = try lines(smalti, out) == expected
        #expect(isEqual, "key \(key.bits), killed about line \(line)")
        equal += isEqual ? 1 : 0
        let best = ["whole", out].map { smalti.path("\($0)/best.safetensors") }
        #expect(FileManager.default.contentsEqual(atPath: best[0], andPath: best[1]))
      }
      print("\(equal) of \(isExhaustive ? 20 : 3) resumed runs have the log of the whole one")
    }
  }

  @Test("TensorBoard reads a run that was killed and went on, each number once")
  func isReadByTensorBoard() throws {
    try withCommand { smalti in
      let child = try train(smalti, "run", ["steps=20"])
      wait(smalti, child, "run", lines: 12)
      kill(child.process.processIdentifier, SIGKILL)
      _ = try child.outcome()
      #expect(try smalti.run("train", "--out", "run", "--resume").status == 0)
      let history = try RunHistory(reading: smalti.path("run/log.jsonl")).entries
      let found = try #require(
        try json(fixtureOutput("read_run", [smalti.path("run")])) as? [String: Any])
      let scalars = try #require(found["scalars"] as? [String: [[Double]]])
      for (kind, names) in [
        ("train", ["loss", "gradient_norm", "learning_rate"]), ("validation", ["ari_f", "mse"]),
      ] {
        let entries = history.filter { $0.kind == kind }
        for name in names {
          let points = try #require(scalars["\(kind)/\(name)"])
          #expect(points.map { Int($0[0]) } == entries.map(\.step))
          for (point, entry) in zip(points, entries) {
            #expect(Float(point[1]) == (entry[name].map(Float.init) ?? .nan), "\(kind)/\(name)")
          }
        }
      }
      #expect(found["images"] as? [String: [Int]] == ["validation/clip": [7, 14, 20]])
      let histograms = try #require(found["histograms"] as? [String: [Int]])
      #expect(histograms["validation/object_mean"] == [7, 14, 20])
    }
  }

  @Test("Ctrl-C writes a checkpoint and leaves with 130")
  func stops() throws {
    try withCommand { smalti in
      let child = try train(smalti, "run", ["steps=100000", "checkpoint_every=100000"])
      wait(smalti, child, "run", lines: 3)
      kill(child.process.processIdentifier, SIGINT)
      let outcome = try child.outcome()
      #expect(outcome.status == 130)
      #expect(outcome.error.contains("stops after this step; Ctrl-C again leaves at once\n"))
      #expect(outcome.error.contains("go on with: smalti train --out run --resume\n"))
      #expect(RunFolder(smalti.path("run")).steps.first.map { $0 > 2 } == true)
      let resumed = try smalti.run("train", "--out", "run", "--resume", "steps=1")
      // It has more already, and they stay.
      #expect(resumed.status == 0, "\(resumed.error)")
      #expect(try lines(smalti, "run").count >= 3)
    }
  }

  @Test("a second Ctrl-C leaves at once")
  func leavesAtOnce() throws {
    try withCommand { smalti in
      // A validation over many clips after every step, in which the first one waits.
      let child = try train(
        smalti, "run",
        ["val_every=1", "val_batches=500", "val_batch_size=1", "validation=\(Self.data.get())"])
      // The line of the second step stands before its validation begins.
      wait(smalti, child, "run", lines: 3)
      kill(child.process.processIdentifier, SIGINT)
      Thread.sleep(forTimeInterval: 0.005)
      kill(child.process.processIdentifier, SIGINT)
      let outcome = try child.outcome()
      #expect(outcome.status == 130)
      #expect(outcome.error.hasSuffix("interrupted\n"))
    }
  }

  @Test("a full disk at a checkpoint is said, and the last good one survives")
  func survivesFullDisk() throws {
    try withCommand { smalti in
      #expect(try train(smalti, "whole").outcome().status == 0)
      let stopped = try train(smalti, "run")
      wait(smalti, stopped, "run", lines: 12)
      kill(stopped.process.processIdentifier, SIGINT)
      #expect(try stopped.outcome().status == 130)
      let step = try #require(RunFolder(smalti.path("run")).steps.first)
      let last = smalti.path("run/checkpoints/\(name(step))")
      let bytes = try Data(contentsOf: URL(filePath: last))
      let limited = try smalti.start(
        ["train", "--out", "run", "--resume"], fileLimit: bytes.count / 1024 - 1)
      let outcome = try limited.outcome()
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("cannot write"), "\(outcome.error)")
      #expect(outcome.error.contains("run/checkpoints/\(name(step / 5 * 5 + 5))"))
      #expect(try Data(contentsOf: URL(filePath: last)) == bytes)
      #expect(RunFolder(smalti.path("run")).steps.first == step)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: smalti.path("run/checkpoints"))
          .allSatisfy { $0.hasPrefix("step-") })
      let resumed = try smalti.run("train", "--out", "run", "--resume")
      #expect(resumed.status == 0, "\(resumed.error)")
      #expect(try lines(smalti, "run") == lines(smalti, "whole"))
    }
  }

  private func name(_ step: Int) -> String {
    "step-" + String(repeating: "0", count: 9 - "\(step)".count) + "\(step).safetensors"
  }

  @Test("eval scores a checkpoint as the run's validation did")
  func evaluates() throws {
    try withCommand { smalti in
      let data = try Self.data.get()
      let trained = try train(
        smalti, "run", ["steps=7", "validation=\(data)", "val_batches=20", "val_batch_size=2"])
      #expect(trained.outcomeStatus == 0)
      let weights = "run/checkpoints/step-000000007.safetensors"
      let call = ["eval"] + Self.settings.prefix(10) + ["--data", data, "--weights", weights]
      let outcome = try smalti.start(call + ["--json"]).outcome()
      #expect(outcome.status == 0, "\(outcome.error)")
      let values = try #require(try json(outcome.out) as? [String: Any])
      let keys = ["ari", "ari_f", "ari_f_video", "count", "miou", "msc", "mse", "sc"]
      #expect(values.keys.sorted() == keys)
      #expect(values["count"] as? Int == 40)
      let validation = try #require(
        RunHistory(reading: smalti.path("run/log.jsonl")).entries.last)
      for key in keys where key != "count" {
        let (found, logged) = (values[key] as? Double, validation[key])
        #expect(abs(try #require(found) - #require(logged)) < 1e-6, "\(key)")
      }
      let table = try smalti.start(call).outcome()
      let miou = try #require(values["miou"] as? Double)
      #expect(table.out.contains(String(format: "%.4f", miou)))
      #expect(table.out.contains("40 samples of"))
    }
  }

  @Test("a sweep trains every combination and tabulates them, and is taken up again")
  func sweeps() throws {
    try withCommand { smalti in
      let data = try Self.data.get()
      let call =
        ["train"] + Self.settings + ["steps=7", "--data", data, "--out", "sweep"]
      let outcome = try smalti.start(call + ["--sweep", "lr=1e-3,1e-30", "seed=3"]).outcome()
      // A key with one value takes part as well.
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.out.contains("ari_f_video"))
      let names = ["lr=1e-3,seed=3", "lr=1e-30,seed=3"]
      for name in names {
        #expect(outcome.out.contains(name))
        #expect(RunFolder(smalti.path("sweep/\(name)")).steps.first == 7)
      }
      // One that is not done, one that has not begun.
      try FileManager.default.removeItem(
        atPath: smalti.path("sweep/\(names[0])/checkpoints/step-000000007.safetensors"))
      try FileManager.default.removeItem(atPath: smalti.path("sweep/\(names[1])"))
      let again = try smalti.run("train", "--out", "sweep", "--resume", "--json")
      #expect(again.status == 0, "\(again.error)")
      let rows = try #require(try json(again.out) as? [[String: Any]])
      #expect(rows.map { $0["steps"] as? Int } == [7, 7])
      let saved = try String(contentsOfFile: smalti.path("sweep/results.json"), encoding: .utf8)
      #expect(saved + "\n" == again.out || saved == again.out)
      let twice = try smalti.start(call + ["--sweep", "lr=1e-3"]).outcome()
      #expect(twice.status == 2 && twice.error.contains("run.exists"))
    }
  }

  @Test("mistakes in the call leave with 2 and write nothing, damaged data with 1")
  func refuses() throws {
    try withCommand { smalti in
      let data = try Self.data.get()
      func refusal(_ status: Int32, _ code: String, _ arguments: [String]) throws {
        let outcome = try smalti.start(arguments).outcome()
        #expect(outcome.status == status, "\(arguments)")
        #expect(outcome.error.hasPrefix("error[\(code)]"), "\(outcome.error)")
        #expect(try !smalti.files().contains("run"))
      }
      let start = ["train", "--out", "run"]
      try refusal(2, "recipe.no-model", start)
      try refusal(2, "recipe.no-data", start + ["simone:tiny"])
      try refusal(2, "recipe.key-unknown", start + ["simone:tiny", "--data", data, "lrr=1"])
      try refusal(2, "recipe.value", start + ["simone:tiny", "--data", data, "steps=many"])
      try refusal(2, "run.no-run", start + ["--resume"])
      try smalti.write("steps: [1]", to: "r.yaml")
      try refusal(1, "recipe.yaml", start + ["--recipe", "r.yaml"])
      try refusal(1, "clip.unreadable", start + ["simone:tiny", "--data", "none"])
      try refusal(
        1, "data.few-frames", start + ["simone:tiny", "size=16", "conv_layers=1", "--data", data])
      try refusal(2, "call.untrained", ["eval", "simone:tiny", "--data", data])
    }
  }
}

extension Child {
  /// Waits for the end; what it said goes with it.
  fileprivate var outcomeStatus: Int32? { try? outcome().status }
}
