import GraphIR
import GraphLowering
import GraphRegions
import TileIR

/// How a plan was made: what a finding must say so that it can be seen again.
package struct Variant: Sendable, Hashable, CustomStringConvertible {
  package var fuses: Bool
  package var without: [LoweringPass]
  /// What bounds regions: small, so that small graphs have many tiles and lanes.
  package var limits = RegionLimits()
  /// Whether the tile interpreter ran the plan, rather than machine code.
  package var isInterpreted = false

  package init(fuses: Bool = true, without: [LoweringPass] = [], isInterpreted: Bool = false) {
    self.fuses = fuses
    self.without = without
    self.isInterpreted = isInterpreted
  }

  package static let fused = Variant()
  package static let unfused = Variant(fuses: false)

  package var options: LoweringOptions {
    var options = LoweringOptions()
    options.fuses = fuses
    options.without = Set(without)
    options.limits = limits
    return options
  }

  package var description: String {
    let runner = isInterpreted ? "tile interpreter" : "machine code"
    guard fuses else { return "\(runner), unfused" }
    let passes = without.map(\.rawValue).joined(separator: ", ")
    let small = limits == .cramped ? " cramped" : ""
    return "\(runner),\(small) fused" + (passes.isEmpty ? "" : " without \(passes)")
  }

  /// A plan with a random subset of the passes left out, every other time with small tiles.
  static func partial(_ stream: inout RandomStream) -> Variant {
    var variant = Variant(without: LoweringPass.allCases.filter { _ in stream.chance(35) })
    if stream.chance(50) { variant.limits = .cramped }
    return variant
  }
}

extension RegionLimits {
  /// Tiles of a few dozen elements and tasks for a few operations, so that graphs of random tests have
  /// the regions, tiles and boundaries that large graphs have.
  package static let cramped: RegionLimits = {
    var limits = RegionLimits()
    limits.tileCount = 48
    limits.productTileCount = 512
    limits.rows = 2...8
    limits.workPerTask = 64
    limits.smallWork = 32
    limits.wholeByteCount = 16
    return limits
  }()
}

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
