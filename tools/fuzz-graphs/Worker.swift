import Foundation
import RandomGraphs

/// Computes seeds in groups, saves findings, and says on standard output where it is.
struct Worker {
  let folder: URL

  func run(_ seeds: Range<UInt64>) throws {
    var next = seeds.lowerBound
    while next < seeds.upperBound {
      // Groups are aligned, so that a seed means the same comparison in every run.
      let end = min(seeds.upperBound, (next / Comparison.groupSize + 1) * Comparison.groupSize)
      say(.begins(next, count: Int(end - next)))
      let graphs = (next..<end).map { seed in
        var generator = GraphGenerator(seed: seed)
        return generator.graph()
      }
      let outcome = Comparison.drawn(seed: next).outcome(of: graphs)
      for finding in outcome.findings {
        say(.alive)
        try save(finding.shrunk())
      }
      say(
        .done(
          graphs: graphs.count, undecided: outcome.undecidedCount,
          interpreted: outcome.interpretedCount))
      next = end
    }
  }

  private func save(_ finding: Finding) throws {
    say(.found(try finding.save(in: folder)))
  }

  /// Written at once: what stays in a buffer is lost when the process dies.
  private func say(_ report: Report) {
    FileHandle.standardOutput.write(Data((report.line + "\n").utf8))
  }
}

extension Finding {
  /// The path of the file that holds it from now on.
  func save(in folder: URL) throws -> String {
    let url = folder.appending(path: "\(kind.rawValue)-\(drawn.seed).graph")
    try Data(description.utf8).write(to: url)
    return url.path
  }
}
