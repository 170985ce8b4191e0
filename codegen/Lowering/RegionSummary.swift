/// What one region is, in the terms that people ask about: `smalti explain` prints these.
public struct RegionSummary: Sendable, Hashable {
  /// A parallel axis and how long its tiles are.
  public struct Axis: Sendable, Hashable {
    public var length: Int
    public var tile: Int

    public init(length: Int, tile: Int) {
      self.length = length
      self.tile = tile
    }
  }

  /// An edge into this region that a region boundary cuts, and why.
  public struct Boundary: Sendable, Hashable {
    /// Labels of the nodes at both ends.
    public var from: String
    public var to: String
    public var reason: String

    public init(from: String, to: String, reason: String) {
      self.from = from
      self.to = to
      self.reason = reason
    }
  }

  public var name: String
  /// Numbers of the graph's nodes that it computes, ascending.
  public var operations: [Int] = []
  /// Labels of the graph's nodes that it computes: scope and operation, in order, each once.
  public var nodes: [String] = []
  /// Parallel axes, outermost first.
  public var axes: [Axis] = []
  /// Contiguous ranges of tiles that a reduction over tiled axes accumulates in; 1 without.
  public var laneCount = 1
  /// Whether it depends on parameters alone and runs once, before the first run.
  public var isPrepared = false
  /// Its steps in the plan it belongs to: `prepare` or `run`. Slices repeat them.
  public var steps: [Int] = []
  public var flops = 0
  /// Operands and results of the region, outside scratch.
  public var bytesMoved = 0
  /// What its operations would move as a region each; see ``EntryPlan/compare(unfused:)``.
  public var unfusedBytesMoved = 0
  /// Of one worker.
  public var scratchByteCount = 0
  /// Of the buffers between steps that it writes.
  public var arenaByteCount = 0
  /// Seconds on one core of the level's reference machine, from work and bytes alone.
  public var predictedSeconds = 0.0
  public var boundaries: [Boundary] = []

  public init(_ name: String) { self.name = name }
}
