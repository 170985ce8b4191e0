import Foundation
import Smalti
import Testing

/// `tune`, and `--tuning` of the other commands.
@Suite("The command: tune")
struct TuneTests {
  /// A whole file, with some of its numbers changed.
  static func file(
    _ changes: [String: Int] = [:], level: String = TargetLevel.host.name
  ) -> String {
    var limits = [
      "scratchByteCount": 524288, "tileCount": 32768, "productTileCount": 262144,
      "fewestRows": 32, "mostRows": 128, "taskCount": 32,
    ]
    limits.merge(changes) { $1 }
    let numbers = limits.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }
    return
      "{\"smalti_tuning\": 1, \"level\": \"\(level)\", \"limits\": {\(numbers.joined(separator: ", "))}}"
  }

  /// Tiles of 4 rows, where caches have room for more.
  static let narrow = ["fewestRows": 1, "mostRows": 4, "taskCount": 128]

  /// The axes with their tiles of every region of a run.
  private func tiles(_ outcome: Outcome) throws -> [[[String: Int]]] {
    #expect(outcome.status == 0, "\(outcome.error)")
    let page = try #require(try json(outcome.out) as? [String: Any])
    let regions = try #require(page["regions"] as? [[String: Any]])
    return try regions.filter { $0["isPrepared"] as? Bool == false }.map {
      try #require($0["axes"] as? [[String: Int]])
    }
  }

  @Test("a tuning changes the tiles, explain shows it, and nothing changes without it")
  func changesTiles() throws {
    try withCommand { smalti in
      try smalti.write(ExplainTests.dense, to: "dense.smalti")
      try smalti.write(Self.file(Self.narrow), to: "narrow.json")
      let plain = try smalti.run("explain", "dense.smalti", "--json")
      let tuned = try smalti.run("explain", "dense.smalti", "--json", "--tuning", "narrow.json")
      #expect(try tiles(plain) != tiles(tuned))
      #expect(try tiles(tuned).joined().allSatisfy { $0["length"] != 512 || $0["tile"] == 4 })
      #expect(!plain.out.contains("tuning"))
      let page = try #require(try json(tuned.out) as? [String: Any])
      let tuning = try #require(page["tuning"] as? [String: String])
      #expect(Set(tuning.keys) == ["file", "hash"])
      #expect(tuning["file"] == "narrow.json")
      let hash = try #require(tuning["hash"])
      #expect(hash.wholeMatch(of: /[0-9a-f]{16}/) != nil)
      let text = try smalti.run("explain", "dense.smalti", "--tuning", "narrow.json")
      #expect(text.out.contains("\n  tuning     narrow.json, \(hash)\n"))

      // The hash is of what is chosen: other numbers have another, other words the same.
      try smalti.write(Self.file(["taskCount": 64]), to: "other.json")
      let other = try smalti.run("explain", "dense.smalti", "--tuning", "other.json")
      #expect(other.out.contains("other.json, ") && !other.out.contains(hash))
      try smalti.write(
        Self.file(Self.narrow).replacing("\"level\"", with: "\"model\": \"x\", \"level\""),
        to: "named.json")
      let named = try smalti.run("explain", "dense.smalti", "--tuning", "named.json")
      #expect(named.out.contains("named.json, \(hash)\n"))
    }
  }

  @Test("run computes the same with a tuning, and caches its code apart")
  func runsTuned() throws {
    try withCommand { smalti in
      try smalti.write(ExplainTests.dense, to: "dense.smalti")
      try smalti.write(Self.file(Self.narrow), to: "narrow.json")
      let key = Key(5)
      try smalti.write(
        HostTensor(.f32([512, 64]), converting: (0..<512 * 64).map(key.uniform(at:))), to: "x.npy")
      func run(_ output: String, _ more: String...) throws -> Int? {
        let outcome = try smalti.start(
          ["run", "dense.smalti", "--input", "x=x.npy", "-o", output, "--json"] + more,
          environment: ["SMALTI_CACHE": smalti.path("cache")]
        ).outcome()
        #expect(outcome.status == 0, "\(outcome.error)")
        return (try json(outcome.out) as? [String: Any])?["cacheHits"] as? Int
      }
      #expect(try run("plain.npz") == 0)
      #expect(try run("tuned.npz", "--tuning", "narrow.json") == 0)
      #expect(try #require(try run("again.npz", "--tuning", "narrow.json")) > 0)
      for output in ["tuned.npz", "again.npz"] {
        let difference = try smalti.run("diff", output, "plain.npz", "--tolerance", "1e-6")
        #expect(difference.status == 0, "\(difference.out)")
      }
      // The same text for another reason is other object code to the cache.
      let defaults = try defaultFile(smalti)
      #expect(try run("same.npz", "--tuning", defaults) == 0)
    }
  }

  /// A tuning whose numbers are those without one: six elements have one tile, whatever its bounds,
  /// so nothing is better for them.
  private func defaultFile(_ smalti: Command) throws -> String {
    try smalti.write(Command.smallGraph, to: "small.smalti")
    let outcome = try smalti.run("tune", "small.smalti", "-o", "defaults.json")
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.error == "")
    #expect(outcome.out.contains("\nnothing was better than the level's defaults, "))
    #expect(outcome.out.contains("same plan as before"))
    #expect(!outcome.out.contains("not faster"))
    return "defaults.json"
  }

  @Test("compile writes other tile programs, and bench gives a tuning to mode fused alone")
  func compilesAndBenches() throws {
    try withCommand { smalti in
      try smalti.write(ExplainTests.dense, to: "dense.smalti")
      try smalti.write(Self.file(Self.narrow), to: "narrow.json")
      let call = ["compile", "dense.smalti", "--emit", "tiles"]
      let plain = try smalti.start(call).outcome()
      let tuned = try smalti.start(call + ["--tuning", "narrow.json"]).outcome()
      #expect(plain.status == 0 && tuned.status == 0)
      #expect(plain.out != tuned.out)

      // A file that the level refuses shows who reads it.
      let bench = [
        "bench", "dense.smalti", "--repetitions", "1", "--json", "--tuning", "narrow.json",
      ]
      let unfused = try smalti.start(bench + ["--mode", "unfused"]).outcome()
      #expect(unfused.status == 0)
      #expect(unfused.error.contains("note: --tuning is for mode fused"))
      let child = try smalti.start(bench + ["--mode", "all"])
      let rows = try rowCalls(of: child)
      let all = try child.outcome()
      #expect(all.status == 0, "\(all.error)")
      #expect(!all.error.contains("--tuning"))
      #expect(rows["--mode=fused"]?.contains("--tuning=narrow.json") == true)
      for mode in ["--mode=unfused", "--mode=unfused-openblas"] {
        #expect(rows[mode]?.contains { $0.hasPrefix("--tuning") } == false)
      }
      try smalti.write("{}", to: "narrow.json")
      #expect(try smalti.start(bench + ["--mode", "fused"]).outcome().status == 1)
      let row = ["bench-row", "dense.smalti", "--part", "whole", "--tuning", "narrow.json"]
      #expect(try smalti.start(row + ["--mode", "unfused"]).outcome().status == 130)
    }
  }

  /// The words that `bench` has called its rows with, by their mode.
  private func rowCalls(of child: Child) throws -> [String: [String]] {
    let parent = child.process.processIdentifier
    var calls: [String: [String]] = [:]
    while child.process.isRunning {
      let rows = try? String(
        contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
      for row in (rows ?? "").split(separator: " ") {
        let text = try? String(contentsOfFile: "/proc/\(row)/cmdline", encoding: .utf8)
        let words = (text ?? "").split(separator: "\0").map(String.init)
        if let mode = words.first(where: { $0.hasPrefix("--mode=") }) { calls[mode] = words }
      }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return calls
  }

  @Test("tune says what it tried and writes a file that the other commands take")
  func tunes() throws {
    try withCommand { smalti in
      try smalti.write(ExplainTests.dense, to: "dense.smalti")
      let outcome = try smalti.run(
        "tune", "dense.smalti", "--rounds", "1", "--repetitions", "2", "-o", "dense.json", "--json")
      #expect(outcome.status == 0, "\(outcome.error)")
      let report = try #require(try json(outcome.out) as? [String: Any])
      #expect(
        Set(report.keys) == [
          "model", "entry", "level", "threads", "repetitions", "trials", "isFaster",
          "defaultSeconds", "seconds", "limits", "output", "hash",
        ])
      let trials = try #require(report["trials"] as? [[String: Any]])
      #expect(Set(trials.compactMap { $0["number"] as? String }).count == 6)
      for trial in trials {
        let (from, to) = (trial["from"] as? Int ?? 0, trial["to"] as? Int ?? 0)
        #expect(to == from / 2 || to == from * 2)
        let times = [trial["seconds"], trial["bestSeconds"]].compactMap { $0 as? Double }
        switch trial["outcome"] as? String {
        case "same plan as before": #expect(times.isEmpty)
        case "faster": #expect(times[0] <= times[1] * 0.99)
        case "not faster": #expect(times[0] > times[1] * 0.99)
        default: Issue.record("an outcome that is not documented: \(trial)")
        }
      }
      // This graph has tiles that change with the rows, and none that change with scratch.
      let outcomes = Dictionary(grouping: trials) { $0["number"] as? String ?? "" }
      #expect(outcomes["scratchByteCount"]?.allSatisfy { $0["seconds"] == nil } == true)
      #expect(trials.contains { $0["seconds"] != nil })

      let text = try String(contentsOfFile: smalti.path("dense.json"), encoding: .utf8)
      let file = try #require(try json(text) as? [String: Any])
      #expect(
        Set(file.keys) == ["smalti_tuning", "level", "limits", "model", "entry", "measured"])
      #expect(file["limits"] as? [String: Int] == report["limits"] as? [String: Int])
      #expect(file["level"] as? String == TargetLevel.host.name)
      let hash = try #require(report["hash"] as? String)
      let explained = try smalti.run("explain", "dense.smalti", "--tuning", "dense.json")
      #expect(explained.out.contains("dense.json, \(hash)\n"))
    }
  }

  @Test("tune says plainly that nothing was better, and then writes the defaults")
  func findsNothing() throws {
    try withCommand { smalti in
      let defaults = try defaultFile(smalti)
      let plain = try smalti.run("explain", "simone:tiny", "--json")
      let same = try smalti.run("explain", "simone:tiny", "--json", "--tuning", defaults)
      var page = try #require(try json(same.out) as? [String: Any])
      #expect(page.removeValue(forKey: "tuning") != nil)
      let expected = try #require(try json(plain.out) as? [String: Any])
      #expect(NSDictionary(dictionary: page) == NSDictionary(dictionary: expected))
    }
  }

  @Test("Ctrl-C during tune leaves no file")
  func interrupted() throws {
    try withCommand { smalti in
      try smalti.write(ExplainTests.dense, to: "dense.smalti")
      let child = try smalti.start([
        "tune", "dense.smalti", "--repetitions", "10000", "-o", "dense.json",
      ])
      try child.waitUntilListening()
      Thread.sleep(forTimeInterval: 0.5)
      kill(child.process.processIdentifier, SIGINT)
      let outcome = try child.outcome()
      #expect(outcome.status == 130)
      #expect(try smalti.files() == ["dense.smalti"])
    }
  }

  @Test(
    "tune refuses what does not fit",
    arguments: [
      (["--tuning", "x.json", "-o", "t.json"], 2, "call.tuning"),
      (["--no-fuse", "-o", "t.json"], 2, "call.tuning"),
      (["--unfused-matmul", "openblas", "-o", "t.json"], 2, "call.tuning"),
      (["--rounds", "0", "-o", "t.json"], 2, "call.number"),
      (["--repetitions", "0", "-o", "t.json"], 2, "call.number"),
      (["-o", "nowhere/t.json"], 1, "file.unwritable"),
    ])
  func refusesCalls(_ more: [String], _ status: Int32, _ code: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.start(["tune", "simone:tiny"] + more).outcome()
      #expect(outcome.status == status)
      #expect(outcome.error.hasPrefix("error[\(code)]: "), "\(outcome.error)")
      #expect(try smalti.files() == [])
    }
  }

  static let wrongFiles: [(text: String, words: String)] = [
    (
      "{\"smalti_tuning\": 1,",
      "error[tuning.syntax]: the file is no tuning: it is not JSON\n  at t.json\n"
    ),
    ("[]", "error[tuning.syntax]: the file is no tuning: the file is no object\n"),
    ("{}", "error[tuning.syntax]: the file is no tuning: it has no smalti_tuning\n"),
    (
      file().replacing("1,", with: "true,"),
      "error[tuning.syntax]: the file is no tuning: smalti_tuning is no whole number\n"
    ),
    (
      file().replacing("32,", with: "32.5,"),
      "error[tuning.syntax]: the file is no tuning: fewestRows is no whole number\n"
    ),
    (
      file().replacing("\"taskCount\": 32, ", with: ""),
      "error[tuning.syntax]: the file is no tuning: it has no taskCount\n"
    ),
    (
      file().replacing(": 1,", with: ": 2, \"more\": 0,"),
      "error[tuning.version]: the tuning is of version 2, and this smalti reads 1\n"
    ),
    (
      file(["taskCounts": 3]),
      """
      error[tuning.key]: a tuning has no key 'taskCounts' here
        at t.json
        help: did you mean taskCount?
      """
    ),
    (
      file().replacing("{\"sma", with: "{\"models\": \"x\", \"sma"),
      "error[tuning.key]: a tuning has no key 'models' here\n"
    ),
    (
      file(["taskCount": 0]),
      "error[tuning.number]: taskCount must be 1 to 65536, got 0\n  at t.json\n"
    ),
    (
      file(["tileCount": .max]),
      "error[tuning.number]: tileCount must be 1 to 16777216, got \(Int.max)\n"
    ),
    (
      file(["fewestRows": 129]),
      "error[tuning.rows]: fewestRows is 129, which is more than mostRows, 128\n  at t.json\n"
    ),
    (
      file(level: "aarch64"),
      "error[tuning.level]: the tuning is for aarch64, and the code is made for "
        + "\(TargetLevel.host.name)\n  at t.json\n"
    ),
  ]

  @Test("wrong files are refused in words", arguments: wrongFiles)
  func refusesWrongFiles(_ text: String, _ words: String) throws {
    try refuses(text, words)
  }

  @Test("a file of more bytes than a tuning needs is not read")
  func refusesLongFiles() throws {
    try refuses(
      Self.file() + String(repeating: " ", count: 65536),
      "error[tuning.size]: a tuning has at most 65536 bytes, and this file ")
  }

  private func refuses(_ text: String, _ words: String) throws {
    try withCommand { smalti in
      try smalti.write(text, to: "t.json")
      let outcome = try smalti.run("explain", "simone:tiny", "--tuning", "t.json")
      #expect(outcome.status == 1)
      #expect(outcome.out == "")
      #expect(outcome.error.hasPrefix(words), "\(outcome.error)")
      #expect(outcome.error.contains("\n  help: "))
    }
  }

  @Test(
    "no file, a folder and a device are refused", arguments: ["nowhere.json", ".", "/dev/zero"])
  func refusesPlaces(_ path: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.run("compile", "simone:tiny", "-o", "x.o", "--tuning", path)
      #expect(outcome.status == 1)
      #expect(outcome.error.hasPrefix("error[file."), "\(outcome.error)")
      #expect(try smalti.files() == [])
    }
  }

  @Test(
    "numbers at the ends of their ranges still make a plan that computes the same",
    arguments: [
      ["scratchByteCount": 1, "tileCount": 1, "productTileCount": 1, "fewestRows": 1]
        .merging(["mostRows": 1, "taskCount": 1]) { $1 },
      ["scratchByteCount": 1 << 28, "tileCount": 1 << 24, "productTileCount": 1 << 24]
        .merging(["fewestRows": 1 << 16, "mostRows": 1 << 16, "taskCount": 1 << 16]) { $1 },
    ])
  func extremes(_ numbers: [String: Int]) throws {
    try withCommand { smalti in
      try smalti.write(Self.file(numbers), to: "extreme.json")
      try smalti.write(Command.pictures([2, 32, 32, 3]), to: "clip.npy")
      let call = [
        "run", "simone:tiny", "frames=2", "frames_decoded=1", "--input", "video=clip.npy", "-o",
      ]
      let plain = try smalti.start(call + ["a.npz"]).outcome()
      #expect(plain.status == 0, "\(plain.error)")
      let extreme = try smalti.start(call + ["b.npz", "--tuning", "extreme.json"]).outcome()
      #expect(extreme.status == 0, "\(extreme.error)")
      let difference = try smalti.run("diff", "b.npz", "a.npz", "--tolerance", "1e-4")
      #expect(difference.status == 0, "\(difference.out)")
    }
  }
}
