import Foundation
import Smalti
import Testing

/// `bench --peers` with real processes, but without other people's engines: a program that speaks
/// the protocol stands in the place of Python, so what the command does with answers is tested
/// wherever the tests run.
@Suite("The command: bench with peers")
struct BenchPeersTests {
  static let graph = """
    graph @twice(%x: f32[4, 8]) -> (y: f32[4, 8]) {
      %y = add %x, %x : f32[4, 8]
      return %y
    }
    """

  private static let peer = Bundle.module.path(forResource: "Fixtures/peer", ofType: "py")

  /// Runs `bench` with peers that behave as they are told, and gives back what they were asked too.
  private func bench(
    _ arguments: [String], behaviour: [String: String] = [:]
  ) throws -> (outcome: Outcome, log: [String], left: [String]) {
    try withCommand { smalti in
      try smalti.write(Self.graph, to: "twice.smalti")
      let words = try JSONSerialization.data(withJSONObject: behaviour)
      let environment = [
        "TMPDIR": smalti.folder, "SMALTI_PEERS": try #require(Self.peer),
        "PEER_LOG": smalti.path(".log"), "PEER_BEHAVIOUR": String(decoding: words, as: UTF8.self),
      ]
      let call = ["bench", "twice.smalti", "--mode", "fused", "--repetitions", "2"] + arguments
      let outcome = try smalti.start(call, environment: environment).outcome()
      let log = (try? String(contentsOfFile: smalti.path(".log"), encoding: .utf8)) ?? ""
      let left = try smalti.files().filter { ![".log", "twice.smalti"].contains($0) }
      return (outcome, log.split(separator: "\n").map(String.init), left)
    }
  }

  private func rows(_ outcome: Outcome) throws -> [[String: Any]] {
    #expect(outcome.status == 0, "\(outcome.error)")
    return try #require(try json(outcome.out) as? [[String: Any]])
  }

  @Test("rows of peers follow ours with the same keys; PyTorch has two of them")
  func rowsOfPeers() throws {
    let (outcome, _, left) = try bench(["--peers", "all", "--json", "--threads", "1"])
    let rows = try rows(outcome)
    let names = rows.map { "\($0["engine"] ?? "") \($0["mode"] ?? "")" }
    #expect(
      names == [
        "smalti fused", "torch eager", "torch compiled", "onnxruntime compiled",
        "openvino compiled", "jax compiled",
      ])
    for row in rows.dropFirst() {
      #expect(Set(row.keys) == Set(rows[0].keys))
      #expect(row["threads"] as? Int == 1)
      #expect(row["median_s"] as? Double == 0.25)
      #expect(row["first_call_s"] as? Double == 1.5)
      #expect(row["peak_rss_bytes"] as? Int == 1 << 20)
      #expect(row["max_relative_difference"] as? Double == 0)
      #expect(row["peak_gflops"] as? Double == rows[0]["peak_gflops"] as? Double)
    }
    let engines = ["torch", "onnxruntime", "openvino", "jax"].map { "\($0) 1.0" }
    #expect(outcome.error.contains("note: with " + engines.joined(separator: "; ")))
    #expect(left == [])
  }

  @Test("peers take turns: first calls, then in each round one run that is not counted and one")
  func takesTurns() throws {
    let (outcome, log, _) = try bench(["--peers", "jax,openvino", "--json"])
    #expect(try rows(outcome).count == 3)
    let both = ["openvino compiled", "jax compiled"]
    let first = both.flatMap { name in
      ["\(name) start peer.py", "\(name) first FOLDER/\(name.replacing(" ", with: "-"))"]
    }
    let rounds = (1...2).flatMap { round in
      both.flatMap { ["\($0) run \(round)", "\($0) run \(round)"] }
    }
    #expect(log == first + rounds + both.map { "\($0) end" })
  }

  @Test("who holds much memory between runs is started anew for each, with the choice it had made")
  func restarts() throws {
    let (outcome, log, _) = try bench(["--peers", "jax", "--json"], behaviour: ["jax": "hoards"])
    #expect(try rows(outcome)[1]["median_s"] as? Double == 0.25)
    let round = { (number: Int) in ["start peer.py v", "first", "run \(number)", "end"] }
    let words = ["start peer.py", "first FOLDER/jax-compiled", "end"] + round(1) + round(2)
    #expect(log == words.map { "jax compiled " + $0 })
  }

  @Test("an output that disagrees ends the command before anything is timed")
  func disagreement() throws {
    let (outcome, log, left) = try bench(
      ["--peers", "openvino,jax"], behaviour: ["jax": "wrong"])
    #expect(outcome.status == 1)
    #expect(outcome.out == "")
    #expect(
      outcome.error.contains(
        #/error\[bench.disagreement\]: jax compiled and our reference differ in output y: /#))
    #expect(outcome.error.contains("relative difference 5."))
    #expect(outcome.error.contains("allowed is 1.0e-04"))
    #expect(!log.contains { $0.contains(" run ") })
    #expect(left == [])
  }

  @Test(
    "a peer that runs out of memory or time keeps its row and says so",
    arguments: [
      ("memory", "out of memory: MemoryError: too much"),
      ("killed", "out of memory: the system has ended it"),
      ("late", "out of time: no answer in 2.00 s"),
    ])
  func failures(_ behaviour: String, _ words: String) throws {
    let call = ["--peers", "openvino,jax", "--peer-seconds", "2"]
    let (outcome, _, left) = try bench(call + ["--json"], behaviour: ["openvino": behaviour])
    let rows = try rows(outcome)
    #expect(rows.map { $0["engine"] as? String } == ["smalti", "openvino", "jax"])
    for key in ["median_s", "min_s", "max_s", "gflops", "percent_of_peak"] {
      #expect(rows[1][key] is NSNull, "\(key)")
      #expect(rows[2][key] is Double, "\(key)")
    }
    #expect(outcome.error.contains("note: openvino compiled: \(words)"))
    #expect(left == [])
    let table = try bench(call, behaviour: ["openvino": behaviour]).outcome.out
    #expect(table.contains("\n  openvino compiled failed: \(words)\n"))
  }

  @Test("an engine that is not installed, or has no such model, is named and left out")
  func absent() throws {
    let (outcome, _, _) = try bench(
      ["--peers", "all", "--json"],
      behaviour: ["torch": "missing", "onnxruntime": "unknown", "openvino": "missing"])
    #expect(try rows(outcome).map { $0["engine"] as? String } == ["smalti", "jax"])
    let notes = outcome.error.split(separator: "\n")
    for engine in ["torch", "openvino"] {
      let found = notes.filter { $0.hasPrefix("note: \(engine) is not installed: ") }
      #expect(found.count == 1)
      #expect(found[0].hasSuffix("has no module \(engine); run Benchmarks/peers/setup"))
    }
    #expect(notes.contains("note: onnxruntime is left out: no such model"))
  }

  @Test("without an environment for peers all of them are named, with the remedy")
  func withoutPython() throws {
    try withCommand { smalti in
      try smalti.write(Self.graph, to: "twice.smalti")
      let outcome = try smalti.run(
        "bench", "twice.smalti", "--repetitions", "1", "--peers", "jax,torch", "--json",
        environment: ["XDG_CACHE_HOME": smalti.folder, "SMALTI_PEERS": ""])
      #expect(try rows(outcome).count == 3)
      #expect(
        outcome.error.contains("note: torch, jax are not installed; run Benchmarks/peers/setup"))
    }
  }

  @Test("the real program of a peer answers where nothing but Python is installed")
  func realProgram() throws {
    try withCommand { smalti in
      try smalti.write(Self.graph, to: "twice.smalti")
      // Without site packages, whatever this machine has.
      try smalti.write("#!/bin/sh\nexec python3 -S \"$@\"\n", to: "python")
      #expect(chmod(smalti.path("python"), 0o700) == 0)
      let outcome = try smalti.run(
        "bench", "twice.smalti", "--repetitions", "1", "--peers", "all", "--json",
        environment: ["SMALTI_PEERS": smalti.path("python")])
      #expect(try rows(outcome).count == 3)
      let notes = outcome.error.split(separator: "\n")
      #expect(notes.count == 4)
      // The first module that each engine's file asks for.
      for (engine, module) in [
        ("torch", "numpy"), ("onnxruntime", "numpy"), ("openvino", "numpy"), ("jax", "jax"),
      ] {
        let note = "note: \(engine) is not installed: \(smalti.path("python")) has no module "
        #expect(notes.contains("\(note)\(module); run Benchmarks/peers/setup"))
      }
    }
  }

  @Test("Ctrl-C ends a peer that computes, and leaves nothing behind")
  func interruption() throws {
    try withCommand { smalti in
      try smalti.write(Self.graph, to: "twice.smalti")
      let log = smalti.path(".log")
      let child = try smalti.start(
        ["bench", "twice.smalti", "--mode", "fused", "--peers", "jax"],
        environment: [
          "TMPDIR": smalti.folder, "SMALTI_PEERS": try #require(Self.peer), "PEER_LOG": log,
          "PEER_BEHAVIOUR": #"{"jax": "late"}"#,
        ])
      var peer: pid_t?
      while child.process.isRunning, peer == nil {
        Thread.sleep(forTimeInterval: 0.02)
        let words = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        guard words.contains(" run 1") else { continue }
        peer = words.firstMatch(of: #/process ([0-9]+)/#).flatMap { pid_t($0.1) }
      }
      let process = try #require(peer)
      kill(child.process.processIdentifier, SIGINT)
      let outcome = try child.outcome()
      #expect(outcome.status == 130)
      #expect(outcome.error == "interrupted\n")
      #expect(!isRunning(process))
      #expect(try smalti.files().sorted() == [".log", "twice.smalti"])
    }
  }

  @Test("the page has a bar and a row of figures for each engine, and the reason of a failure")
  func page() throws {
    try withCommand { smalti in
      let path = smalti.path("bench.html")
      let call = ["--peers", "openvino,jax", "--html", path]
      let (outcome, _, _) = try bench(call, behaviour: ["jax": "memory"])
      #expect(outcome.status == 0, "\(outcome.error)")
      let html = try String(contentsOfFile: path, encoding: .utf8)
      #expect(html.ranges(of: "<rect").count == 2)
      for name in ["smalti fused", "openvino compiled", "jax compiled"] {
        #expect(html.ranges(of: ">\(name)<").count == 2)
      }
      #expect(html.contains("failed: out of memory: MemoryError: too much"))
      #expect(html.contains("With openvino 1.0; jax 1.0."))
      #expect(html.contains("250 ms"))
      #expect(!html.contains("http"))
    }
  }

  @Test(
    "mistakes in the call",
    arguments: [
      (
        ["--peers", "jaxx"], "error[call.peers]: there is no peer 'jaxx'\n  help: did you mean jax?"
      ),
      (["--peers", ""], "error[call.peers]: there is no peer ''"),
      (["--peer-seconds", "0"], "error[call.number]: --peer-seconds must be 1 to 86400, got 0"),
      (
        ["--memory", "low"],
        "--memory and --memory-limit are about a training step, and part whole is none"
      ),
      (
        ["--part", "step", "--memory-limit", "much"],
        "--memory-limit must be a number of bytes, 0 to 4e18, got 'much'"
      ),
      (["--precision", "bf16"], "--precision bf16 is not available yet"),
    ])
  func mistakes(_ words: [String], _ message: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.start(["bench", "simone:tiny"] + words).outcome()
      #expect(outcome.status == 2)
      #expect(outcome.out == "")
      #expect(outcome.error.contains(message))
    }
  }

  @Test("SMALTI_PEERS must name a program")
  func pythonIsNoProgram() throws {
    try withCommand { smalti in
      try smalti.write(Self.graph, to: "twice.smalti")
      let outcome = try smalti.run(
        "bench", "twice.smalti", "--peers", "all", environment: ["SMALTI_PEERS": "./none"])
      #expect(outcome.status == 2)
      #expect(outcome.error.contains("error[call.peers-python]: SMALTI_PEERS names ./none"))
    }
  }
}
