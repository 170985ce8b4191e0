import ArgumentParser
import Foundation
import RandomGraphs

/// Compares ways of computing random graphs, as many as asked for, and saves what it finds.
///
/// The graphs are computed in child processes: one that dies names its graphs, and each of them is
/// tried alone.
@main
struct FuzzGraphs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz-graphs",
    abstract: "Compares interpreter, tile interpreter, unfused and fused code on random graphs.",
    discussion: """
      A finding is saved as graph text, made as small as it still fails, and can be
      read again with --replay. The same seed gives the same graph everywhere, and on
      machines with the same levels the same ways of computing it.

      Exit codes: 0 nothing found, 1 findings, 64 a mistake in the call.

      Example: make fuzz-graphs COUNT=10000 SEED=7
      """)

  @Option(help: "How many graphs.")
  var count = 1000

  @Option(help: "The first seed.")
  var seed: UInt64 = 1

  @Option(help: "How many processes work side by side.")
  var jobs = 2

  @Option(help: "The folder for findings.")
  var out = ".build/fuzz-findings"

  @Option(help: "Compute the graph of a file instead.")
  var replay: String?

  @Flag(help: "Print the graphs of the seeds, and how they are computed, instead.")
  var show = false

  @Flag(help: .hidden)
  var worker = false

  func validate() throws {
    guard (1...100_000_000).contains(count) else {
      throw ValidationError("--count is 1 to 100000000, got \(count)")
    }
    guard (1...256).contains(jobs) else { throw ValidationError("--jobs is 1 to 256, got \(jobs)") }
    guard seed <= UInt64(Int64.max) else { throw ValidationError("--seed is too large: \(seed)") }
  }

  func run() throws {
    let seeds = seed..<seed + UInt64(count)
    if let replay {
      let saved = try SavedGraph(String(contentsOfFile: replay, encoding: .utf8))
      let comparison = saved.comparison
      print("level \(comparison.level)")
      for variant in comparison.variants { print(variant) }
      let findings = comparison.outcome(of: [saved.drawn]).findings
      for finding in findings { print(finding) }
      if !findings.isEmpty { throw ExitCode(1) }
    } else if show {
      for seed in seeds {
        var generator = GraphGenerator(seed: seed)
        print(Comparison.drawn(seed: seed).text(of: generator.graph()))
      }
    } else if worker {
      try Worker(folder: URL(filePath: out)).run(seeds)
    } else {
      try FileManager.default.createDirectory(
        at: URL(filePath: out), withIntermediateDirectories: true)
      var fleet = Fleet(seeds, jobs: jobs, folder: URL(filePath: out))
      try fleet.run()
      if fleet.tally.findingCount > 0 { throw ExitCode(1) }
    }
  }
}
