import Foundation
import Glibc
import RandomGraphs

/// Makes a graph smaller whose computation kills its process; every try is a process of its own.
struct CrashSearch {
  private let comparison: Comparison
  private let folder: URL

  init(_ comparison: Comparison, folder: URL) {
    self.comparison = comparison
    self.folder = folder
  }

  /// The finding with the smallest graph that still kills.
  func finding(_ drawn: RandomGraph, _ ending: String) throws -> Finding {
    func made(_ drawn: RandomGraph, _ variant: Variant) -> Finding {
      Finding(.crash, variant, comparison.level, ending, drawn)
    }
    let file = folder.appending(path: ".candidate-\(drawn.seed)")
    defer { try? FileManager.default.removeItem(at: file) }
    func kills(_ finding: Finding) -> Bool {
      guard (try? Data(finding.description.utf8).write(to: file)) != nil,
        let child = try? Child(0..<1, ["--replay", file.path], folder: folder)
      else { return false }
      for _ in 0..<600 where child.isRunning { usleep(50_000) }
      if child.isRunning { child.stop() }
      child.waitUntilEnd()
      // Code 1 is a finding that was printed.
      return !child.ending.contains("code")
    }
    guard let variant = comparison.variants.first(where: { kills(made(drawn, $0)) }) else {
      return made(drawn, comparison.variants[0])
    }
    var shrinker = Shrinker { kills(made($0, variant)) }
    shrinker.tryLimit = 300
    return made(shrinker.shrunk(drawn), variant)
  }
}
