import TileIR

/// The machine that predictions are about: one core of a server of a target level, by round numbers
/// that are stated here and never measured, so that a prediction is a function of the plan.
///
/// - Units: operations, bytes and cycles a second.
public struct ReferenceMachine: Sendable, Hashable {
  /// Cycles a second under sustained wide vectors.
  public static let clock = 2.5e9
  /// Fused multiply-adds on whole vectors that a core starts each cycle. Source: two on the cores
  /// that each level is named for (Intel SDM Optimization Reference Manual, ports 0 and 1 or 0 and 5;
  /// Arm Neoverse N1 Software Optimization Guide, pipes V0 and V1).
  public static let multiplyAddsPerCycle = 2.0
  /// What one core streams from and to memory.
  public static let bandwidth = 10e9

  /// Floating-point operations a second of one core on f32.
  public let peak: Double
  /// Bytes a second.
  public let bandwidth = Self.bandwidth

  public init(_ level: TargetLevel) {
    peak = 2 * Self.multiplyAddsPerCycle * Double(level.lanes) * Self.clock
  }

  /// How long work takes that is limited by arithmetic or by memory, whichever is slower:
  ///
  ///     seconds = max(flops / peak, bytes / bandwidth)
  ///
  /// A lower bound for memory beyond the caches, not for bytes that stay in them; operations outside
  /// products count nothing. Source: Williams, Waterman, Patterson, "Roofline: an insightful visual
  /// performance model for multicore architectures", CACM 52(4), 2009.
  public func seconds(flops: Int, bytes: Int) -> Double {
    max(Double(flops) / peak, Double(bytes) / bandwidth)
  }
}
