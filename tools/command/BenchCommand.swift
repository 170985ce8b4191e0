import ArgumentParser
import Smalti

/// `smalti bench`: how fast a model runs, compiled in several ways, beside the machine's peak.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times a model, fused and unfused, beside the measured peak of the machine.",
    discussion: """
      Runs on noise drawn from --seed. Each row is measured in a process of its own:
      the median of 5 runs (3 where they take longer than a minute), its peak memory,
      and the largest relative difference of its outputs to those of the unfused plan.
      The peak is measured before and after every run; the largest counts.

      Modes: fused; unfused (one region per operation); unfused-openblas (the same, with
      OpenBLAS for the products); all. Rows do not use the disk cache.

      Example: smalti bench simone --part decoder
      Example: smalti bench simone:tiny frames=4 --mode fused --json
      """)

  @OptionGroup var model: ModelArgument

  @Option(help: "The part to run: encoder, decoder, whole, or an entry point of the model.")
  var part = "whole"

  @Option(help: "fused, unfused, unfused-openblas or all.")
  var mode = "all"

  @Option(help: "What numbers to compute with: f32.")
  var precision = BenchPrecision.f32.rawValue

  @Option(help: "How many runs to take the median of; by default 5, or 3 long ones.")
  var repetitions: Int?

  @OptionGroup var weights: WeightsOption
  @OptionGroup var options: GlobalOptions

  func run() throws {
    let modes = try BenchMode.chosen(mode)
    let precision = try BenchPrecision(called: precision)
    _ = try BenchRepetitions(repetitions)
    _ = try options.checkedThreads()
    if options.noFuse { throw Diagnostic.callLowering("--no-fuse", mode: .unfused) }
    if options.unfusedMatmul != .smalti {
      throw Diagnostic.callLowering("--unfused-matmul", mode: .unfusedOpenBLAS)
    }
    let model = try model.chosen(.part(part))
    // Looked at before anything is measured; each row reads it for itself.
    _ = try weights.source(for: model, options)
    let report = BenchReport(
      model: model.name, part: part, precision: precision, rows: try rows(modes, model.graph))
    if options.json {
      Console.result(report.json)
    } else if !options.quiet {
      Console.result(report.text)
    }
  }

  /// Measures `modes` in their order; the unfused outputs are made even where they are no row.
  private func rows(_ modes: [BenchMode], _ graph: Graph) throws -> [BenchReport.Row] {
    try TemporaryFolder.with { folder in
      let process = BenchProcess(call: self)
      let path = { (mode: BenchMode) in "\(folder)/\(mode.rawValue)" }
      let measured = try modes.map { try process.measure($0, folder: path($0)) }
      if !modes.contains(.unfused) {
        _ = try process.measure(.unfused, isOnlyFirstCall: true, folder: path(.unfused))
      }
      return try zip(modes, measured).map { mode, measurement in
        BenchReport.Row(
          mode: mode, measurement: measurement,
          difference: try BenchOutputs.difference(of: path(mode), to: path(.unfused), graph))
      }
    }
  }
}
