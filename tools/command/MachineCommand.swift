import ArgumentParser
import CSmaltiRuntime
import Foundation
import LLVMBackend
import ModelRequests
import Smalti

/// `smalti machine`: what compiled code finds here.
struct MachineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "Shows this machine: features, level, processors, peak, LLVM, missing programs.",
    discussion: """
      The peak is measured: independent fma on the widest vectors of the level, in
      registers, on --threads threads; the largest of three times 0.2 s.

      Example: smalti machine --json
      """)

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let page = try MachinePage(options)
    options.report(page, page.text)
  }
}

/// What matters of a machine.
struct MachinePage: Encodable {
  var processor = Self.processor
  var features: [String]
  /// The level that code is compiled for by default.
  var level: String
  var levels = TargetLevel.all.map(\.name)
  /// How many threads this process can keep busy.
  var allowedProcessors = ThreadPool.allowedProcessors
  /// The cgroups' quota, rounded up to processors; 0 without one.
  var quotaProcessors = Int(smalti_quota_processors(""))
  /// Measured, in 10^9 operations of f32 a second, on `peakThreads` threads.
  var peakGigaflops: Double
  var peakThreads: Int
  var memoryBytes = ProcessInfo.processInfo.physicalMemory
  var codeGenerator = ObjectCompiler.version
  var missingPrograms: [String]

  /// - Errors: `call.threads`, and those of the measurement.
  init(_ options: GlobalOptions) throws {
    let pool = try ThreadPool(threads: options.checkedThreads())
    peakThreads = pool.workerCount
    peakGigaflops = try Progress(options).during("measuring the peak") {
      let peak = try PeakMeasurement(pool: pool, usesCache: !options.noCache)
      return try (0..<3).map { _ in try peak.gigaflopsPerSecond() }.reduce(0, max)
    }
    let current = MachineFeatures.current
    let known: [(MachineFeatures, String)] = [
      (.x86v3, "x86-64-v3"), (.x86v4, "x86-64-v4"), (.avx512BF16, "avx512-bf16"),
      (.amxBF16, "amx-bf16"), (.neon, "neon"),
    ]
    features = known.filter { current.contains($0.0) }.map(\.1)
    level = TargetLevel.host.name
    missingPrograms = Self.programs.map(\.name).filter { !Self.isInstalled($0) }
  }

  /// Programs that a command may call, and what for.
  private static let programs = [
    (name: "ffmpeg", use: "reads videos"), (name: "ffprobe", use: "reads the sizes of videos"),
  ]

  /// The processor's own name, where the system tells it.
  static let processor: String? = {
    let facts = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let line = facts?.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last.map { $0.drop { $0 == " " } }
      .map(String.init)
  }()

  private static func isInstalled(_ name: String) -> Bool {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
  }

  var text: String {
    let missing = Self.programs.filter { missingPrograms.contains($0.name) }
      .map { "\($0.name) (\($0.use))" }
    return """
      processor    \(processor ?? "unknown")
      features     \(features.isEmpty ? "none that we know" : features.joined(separator: ", "))
      level        \(level) (of \(levels.joined(separator: ", ")))
      processors   \(allowedProcessors) allowed, \
      \(quotaProcessors == 0 ? "no quota" : "quota \(quotaProcessors)")
      peak         \(Quantity.digits(peakGigaflops)) GFLOP/s in f32, measured on \(peakThreads) \
      \(peakThreads == 1 ? "thread" : "threads")
      memory       \(Quantity.bytes(Int(clamping: memoryBytes)))
      code         \(codeGenerator.prefix { $0 != "," })
      programs     \(missing.isEmpty ? "nothing missing" : "missing: " + missing.joined(separator: ", "))
      """
  }
}
