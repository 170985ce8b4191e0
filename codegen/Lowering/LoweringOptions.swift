import GraphRegions
import TileIR

/// What lowering may choose. The plan is a function of the graph, the target level and these; the
/// defaults are the fast path.
public struct LoweringOptions: Hashable, Sendable {
  /// Whether operations that share parallel axes become one region. Without it every operation of
  /// the graph as built is a region of its own, or a few where a value is needed whole.
  public var fuses = true
  /// Passes left out, for tests that compare plans with each other; no pass changes what is computed.
  public var without: Set<LoweringPass> = []
  /// Bytes of buffers between steps above which chains of steps run in slices. A stated number, never
  /// read from the host, so that the plan is the same everywhere.
  public var memoryLimit = 1 << 30
  /// What an entry point keeps between regions that lie far apart.
  public var memory = MemoryPolicy.keep
  /// Who computes products.
  public var matmul = MatmulProvider.smalti
  /// The level whose panels are used, so that one file's levels share their prepared weights; by
  /// default the target's own.
  public var panelLevel: TargetLevel?
  /// What bounds regions and their tiles, for the target level; by default what its caches suggest.
  public var tuning: Tuning?
  /// The same for tests, of any numbers; goes before a tuning.
  package var limits: RegionLimits?

  public init() {}

  func runs(_ pass: LoweringPass) -> Bool {
    if without.contains(pass) { return false }
    // What happens inside one operation is not fusion.
    return fuses || [.inlineMaps, .reduceInLanes, .walkAxes, .shareScratch].contains(pass)
  }
}

/// Whether values that only much later regions read (what the forward half of a training step leaves
/// for its gradient) are stored or computed again.
public enum MemoryPolicy: String, CaseIterable, Sendable {
  /// The fastest by the cost model that stays within the memory limit.
  case auto
  /// Stored.
  case keep
  /// Computed again, wherever that saves a noticeable part of the memory.
  case low
}

/// A pass of lowering that can be left out.
public enum LoweringPass: String, CaseIterable, Sendable {
  /// A product over a concatenation of broadcasts becomes one product per part.
  case splitSeparableProducts = "split-separable-products"
  /// A product with a softmax divides its sums instead of the softmax.
  case normaliseProductsLate = "normalise-products-late"
  /// A convolution reads the pieces of a concatenation or a padded image themselves.
  case foldPieces = "fold-pieces"
  /// A map that is read elsewhere than at the reader's own position is computed again there.
  case recomputeMaps = "recompute-maps"
  /// Operations grow together into regions.
  case growRegions = "grow-regions"
  /// A map with one reader is computed where it is read.
  case inlineMaps = "inline-maps"
  /// What follows a product elementwise is computed before it is stored.
  case mergeEpilogues = "merge-epilogues"
  /// An axis that only an inner part of a region shares is walked in order.
  case walkAxes = "walk-axes"
  /// A reduction over tiled axes ends the region that computes its operand.
  case reduceInLanes = "reduce-in-lanes"
  /// A region writes what another one multiplies by in panels.
  case writePanels = "write-panels"
  /// Scratch arrays that are never alive together share memory.
  case shareScratch = "share-scratch"
}
