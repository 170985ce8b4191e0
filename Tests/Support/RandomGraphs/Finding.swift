import GraphIR
import TileIR

/// A graph on which two ways of computing differ, or one of them fails.
package struct Finding: Error, Sendable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    /// A result is not what the interpreter computes.
    case wrongResult = "wrong-result"
    /// Two runs of the same code gave other bits.
    case otherBits = "other-bits"
    /// Regions or the plan break a law of their verifier, or a kernel one of the tile verifier.
    case brokenPlan = "broken-plan"
    /// Lowering, compiling or running failed.
    case failure
    /// The process died.
    case crash
  }
  package var kind: Kind
  package var variant: Variant
  package var level: TargetLevel
  package var message: String
  package var drawn: RandomGraph

  package init(
    _ kind: Kind, _ variant: Variant, _ level: TargetLevel, _ message: String,
    _ drawn: RandomGraph
  ) {
    self.kind = kind
    self.variant = variant
    self.level = level
    self.message = message
    self.drawn = drawn
  }

  /// A file of its own: what happened as comments, then the graph, which the parser reads back.
  package var description: String {
    let facts = "\(kind.rawValue): \(variant)\nseed \(drawn.seed), level \(level)\n\(message)"
    let lines = facts.split(separator: "\n").map { "// \($0)\n" }
    return lines.joined() + drawn.graph.description
  }
}
