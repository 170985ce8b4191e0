import Foundation
import Goldens
import Smalti
import Testing

/// `explain`: text, JSON, page and trace.
@Suite("The command: explain")
struct ExplainTests {
  /// Two dense layers of equal shape, which share kernels, and a softmax.
  static let dense = """
    graph @dense(%x: f32[512, 64]) -> (y: f32[512, 64]) {
      %v = parameter "hidden.weight" : f32[64, 64]
      %w = parameter "output.weight" : f32[64, 64]
      %0 = contract %x, %v {equation = "ik,kj->ij"} : f32[512, 64]
      %1 = relu %0 : f32[512, 64]
      %2 = contract %1, %w {equation = "ik,kj->ij"} : f32[512, 64]
      %3 = add %2, %0 : f32[512, 64]
      %y = softmax %3 : f32[512, 64]
      return %y
    }
    """

  @Test("says what it always said of a small graph", arguments: ["short", "verbose"])
  func golden(_ form: String) throws {
    try withCommand { smalti in
      try smalti.write(Self.dense, to: "dense.smalti")
      let call = ["explain", "dense.smalti", "--target", "x86-64-v3"]
      let outcome = try smalti.start(call + (form == "short" ? [] : ["--\(form)"])).outcome()
      #expect(outcome.status == 0)
      #expect(outcome.error == "")
      // Names of kernels are hashes, which say nothing to a reader of this page.
      let text = outcome.out.replacing(/smalti_k[0-9a-f]+/, with: "smalti_k…")
      #expect(try Golden("explain-\(form).txt").mismatch(text) == nil)
    }
  }

  @Test("counts as the plan does, and measures when asked")
  func measures() throws {
    try withCommand { smalti in
      let plain = try smalti.run("explain", "simone:tiny", "--entry", "encode")
      #expect(plain.status == 0)
      #expect(plain.out.hasPrefix("simone:tiny, entry point encode, for "))
      #expect(!plain.out.contains("measured "))
      let lines = plain.out.split(separator: "\n")
      let cuts = try #require(lines.first { $0.hasPrefix("  not fused") })
      #expect(cuts.ranges(of: " x ").count == 3, "\(cuts)")
      let rest = /, \d+ for \d+ other reasons?, which the regions below name$/
      #expect(cuts.contains(rest), "\(cuts)")
      let compiled = try Compiler.compile(try Zoo.model("simone:tiny").program(entries: ["encode"]))
      let plan = try compiled.entry("encode").run
      let outcome = try smalti.run(
        "explain", "simone:tiny", "--entry", "encode", "--measure", "--repetitions", "2", "--json")
      let page = try #require(try json(outcome.out) as? [String: Any])
      #expect(page["flops"] as? Int == plan.flops)
      #expect((page["steps"] as? [Any])?.count == plan.steps.count)
      #expect((page["buffers"] as? [Any])?.count == plan.buffers.count)
      let memory = try #require(page["memory"] as? [String: Any])
      #expect(memory["arenaBytes"] as? Int == plan.arenaByteCount)
      #expect(memory["scratchBytes"] as? Int == plan.scratchByteCount)
      let measured = try #require(page["measured"] as? [String: Any])
      let times = try #require(measured["stepSeconds"] as? [Double])
      #expect(times.count == plan.steps.count)
      #expect(times.allSatisfy { $0 >= 0 })
      let whole = try #require(measured["seconds"] as? Double)
      #expect(whole > 0)
      try checkRegions(page, times)
    }
  }

  /// Regions of a run have every step once, and times that are sums over their steps.
  private func checkRegions(_ page: [String: Any], _ times: [Double]) throws {
    let regions = try #require(page["regions"] as? [[String: Any]])
    let run = regions.filter { $0["isPrepared"] as? Bool == false }
    #expect(run.map { $0["label"] as? String } == run.indices.map(String.init))
    let peak = try #require(page["peakGigaflops"] as? Double)
    var steps: [Int] = []
    for region in run {
      let own = try #require(region["steps"] as? [Int])
      let seconds = try #require(region["measuredSeconds"] as? Double)
      #expect(abs(seconds - own.reduce(0) { $0 + times[$1] }) <= 1e-12)
      if let gigaflops = region["gigaflops"] as? Double {
        let flops = try #require(region["flops"] as? Int)
        #expect(abs(gigaflops * seconds / (Double(flops) * 1e-9) - 1) < 1e-9)
        let percent = try #require(region["percentOfPeak"] as? Double)
        #expect(abs(percent / (gigaflops / peak * 100) - 1) < 1e-9)
      }
      steps += own
    }
    #expect(steps.sorted() == Array(times.indices))
    let shares = run.compactMap { $0["timeShare"] as? Double }
    #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
  }

  @Test("JSON has the documented keys, and no others")
  func keys() throws {
    try withCommand { smalti in
      try smalti.write(Command.smallGraph, to: "small.smalti")
      let outcome = try smalti.run("explain", "small.smalti", "--json")
      let page = try #require(try json(outcome.out) as? [String: Any])
      let documented = try documentedKeys()
      #expect(Set(page.keys) == documented["page"])
      for (list, name) in [("regions", "region"), ("buffers", "buffer"), ("steps", "step")] {
        for item in try #require(page[list] as? [[String: Any]]) {
          #expect(Set(item.keys) == documented[name])
        }
      }
      let measured = try smalti.run(
        "explain", "small.smalti", "--measure", "--repetitions", "1", "--json")
      let more = try #require(try json(measured.out) as? [String: Any])
      #expect(Set(more.keys).subtracting(page.keys) == documented["page, measured"])
      let times = try #require(more["measured"] as? [String: Any])
      #expect(Set(times.keys) == documented["measured"])
    }
  }

  /// The tables of docs/explain.md: a row is the name of an object and its keys.
  private func documentedKeys() throws -> [String: Set<String>] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/explain.md"), encoding: .utf8)
    var keys: [String: Set<String>] = [:]
    for row in text.split(separator: "\n") where row.hasPrefix("| ") {
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 2 else { continue }
      keys[cells[0]] = Set(cells[1].matches(of: /`(\w+)`/).map { String($0.output.1) })
    }
    return keys
  }

  @Test("the page names every region, and is one file")
  func page() throws {
    try withCommand { smalti in
      let call = ["explain", "simone:tiny", "--entry", "decode"]
      let outcome = try smalti.start(call + ["--html", "page.html", "--json"]).outcome()
      #expect(outcome.status == 0)
      #expect(outcome.error.contains("wrote page.html: "))
      let report = try #require(try json(outcome.out) as? [String: Any])
      let regions = try #require(report["regions"] as? [[String: Any]])
      let page = try String(contentsOfFile: smalti.path("page.html"), encoding: .utf8)
      for region in regions where region["isPrepared"] as? Bool == false {
        let name = try #require(region["name"] as? String)
        #expect(page.contains("class=\"name\" title=\"\(name)\">\(name)</span>"), "\(name)")
        #expect(page.contains("class=\"name\">\(name)</th>"), "\(name)")
      }
      #expect(page.contains("--entry decode --html page.html"))
      #expect(!page.contains("http"))
      #expect(try smalti.files() == ["page.html"])
    }
  }

  @Test("a trace has every step of every run, in order, inside its run")
  func trace() throws {
    try withCommand { smalti in
      let outcome = try smalti.run(
        "explain", "simone:tiny", "--entry", "encode", "--trace", "runs.json", "--repetitions",
        "3", "--json", "--quiet")
      #expect(outcome.status == 0)
      #expect(outcome.error == "")
      let report = try #require(try json(outcome.out) as? [String: Any])
      let steps = try #require(report["steps"] as? [[String: Any]])
      let text = try String(contentsOfFile: smalti.path("runs.json"), encoding: .utf8)
      let trace = try #require(try json(text) as? [String: Any])
      #expect((trace["otherData"] as? [String: String])?["entry"] == "encode")
      let events = try #require(trace["traceEvents"] as? [[String: Any]])
      #expect(Set(events.compactMap { $0["ph"] as? String }) == ["M", "X", "C"])
      let runs = try events.filter { $0["cat"] as? String == "run" }.map(Interval.init)
      #expect(runs.count == 3)
      let spans = events.filter { $0["cat"] as? String == "step" }
      #expect(spans.count == 3 * steps.count)
      var end = 0.0
      for (number, span) in spans.enumerated() {
        let interval = try Interval(span)
        let run = runs[number / steps.count]
        // Sums of microseconds in floating point.
        #expect(interval.start >= end - 1e-3)
        #expect(interval.start >= run.start - 1e-3 && interval.end <= run.end + 1e-3)
        end = interval.end
        let step = steps[number % steps.count]
        let arguments = try #require(span["args"] as? [String: Any])
        #expect(arguments["flops"] as? Int == step["flops"] as? Int)
        #expect(arguments["bytes"] as? Int == step["bytesMoved"] as? Int)
        #expect(arguments["kernel"] as? String == step["kernel"] as? String)
        #expect(arguments["step"] as? Int == number % steps.count)
        #expect(arguments["region"] is String)
      }
    }
  }

  private struct Interval {
    var start: Double
    var end: Double

    init(_ event: [String: Any]) throws {
      start = try #require(event["ts"] as? Double)
      end = start + (try #require(event["dur"] as? Double))
    }
  }

  @Test(
    "files that cannot be written are refused before the work", arguments: ["--html", "--trace"])
  func refusesFiles(_ option: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.run("explain", "simone:tiny", option, "nowhere/file")
      #expect(outcome.status == 1)
      #expect(outcome.out == "")
      #expect(
        outcome.error.hasPrefix("error[file.unwritable]: cannot write nowhere/file: "))
      let twice = try smalti.run("explain", "simone:tiny", "--html", "a", "--trace", "a")
      #expect(twice.status == 2)
      #expect(
        twice.error.hasPrefix("error[call.output-repeated]: --html and --trace both name a"))
      #expect(try smalti.files() == [])
    }
  }
}
