import Foundation
import Smalti
import Testing

/// `bench`: rows, their keys and their values.
@Suite("The command: bench")
struct BenchTests {
  static let tiny = ["bench", "simone:tiny", "frames=2", "frames_decoded=1", "--repetitions", "1"]
  static let modes = ["fused", "unfused", "unfused-openblas"]

  /// Long sums, which OpenBLAS adds in another order than we do.
  static let longSums = """
    graph @sums(%x: f32[8, 5000], %y: f32[5000, 8]) -> (z: f32[8, 8]) {
      %z = contract %x, %y {equation = "ik,kj->ij"} : f32[8, 8]
      return %z
    }
    """

  private func rows(_ outcome: Outcome) throws -> [[String: Any]] {
    #expect(outcome.status == 0, "\(outcome.error)")
    return try #require(try json(outcome.out) as? [[String: Any]])
  }

  @Test("every mode is a row, the default first; keys and their order are those of the design")
  func everyMode() throws {
    try withCommand { smalti in
      let temporary = ["TMPDIR": smalti.folder]
      let outcome = try smalti.start(Self.tiny + ["--json"], environment: temporary).outcome()
      let rows = try rows(outcome)
      #expect(rows.map { $0["mode"] as? String } == Self.modes)
      let keys = [
        "model", "part", "engine", "mode", "precision", "memory", "threads", "median_s", "min_s",
        "max_s", "gflops", "peak_gflops", "percent_of_peak", "peak_rss_bytes", "first_call_s",
        "max_relative_difference",
      ]
      let written = outcome.out.matches(of: #/\n    "([a-z_]+)" : /#).map { String($0.1) }
      #expect(written == keys + keys + keys)
      #expect(outcome.error.hasPrefix("note: without --weights, "))
      #expect(outcome.error.split(separator: "\n").count == 1)
      // The outputs that were compared are gone.
      #expect(try smalti.files() == [])
      for row in rows { try expectSense(row) }
      #expect(rows[1]["max_relative_difference"] as? Double == 0)
      #expect(Set(rows.map { $0["peak_gflops"] as? Double }).count == 1)
    }
  }

  /// What holds between the values of a row.
  private func expectSense(_ row: [String: Any]) throws {
    func number(_ key: String) throws -> Double { try #require(row[key] as? Double, "\(key)") }
    #expect(row["model"] as? String == "simone:tiny frames=2 frames_decoded=1")
    #expect(row["part"] as? String == "whole")
    #expect(row["engine"] as? String == "smalti")
    #expect(row["precision"] as? String == "f32")
    #expect(row["memory"] is NSNull)
    #expect(row["threads"] as? Int == ThreadPool.allowedProcessors)
    let (median, rate) = (try number("median_s"), try number("gflops"))
    #expect(try number("min_s") <= median)
    #expect(try number("max_s") >= median)
    let flops = median * rate * 1e9
    #expect(flops > 1e8 && flops < 1e11)
    let peak = try number("peak_gflops")
    #expect(abs(try number("percent_of_peak") - rate / peak * 100) < 1e-6)
    // Compiling is a part of the first call: nothing comes from the cache.
    #expect(try number("first_call_s") > 0.05)
    // More than code and weights, less than a machine.
    let memory = try number("peak_rss_bytes")
    #expect(memory > 2e7 && memory < 2e9)
    #expect(try number("max_relative_difference") <= 1e-4)
  }

  @Test("a row's memory is what its process uses")
  func memoryIsOfTheRow() throws {
    try withCommand { smalti in
      try smalti.write(Command.smallGraph, to: "small.smalti")
      let large = Command.smallGraph.replacing("[2, 3]", with: "[4096, 4096]")
      try smalti.write(large, to: "large.smalti")
      let memory = try ["small", "large"].map { name in
        let outcome = try smalti.run(
          "bench", "\(name).smalti", "--mode", "unfused", "--repetitions", "1", "--json", "--quiet")
        return try #require(try rows(outcome)[0]["peak_rss_bytes"] as? Double)
      }
      // Input, parameter, its prepared form, two outputs.
      #expect(memory[1] - memory[0] > 4 * 67e6)
      #expect(memory[0] < 4e8)
    }
  }

  @Test("the difference is the one that diff finds for the same inputs")
  func differenceIsReal() throws {
    try withCommand { smalti in
      try smalti.write(Self.longSums, to: "sums.smalti")
      let call = ["bench", "sums.smalti", "--repetitions", "1", "--seed", "5", "--json"]
      let rows = try rows(smalti.start(call).outcome())
      let differences = rows.map { $0["max_relative_difference"] as? Double }

      // The first call draws each input from the seed, its name and 0.
      for (name, shape) in [("x", [8, 5000] as Shape), ("y", [5000, 8])] {
        let key = Key(5).folded(name).folded(0)
        try smalti.write(
          HostTensor(.f32(shape), converting: (0..<shape.count).map(key.uniform(at:))),
          to: "\(name).npy")
      }
      for provider in ["smalti", "openblas"] {
        let outcome = try smalti.run(
          "run", "sums.smalti", "--input", "x=x.npy", "--input", "y=y.npy", "-o",
          "\(provider).npz", "--no-fuse", "--unfused-matmul", provider)
        #expect(outcome.status == 0)
      }
      let outcome = try smalti.run(
        "diff", "openblas.npz", "smalti.npz", "--tolerance", "1", "--json")
      let found = try #require(try json(outcome.out) as? [[String: Any]])
      let expected = try #require(found[0]["relative"] as? Double)
      #expect(expected > 0 && expected < 1e-5)
      #expect(differences[1] == 0)
      #expect(abs(try #require(differences[2]) - expected) < 1e-3 * expected)

      // A single mode is compared with the unfused plan as well.
      let alone = try self.rows(smalti.start(call + ["--mode", "unfused-openblas"]).outcome())
      #expect(alone.count == 1)
      #expect(alone[0]["max_relative_difference"] as? Double == differences[2])
    }
  }

  @Test(
    "a part is an entry point or what the family calls it",
    arguments: [("encoder", "encode"), ("decoder", "decode"), ("decode_train", "decode_train")])
  func parts(_ part: String, _ entry: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.start(
        Self.tiny + ["--part", part, "--mode", "unfused", "--json"]
      ).outcome()
      let row = try rows(outcome)[0]
      #expect(row["part"] as? String == part)
      let explained = try #require(
        try json(
          smalti.run(
            "explain", "simone:tiny", "frames=2", "frames_decoded=1", "--entry", entry, "--no-fuse",
            "--json"
          ).out) as? [String: Any])
      let flops = try #require(explained["flops"] as? Double)
      let rate = try #require(row["gflops"] as? Double)
      let median = try #require(row["median_s"] as? Double)
      #expect(abs(rate * median * 1e9 - flops) < 1e-6 * flops)
    }
  }

  @Test("people read a table: time, spread, rate, percent of the peak, memory, ratio, difference")
  func table() throws {
    try withCommand { smalti in
      try smalti.write(Self.longSums, to: "sums.smalti")
      let outcome = try smalti.run("bench", "sums.smalti", "--threads", "1")
      #expect(outcome.status == 0)
      let lines = outcome.out.split(separator: "\n")
      #expect(lines.count == 5)
      let level = TargetLevel.host.name
      #expect(lines[0].hasPrefix("sums.smalti, whole: f32, \(level), 1 thread, peak "))
      #expect(lines[0].hasSuffix(" GFLOP/s"))
      #expect(
        lines[1].split(separator: " ").joined(separator: " ")
          == "engine mode time spread GFLOP/s of peak memory first call ratio difference")
      for (mode, line) in zip(Self.modes, lines[2...]) {
        #expect(line.hasPrefix("  smalti  \(mode) "))
      }
      #expect(lines[2].contains(" 1.00x "))
      #expect(lines[3].hasSuffix("  0"))
    }
  }
}

/// `bench`: how it ends when it does not end well.
@Suite("The command: bench, refused and ended")
struct BenchEndingTests {
  /// More memory than any machine of our day, and less than 2^63 bytes.
  static let large = "[1048576, 1048576]"

  static let largeGraphs = [
    """
    graph @output(%x: f32[1, 1]) -> (y: f32\(large)) {
      %y = broadcast %x {shape = \(large)} : f32\(large)
      return %y
    }
    """,
    """
    graph @input(%x: f32\(large)) -> (y: f32[1, 1]) {
      %y = slice %x {starts = [0, 0], counts = [1, 1], steps = [1, 1]} : f32[1, 1]
      return %y
    }
    """,
  ]

  @Test("a row that fails says why, and the command fails with it", arguments: largeGraphs)
  func failingRow(_ graph: String) throws {
    try withCommand { smalti in
      try smalti.write(graph, to: "large.smalti")
      let outcome = try smalti.run(
        "bench", "large.smalti", "--mode", "unfused", environment: ["TMPDIR": smalti.folder])
      #expect(outcome.status == 1)
      #expect(outcome.out == "")
      #expect(outcome.error.contains("bytes, this machine has"))
      #expect(try smalti.files() == ["large.smalti"])
    }
  }

  @Test("the row ends with the command: by Ctrl-C with 130, and even when it is killed")
  func endsTogether() throws {
    for signal in [SIGINT, SIGKILL] {
      try withCommand { smalti in
        let child = try smalti.start(
          ["bench", "simone", "--part", "decoder", "--quiet"],
          environment: ["TMPDIR": smalti.folder])
        try child.waitUntilListening()
        let row = try rowProcess(of: child)
        kill(child.process.processIdentifier, signal)
        let outcome = try child.outcome()
        #expect(outcome.status == (signal == SIGINT ? 130 : 1000 + SIGKILL))
        #expect(outcome.error == (signal == SIGINT ? "interrupted\n" : ""))
        #expect(outcome.out == "")
        if signal == SIGINT { #expect(try smalti.files() == []) }
        let deadline = Date.now.addingTimeInterval(20)
        while isRunning(row), Date.now < deadline { Thread.sleep(forTimeInterval: 0.02) }
        #expect(!isRunning(row))
      }
    }
  }

  /// The process of the first row, once it runs our code.
  private func rowProcess(of child: Child) throws -> pid_t {
    let parent = child.process.processIdentifier
    let path = "/proc/\(parent)/task/\(parent)/children"
    while child.process.isRunning {
      let found = try String(contentsOfFile: path, encoding: .utf8).split(separator: " ")
      if let row = found.first.flatMap({ pid_t($0) }),
        let call = try? String(contentsOfFile: "/proc/\(row)/cmdline", encoding: .utf8),
        call.contains("bench-row")
      {
        return row
      }
      Thread.sleep(forTimeInterval: 0.01)
    }
    throw POSIXError(.ECHILD)
  }
}
