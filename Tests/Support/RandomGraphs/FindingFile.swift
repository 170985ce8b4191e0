import GraphIR
import GraphLowering
import GraphOps
import TensorCore
import TileIR

// A finding as a file, and back: comments say how it was found, the rest is the graph's text.

extension Finding {
  /// The finding with the smallest graph that shows the same kind of failure in the same way.
  package func shrunk(tryLimit: Int = 600) -> Finding {
    var comparison = comparison
    comparison.interpretedWork = 100_000
    func again(_ drawn: RandomGraph) -> Finding? {
      comparison.outcome(of: [drawn]).findings.first { $0.kind == kind }
    }
    var shrinker = Shrinker { again($0) != nil }
    shrinker.tryLimit = tryLimit
    // The variant may have to be drawn with others; then the graph stays as it is.
    guard again(drawn) != nil else { return self }
    return again(shrinker.shrunk(drawn)) ?? self
  }

  /// What computes the graph again as it was when it failed.
  package var comparison: Comparison {
    var variant = variant
    variant.isInterpreted = false
    return Comparison([variant], level: level)
  }
}

/// A graph from a file, and how it was computed.
package struct SavedGraph: Sendable {
  package var drawn: RandomGraph
  /// Those that comments state, in order.
  package var variants: [Variant] = []
  package var level: TargetLevel?

  /// Reads what ``Finding/description`` or ``Comparison/text(of:)`` wrote; without comments, values are
  /// those of seed 0.
  ///
  /// - Errors: those of the parser.
  package init(_ text: String) throws(Diagnostic) {
    drawn = RandomGraph(seed: 0, try Parser.graph(text, OpCatalog.table))
    for line in text.split(separator: "\n").prefix(while: { $0.hasPrefix("//") }) {
      let words = line.split(whereSeparator: { " ,".contains($0) }).map(String.init)
      if words.count >= 5, words[1] == "seed", words[3] == "level", let seed = UInt64(words[2]) {
        drawn.seed = seed
        level = TargetLevel(name: words[4])
      }
      if var variant = Variant(endOf: line) {
        variant.isInterpreted = false
        variants.append(variant)
      }
    }
  }

  /// Everything that ``Comparison`` does, in the ways that are stated, and fused and unfused.
  package var comparison: Comparison {
    var all = variants
    for usual in [Variant.fused, .unfused] where !all.contains(usual) { all.append(usual) }
    var comparison = Comparison(all, level: level ?? Comparison.levels[0])
    if !Comparison.levels.contains(comparison.level) { comparison.level = Comparison.levels[0] }
    comparison.interpretedWork = 100_000
    return comparison
  }
}
