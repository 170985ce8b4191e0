import GraphRegions
import TileIR

extension EntryPlan {
  /// What a region leaves for much later ones, and what each way to have it there costs.
  ///
  /// - Units: bytes; seconds on one core of the level's reference machine.
  public struct MemoryChoice: Sendable, Hashable {
    public var region: String
    /// Bytes that wait in memory if they are kept.
    public var byteCount: Int
    /// To write and to read them once.
    public var keepSeconds: Double
    /// To compute them again for all who read them.
    public var recomputeSeconds: Double
    /// 2 x multiply-adds of that.
    public var recomputeFlops: Int
    public var isRecomputed: Bool
  }
}

/// Chooses what is computed again, by the policy.
struct MemoryChoice {
  private(set) var partition: Partition
  private(set) var choices: [EntryPlan.MemoryChoice] = []

  /// Part of the memory between regions that a region's values must have to be worth a chain of their
  /// own where that is faster, and where memory is to be low.
  private static let (fastShare, lowShare) = (0.01, 0.05)

  init(
    _ partition: Partition, _ options: LoweringOptions, _ target: TargetLevel,
    grow: (AccessGraph) -> Partition
  ) {
    self.partition = partition
    guard options.fuses else { return }
    let candidates = partition.rematerializations
    let machine = ReferenceMachine(target)
    choices = candidates.map { candidate in
      EntryPlan.MemoryChoice(
        region: candidate.label, byteCount: candidate.byteCount,
        keepSeconds: 2 * Double(candidate.byteCount) / machine.bandwidth,
        recomputeSeconds: Double(candidate.work) / machine.peak,
        recomputeFlops: candidate.flops, isRecomputed: false)
    }
    var chosen: Set<Int> = []
    var bytes = partition.storedByteCount
    // What is faster computed again is, unless all is to be kept; then what saves most.
    for (index, choice) in choices.enumerated() where options.memory != .keep {
      guard choice.recomputeSeconds < choice.keepSeconds,
        Double(choice.byteCount) > Self.fastShare * Double(bytes)
      else { continue }
      chosen.insert(index)
    }
    let order = choices.indices.sorted { a, b in
      (choices[b].byteCount, a) < (choices[a].byteCount, b)
    }
    for index in order where !chosen.contains(index) {
      switch options.memory {
      case .keep: continue
      case .auto: guard bytes > options.memoryLimit else { continue }
      case .low:
        guard Double(choices[index].byteCount) > Self.lowShare * Double(bytes) else { continue }
      }
      chosen.insert(index)
      bytes -= choices[index].byteCount
    }
    guard !chosen.isEmpty else { return }
    for index in chosen { choices[index].isRecomputed = true }
    self.partition = grow(partition.recomputing(chosen.sorted().map { candidates[$0] }))
  }
}
