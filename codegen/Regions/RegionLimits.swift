/// What bounds a region: numbers of the plan, never of the machine that makes it.
package struct RegionLimits: Sendable, Hashable {
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
  /// Work that one task does before another could start.
  package var smallWork = 1 << 17
  /// Part of a region's work that may be done more than once.
  package var recomputedShare = 0.05
  /// Ranges of tiles that a reduction over tiled axes accumulates in, and bytes of all their
  /// accumulators.
  package var laneCount = 32
  package var accumulatorByteCount = 64 << 20
  /// Tasks that products in lanes should have, or their operands are stored instead.
  package var laneTaskCount = 8
  /// Bytes of finished operands above which a product reads them super-tile by super-tile; each of
  /// at least so many rows and, if they have room, of so many bytes.
  package var superTileOperandByteCount = 64 << 20
  package var superTileRows = 2048
  package var superTileByteCount = 32 << 20
  /// Rows and columns of sums that a task keeps near where both operands are finished, and terms
  /// that are added at a time.
  package var sumRows = 128
  package var sumColumns = 512
  package var sumDepth = 256
  /// Terms that a sum or product adds one after another; longer ones are sums of sums.
  package var longestSum = 4096

  /// Positions of a softmax that a task computes at once: their scores, for the fewest rows worth
  /// having, take half of what scratch should stay below.
  package var longestSoftmax: Int { scratchByteCount / (2 * rows.lowerBound * 4) }

  package init() {}
}
