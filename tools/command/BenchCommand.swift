import ArgumentParser
import GraphLowering
import ModelRequests
import Smalti

/// `smalti bench`: how fast a model runs, compiled in several ways, beside the machine's peak.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times a model, fused and unfused, beside other engines and the machine's peak.",
    discussion: """
      Runs on noise drawn from --seed. Each row has a process of its own; they take
      turns, round by round: the median of 5 runs (of fewer where they take longer
      than a minute), their spread in percent of it, the peak memory, the ratio to the
      first row's time, and the largest relative difference of outputs to those of the
      unfused plan. The peak is measured before and after every run; the largest
      counts.

      Modes: fused; unfused (one region per operation); unfused-openblas (the same, with
      OpenBLAS for the products); all. Rows do not use the disk cache, and --tuning
      is for fused alone.

      Peers: torch, onnxruntime, openvino, jax, with commas between them, or all, on the
      same weights and inputs; Benchmarks/peers/setup installs them. Nothing is timed
      where their outputs disagree with ours.

      Part step is a step of training: forward, backward, clipping, update. It has a row
      for each policy of --memory, auto first, and differences are to the row keep: of
      losses, and of gradients as Adam's means have them after the first step.
      Unfused modes have rows when --mode asks for them.

      Example: smalti bench simone --part decoder
      Example: smalti bench simone --part step --peers torch
      Example: smalti bench simone --mode fused --peers all --html bench.html
      Example: smalti bench simone:tiny frames=4 --mode fused --json
      """)

  @OptionGroup var model: ModelArgument

  @Option(help: "The part to run: encoder, decoder, whole, step, or an entry point of the model.")
  var part = "whole"

  @Option(help: "fused, unfused, unfused-openblas or all; by default all, for a step fused.")
  var mode: String?

  @OptionGroup var training: TrainingOptions

  @Option(help: "What numbers to compute with: f32.")
  var precision = BenchPrecision.f32.rawValue

  @Option(help: "How many runs to take the median of; by default 5, or 3 long ones.")
  var repetitions: Int?

  @Option(
    help: ArgumentHelp(
      "Other engines to run beside ours: torch, onnxruntime, openvino, jax or all.",
      valueName: "list"))
  var peers: String?

  @Option(
    help: ArgumentHelp("How long a peer may take for one answer.", valueName: "seconds"))
  var peerSeconds = 1800

  @Option(help: ArgumentHelp("Draw the rows as one self-contained page.", valueName: "file"))
  var html: String?

  @OptionGroup var weights: WeightsOption
  @OptionGroup var options: GlobalOptions

  func run() throws {
    let variants = try variants()
    let modes = variants.map(\.mode)
    _ = try BenchPrecision(called: precision)
    let repetitions = try BenchRepetitions(repetitions)
    let peers = try BenchPeers(peers)
    let range = 1...86_400
    guard range.contains(peerSeconds) else {
      throw Diagnostic.callNumber("--peer-seconds", peerSeconds, range)
    }
    _ = try options.checkedThreads()
    if options.noFuse { throw Diagnostic.callLowering("--no-fuse", mode: .unfused) }
    if options.unfusedMatmul != .smalti {
      throw Diagnostic.callLowering("--unfused-matmul", mode: .unfusedOpenBLAS)
    }
    // Looked at before anything is measured; each row reads it for itself.
    _ = try options.compilerOptions(target: nil)
    if options.tuning != nil, !modes.contains(.fused) {
      options.note("--tuning is for mode fused, which is not among the rows")
    }
    if let html { try OutputFile.check(html) }
    let chosen = try model.chosen(.part(part))
    // Looked at before anything is measured; each row reads it for itself.
    let source = try weights.source(for: chosen, options)
    let report = try BenchRun.report(self, chosen, source, variants, peers, repetitions)
    if let html {
      let bytes = Array(report.page.html.utf8)
      try OutputFile.write(bytes, to: html)
      options.note("wrote \(html): \(Quantity.bytes(bytes.count))")
    }
    if options.json {
      // The keys have no place for them.
      if !report.engines.isEmpty {
        options.note("with " + report.engines.joined(separator: "; "))
      }
      Console.result(report.json)
    } else if !options.quiet {
      Console.result(report.text)
    }
  }

  var isStep: Bool { Entries.part(part).isStep }

  /// Our own rows in order: modes, and of a step the policies of memory.
  ///
  /// - Errors: `call.mode`, `call.memory`, `call.bytes`.
  private func variants() throws(Diagnostic) -> [BenchVariant] {
    _ = try training.limit()
    let modes = try BenchMode.chosen(mode ?? (isStep ? BenchMode.fused.rawValue : "all"))
    guard isStep else {
      guard training.memory == nil, training.memoryLimit == nil else {
        throw .callMemory(part)
      }
      return modes.map { BenchVariant(mode: $0) }
    }
    return modes.flatMap { mode in
      // Without fusion there is no chain to compute again.
      let policies =
        mode == .fused ? training.memory.map { [$0] } ?? [.auto, .keep, .low] : [.keep]
      return policies.map { BenchVariant(mode: mode, memory: $0) }
    }
  }
}

/// How one of our own rows is compiled.
struct BenchVariant: Hashable {
  var mode: BenchMode
  /// Of a training step.
  var memory: MemoryPolicy?

  /// `fused`, `fused-low`.
  var name: String { mode.rawValue + (memory.map { "-\($0.rawValue)" } ?? "") }
}
