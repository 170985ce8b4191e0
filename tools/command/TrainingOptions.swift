import ArgumentParser
import GraphLowering
import ModelRequests
import Smalti

/// What a training step keeps in memory: options of the commands that compile one.
struct TrainingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What a step keeps for its gradient: auto, keep or low.",
      discussion: "keep stores it, low computes it again; auto is the fastest within the limit."))
  var memory: MemoryPolicy?

  @Option(
    help: ArgumentHelp(
      "Bytes that buffers may have, as 500MB or 4GB (B, kB, MB, GB, TB); by default 4GB.",
      valueName: "bytes"))
  var memoryLimit: String?

  /// What a plan does not do of what was asked; nil if it does all.
  func note(of plans: EntryPlan, _ lowering: LoweringOptions) -> String? {
    if !lowering.fuses, memory != .keep {
      return "without fusion everything is kept: a value that is computed again is computed in the "
        + "region that reads it"
    }
    let bytes = plans.run.arenaByteCount
    guard lowering.memory == .auto, bytes > lowering.memoryLimit else { return nil }
    let (arena, limit) = (Quantity.bytes(bytes), Quantity.bytes(lowering.memoryLimit))
    return "the arena has \(arena), more than the limit of \(limit); --memory low has the least"
  }

  static let usualLimit = 4_000_000_000

  /// The options of compiling a step.
  ///
  /// - Errors: `call.bytes`.
  func apply(to options: inout CompilerOptions) throws(Diagnostic) {
    options.lowering.memory = memory ?? .auto
    options.lowering.memoryLimit = try limit()
  }

  /// - Errors: `call.bytes`.
  func limit() throws(Diagnostic) -> Int {
    guard let memoryLimit else { return Self.usualLimit }
    let units: [(String, Double)] = [("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1)]
    let unit = units.first { memoryLimit.lowercased().hasSuffix($0.0.lowercased()) } ?? ("", 1)
    let digits = memoryLimit.dropLast(unit.0.count)
    // Double reads 0x10 too.
    guard digits.allSatisfy({ "0123456789.eE+-".contains($0) }), let number = Double(digits),
      number.isFinite, number >= 0, number * unit.1 <= 4e18
    else {
      throw .callBytes("--memory-limit", memoryLimit)
    }
    return Int(number * unit.1)
  }
}

extension MemoryPolicy: ExpressibleByArgument {}
