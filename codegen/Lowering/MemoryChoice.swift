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
  private let recomputation: Recomputation
  private let machine: ReferenceMachine
  private var chosen: Set<Int> = []
  private var outcome: Recomputation.Outcome

  /// Part of the memory between regions that a region's values must have to be worth a chain of their
  /// own where that is faster, and where memory is to be low.
  private static let (fastShare, lowShare) = (0.01, 0.05)
  /// How many regions are weighed, those that leave most: each is weighed against all others.
  private static let mostCandidates = 48

  init(
    _ partition: Partition, _ options: LoweringOptions, _ target: TargetLevel,
    grow: (AccessGraph) -> Partition
  ) {
    self.partition = partition
    recomputation = Recomputation(partition)
    machine = ReferenceMachine(target)
    outcome = recomputation.outcome(of: [])
    guard options.fuses else { return }
    choices = recomputation.candidates.map { candidate in
      EntryPlan.MemoryChoice(
        region: candidate.label, byteCount: candidate.byteCount,
        keepSeconds: 2 * Double(candidate.byteCount) / machine.bandwidth,
        recomputeSeconds: candidate.work / machine.peak,
        recomputeFlops: Int(min(candidate.flops, 0x1p62)), isRecomputed: false)
    }
    switch options.memory {
    case .keep: return
    case .auto:
      takeFaster()
      reach(options.memoryLimit)
    case .low:
      takeFaster()
      takeLarge()
    }
    guard !chosen.isEmpty else { return }
    for index in chosen { choices[index].isRecomputed = true }
    self.partition = grow(partition.recomputing(recomputation.chains(chosen)))
  }

  /// The regions that leave most, most first.
  private var largest: ArraySlice<Int> {
    choices.indices.sorted { a, b in
      (choices[b].byteCount, a) < (choices[a].byteCount, b)
    }.prefix(Self.mostCandidates)
  }

  /// Takes a region's values if memory does not grow by that.
  private mutating func take(_ index: Int) {
    let next = recomputation.outcome(of: chosen.union([index]))
    guard next.peak <= outcome.peak else { return }
    chosen.insert(index)
    outcome = next
  }

  /// What is faster computed again than written and read.
  private mutating func takeFaster() {
    for index in largest {
      guard choices[index].recomputeSeconds < choices[index].keepSeconds,
        Double(choices[index].byteCount) > Self.fastShare * Double(outcome.peak)
      else { continue }
      take(index)
    }
  }

  /// All that is a good part of what is left.
  private mutating func takeLarge() {
    for index in largest
    where !chosen.contains(index)
      && Double(choices[index].byteCount) > Self.lowShare * Double(outcome.peak)
    {
      take(index)
    }
  }

  /// What saves most bytes for a second of work where most is alive, until the limit is met or nothing
  /// helps.
  private mutating func reach(_ limit: Int) {
    while outcome.peak > limit {
      let place = outcome.peakRegion
      var best: (gain: Double, index: Int, outcome: Recomputation.Outcome)?
      for index in largest where !chosen.contains(index) {
        let next = recomputation.outcome(of: chosen.union([index]))
        let saved = outcome.alive[place] - next.alive[place]
        guard saved > 0, next.peak <= outcome.peak else { continue }
        let gain = Double(saved) / max((next.work - outcome.work) / machine.peak, 1e-9)
        if gain > best?.gain ?? 0 { best = (gain, index, next) }
      }
      guard let best else { return }
      chosen.insert(best.index)
      outcome = best.outcome
    }
  }
}
