import Foundation
import Glibc
import RandomGraphs

/// Workers side by side, each a process with a part of the seeds; a part that kills its worker is
/// searched for the seed that did it.
struct Fleet {
  private(set) var tally = Tally()
  private var parts: [Range<UInt64>] = []
  private let jobs: Int
  private let folder: URL
  private let start = ContinuousClock().now
  private var shownAt = ContinuousClock().now

  /// Seeds of one process: some seconds of work, so that memory and a crash stay small.
  private static let partSize: UInt64 = 20 * Comparison.groupSize
  /// A worker that says nothing for so long hangs.
  private static let patience = Duration.seconds(180)

  init(_ seeds: Range<UInt64>, jobs: Int, folder: URL) {
    self.jobs = jobs
    self.folder = folder
    var next = seeds.lowerBound
    while next < seeds.upperBound {
      let end = min(seeds.upperBound, (next / Self.partSize + 1) * Self.partSize)
      parts.append(next..<end)
      next = end
    }
    parts.reverse()
  }

  mutating func run() throws {
    var children: [Child] = []
    while !parts.isEmpty || !children.isEmpty {
      while children.count < jobs, let part = parts.popLast() {
        children.append(try Child(part, folder: folder))
      }
      usleep(50_000)
      for child in children {
        count(child.news())
        if child.isRunning, child.silence > Self.patience { child.stop() }
      }
      for child in children where !child.isRunning {
        count(child.news())
        try finish(child)
      }
      children.removeAll { !$0.isRunning }
      show(isLast: false)
    }
    show(isLast: true)
  }

  private mutating func count(_ reports: [Report]) {
    for report in reports {
      switch report {
      case .done(let graphs, let undecided, let interpreted):
        tally.graphCount += graphs
        tally.undecidedCount += undecided
        tally.interpretedCount += interpreted
      case .found(let path):
        tally.findingCount += 1
        say(path)
      case .begins, .alive: break
      }
    }
  }

  /// What is left of a part whose worker died: the rest goes on, the group is tried seed by seed.
  private mutating func finish(_ child: Child) throws {
    guard !child.endedWell else { return }
    let group = child.group
    if group.count == 1 {
      try report(crashOf: group.lowerBound, child.ending)
    } else {
      for seed in group { parts.append(seed..<seed + 1) }
    }
    if group.upperBound < child.part.upperBound {
      parts.append(group.upperBound..<child.part.upperBound)
    }
  }

  private mutating func report(crashOf seed: UInt64, _ ending: String) throws {
    var generator = GraphGenerator(seed: seed)
    let comparison = Comparison.drawn(seed: seed)
    tally.graphCount += 1
    tally.findingCount += 1
    let search = CrashSearch(comparison, folder: folder)
    let finding = try search.finding(generator.graph(), ending)
    say(try finding.save(in: folder))
  }

  /// A finding's path; on a terminal the line of progress makes way.
  private func say(_ path: String) {
    print(isatty(STDOUT_FILENO) == 1 ? "\u{1B}[K\(path)" : path)
    fflush(nil)
  }

  /// A line on standard error, over the one before it.
  private mutating func show(isLast: Bool) {
    let now = ContinuousClock().now
    let isTerminal = isatty(STDERR_FILENO) == 1
    guard isLast || now - shownAt > .seconds(isTerminal ? 1 : 60) else { return }
    shownAt = now
    let seconds = (now - start) / .seconds(1)
    let rate = (Double(tally.graphCount) / max(seconds, 0.001) * 10).rounded() / 10
    let text =
      "\(tally.graphCount) graphs, \(tally.undecidedCount) undecided, "
      + "\(tally.interpretedCount) plans by the tile interpreter, \(tally.findingCount) findings, "
      + "\(rate) graphs a second"
    let line = isLast ? "\(text)\n" : isTerminal ? "\(text)\r" : "\(text)\n"
    FileHandle.standardError.write(Data(((isTerminal ? "\u{1B}[K" : "") + line).utf8))
  }
}
