import ArgumentParser
import GraphLowering
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
      "Bytes of buffers that auto may fill, as 500MB or 4GB; by default 4GB.",
      valueName: "bytes"))
  var memoryLimit: String?

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
    let number = Double(memoryLimit.dropLast(unit.0.count))
    guard let number, number.isFinite, number >= 0, number * unit.1 < 0x1p62 else {
      throw .callBytes("--memory-limit", memoryLimit)
    }
    return Int(number * unit.1)
  }
}

extension MemoryPolicy: ExpressibleByArgument {}
