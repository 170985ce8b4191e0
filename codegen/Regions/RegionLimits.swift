/// What bounds a region: numbers of the plan, never of the machine that makes it.
package struct RegionLimits: Sendable {
  /// Bytes of scratch of one worker that a tile should stay below: half of a 1 MiB L2, the rest being
  /// panels and what is read.
  package var scratchByteCount = 512 * 1024
  /// Elements of the largest value of a tile where nothing is multiplied.
  package var tileCount = 32 * 1024
  /// The same beside products, which make wide rows.
  package var productTileCount = 256 * 1024
  /// Rows of products that make reading a panel worth while, and as many as are useful.
  package var rows = 32...128
  /// Tasks that a step should have if it has work for them, and the work of one (see
  /// ``AccessGraph/work(_:)``).
  package var taskCount = 32
  package var workPerTask = 1 << 20
  /// Part of a region's work that may be done more than once.
  package var recomputedShare = 0.05
  /// Ranges of tiles that a reduction over tiled axes accumulates in, and bytes of all their
  /// accumulators.
  package var laneCount = 32
  package var accumulatorByteCount = 64 << 20

  package init() {}
}
