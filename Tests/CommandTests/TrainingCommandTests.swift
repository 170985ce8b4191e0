import Foundation
import Testing

/// What the command says of a step of training.
@Suite("The command: training") struct TrainingCommandTests {
  private func rows(_ text: String) throws -> [[String: Any]] {
    try #require(try json(text) as? [[String: Any]])
  }

  @Test("a step has a row for each memory policy, auto first, that agree")
  func policies() throws {
    try withCommand { smalti in
      let outcome = try smalti.run(
        "bench", "simone:tiny", "--part", "step", "--repetitions", "1", "--json")
      #expect(outcome.status == 0, "\(outcome.error)")
      let rows = try rows(outcome.out)
      #expect(rows.map { $0["memory"] as? String } == ["auto", "keep", "low"])
      #expect(rows.allSatisfy { $0["mode"] as? String == "fused" })
      #expect(rows.allSatisfy { $0["part"] as? String == "step" })
      for row in rows {
        let difference = try #require(row["max_relative_difference"] as? Double)
        #expect(difference < 1e-2, "\(row)")
        #expect(try #require(row["gflops"] as? Double) > 0)
      }
    }
  }

  @Test("--memory and --mode choose the rows")
  func choice() throws {
    try withCommand { smalti in
      let outcome = try smalti.run(
        "bench", "simone:tiny", "--part", "step", "--memory", "low", "--mode", "all",
        "--repetitions", "1", "--json")
      #expect(outcome.status == 0, "\(outcome.error)")
      let rows = try rows(outcome.out)
      let names = rows.map { "\($0["mode"] as? String ?? "") \($0["memory"] as? String ?? "")" }
      #expect(names == ["fused low", "unfused keep", "unfused-openblas keep"])
    }
  }

  @Test("explain --training shows what is kept and what is computed again")
  func explains() throws {
    try withCommand { smalti in
      let kept = try smalti.run("explain", "simone:tiny", "--training", "--memory", "keep")
      #expect(kept.status == 0, "\(kept.error)")
      #expect(kept.out.contains("simone:tiny, entry point step, for "))
      #expect(kept.out.contains("  state      "))
      #expect(kept.out.contains("copied are training.steps, training.skipped"))
      #expect(kept.out.contains("memory between far regions"))
      #expect(!kept.out.contains("computed again "))
      let low = try smalti.run(
        "explain", "simone:tiny", "--training", "--memory", "low", "--json")
      let page = try #require(try json(low.out) as? [String: Any])
      let choices = try #require(page["kept"] as? [[String: Any]])
      #expect(choices.contains { $0["isRecomputed"] as? Bool == true })
      let bytes = choices.compactMap { $0["bytes"] as? Int }
      #expect(bytes == bytes.sorted(by: >))
      let keptPage = try #require(
        try json(
          try smalti.run("explain", "simone:tiny", "--training", "--memory", "keep", "--json").out)
          as? [String: Any])
      func arena(_ page: [String: Any]) throws -> Int {
        try #require((page["memory"] as? [String: Any])?["arenaBytes"] as? Int)
      }
      #expect(try arena(page) < arena(keptPage))
    }
  }

  @Test("a limit makes auto compute again what does not fit, and low is the least of all")
  func limit() throws {
    try withCommand { smalti in
      func page(_ words: String...) throws -> (arena: Int, again: Int, flops: Int, note: String) {
        let outcome = try smalti.start(
          ["explain", "simone:tiny", "--training", "--json"] + words
        ).outcome()
        let page = try #require(try json(outcome.out) as? [String: Any])
        let choices = try #require(page["kept"] as? [[String: Any]])
        return (
          try #require((page["memory"] as? [String: Any])?["arenaBytes"] as? Int),
          choices.count { $0["isRecomputed"] as? Bool == true },
          try #require(page["flops"] as? Int), outcome.error
        )
      }
      let (wide, narrow) = (try page(), try page("--memory-limit", "9MB"))
      #expect(narrow.arena <= 9_000_000 && wide.arena > 9_000_000)
      #expect(narrow.again > wide.again)
      // What is computed again is work that is done.
      #expect(narrow.flops > wide.flops)
      #expect(narrow.note == "")
      let none = try page("--memory-limit", "0")
      #expect(none.arena <= narrow.arena)
      #expect(none.note.contains("more than the limit of 0 B"), "\(none.note)")
      #expect(try page("--memory", "low").arena <= none.arena)
    }
  }

  @Test("the page has the choices") func draws() throws {
    try withCommand { smalti in
      let file = "step.html"
      let outcome = try smalti.run(
        "explain", "simone:tiny", "--training", "--memory", "low", "--html", file)
      #expect(outcome.status == 0, "\(outcome.error)")
      let html = try String(contentsOfFile: smalti.path(file), encoding: .utf8)
      #expect(html.contains("What waits for far regions"))
      #expect(html.contains("<td>computed again</td>"))
    }
  }

  @Test("a file has no step") func refusesFiles() throws {
    try withCommand { smalti in
      try smalti.write(
        "program @p {\n  graph @step(%x: f32[2]) -> (y: f32[2]) {\n    return %x\n  }\n}\n",
        to: "step.graph")
      let outcome = try smalti.run("explain", "step.graph", "--training")
      #expect(outcome.status == 2)
      #expect(outcome.error.contains("a file has no step of training"), "\(outcome.error)")
    }
  }

  @Test(
    "options of training without training are refused",
    arguments: [
      (["--memory-limit", "5MB"], "--memory-limit is about a step of training"),
      (["--training", "--memory-limit", "0x10"], "must be a number of bytes"),
      (["--training", "adam_beta1=1"], "adam_beta1 must be 0 or more and below 1"),
      (["--memory", "low"], "--memory is about a step of training"),
      (["--training", "--entry", "encode"], "--training explains the entry point step"),
      (["--training", "--memory", "all"], "'all' is invalid for '--memory"),
    ])
  func refusals(_ words: [String], _ message: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.start(["explain", "simone:tiny"] + words).outcome()
      #expect(outcome.status == 2)
      #expect(outcome.error.contains(message), "\(outcome.error)")
    }
  }
}
