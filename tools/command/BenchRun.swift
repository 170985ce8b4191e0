import Foundation
import ModelRequests
import Smalti

/// The measurement of all rows of `bench`, interleaved: first calls, one after the other; a look at
/// what they gave; then rounds in which every row runs once. Only one process computes at a time.
struct BenchRun {
  private let call: BenchCommand
  private let model: ChosenModel
  private let weights: WeightsSource
  private let folder: String
  private let pool: ThreadPool
  private let progress: Progress
  /// In the order of the report.
  private var rows: [BenchRow] = []
  /// The row with which outputs are compared, that of the unfused plan or, of a step, of the one that
  /// keeps everything; it need not be in the report.
  private let reference: BenchRow
  /// How many bytes a row may hold while another one runs: all rows together half of what there is.
  private let share: Int
  /// The largest that was seen before or after a repetition, in 10^9 operations a second.
  private var peakGigaflops = 0.0

  /// - Errors: those of rows, weights, files and of the runtime; `bench.disagreement`.
  static func report(
    _ call: BenchCommand, _ model: ChosenModel, _ weights: WeightsSource,
    _ variants: [BenchVariant], _ peers: BenchPeers, _ repetitions: BenchRepetitions
  ) throws -> BenchReport {
    try TemporaryFolder.with { folder in
      try BenchProcess.endingAll {
        var run = try BenchRun(call, model, weights, variants, peers, folder)
        try run.callFirst()
        let differences = try run.checkedDifferences()
        try run.repeatRounds(repetitions)
        return run.report(differences)
      }
    }
  }

  private init(
    _ call: BenchCommand, _ model: ChosenModel, _ weights: WeightsSource,
    _ variants: [BenchVariant], _ peers: BenchPeers, _ folder: String
  ) throws {
    (self.call, self.model, self.weights, self.folder) = (call, model, weights, folder)
    progress = Progress(call.options)
    let pool = try ThreadPool(threads: call.options.checkedThreads())
    self.pool = pool
    func own(_ variant: BenchVariant) -> BenchRow {
      BenchRow(variant, call, threads: pool.workerCount, folder: "\(folder)/\(variant.name)")
    }
    rows = variants.map(own)
    let compared =
      call.isStep ? BenchVariant(mode: .fused, memory: .keep) : BenchVariant(mode: .unfused)
    reference = zip(variants, rows).first { $0.0 == compared }?.1 ?? own(compared)
    share = BenchMemory.available / 2 / (rows.count + peers.rows.count + 1)
    rows += try installed(peers)
  }

  private var hasPeers: Bool { rows.contains { !$0.isOwn } }

  /// The rows of peers; their call and its inputs lie in `folder` afterwards.
  private func installed(_ peers: BenchPeers) throws -> [BenchRow] {
    guard !peers.rows.isEmpty else { return [] }
    guard let python = try BenchPeers.python() else {
      let are = peers.engines.count == 1 ? "is" : "are"
      call.options.note(
        "\(peers.engines.joined(separator: ", ")) \(are) not installed; run \(BenchPeers.setup)")
      return []
    }
    let program = try BenchPeers.program()
    try BenchPeers.write(model, weights, threads: pool.workerCount, to: folder)
    return peers.rows.map { engine, mode in
      BenchRow(
        engine: engine, mode: mode, python: python, program: program,
        secondsAllowed: Double(call.peerSeconds), folder: "\(folder)/\(engine)-\(mode)")
    }
  }
}

// MARK: - First calls
extension BenchRun {
  private mutating func callFirst() throws {
    defer { Progress.clear() }
    try writeInputs(0)
    var absent: [String] = []
    for row in rows {
      progress.show("\(row.name): first call")
      try row.callFirst()
      row.rest(share: share)
      if let absence = row.absence, !absent.contains(row.engine) {
        absent.append(row.engine)
        call.options.note("\(row.engine) \(absence)")
      }
      if let failure = row.failure { call.options.note("\(row.name): \(failure)") }
    }
    rows.removeAll { $0.absence != nil }
    guard !rows.contains(where: { $0 === reference }) else { return }
    progress.show("\(reference.name): first call")
    try reference.callFirst()
    reference.stop()
  }

  /// Draws the inputs of a repetition for the peers; our own rows draw for themselves.
  private func writeInputs(_ repetition: Int) throws {
    guard hasPeers else { return }
    let noise = try NoiseInputs(model.graph, call.options.key)
    noise.draw(repetition)
    let place = URL(filePath: "\(folder)/inputs/\(repetition)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try noise.write(to: place.path)
  }

  /// The largest relative difference of each row to the reference.
  ///
  /// - Errors: `bench.disagreement`, for an output of a peer.
  private func checkedDifferences() throws(Diagnostic) -> [Double] {
    try rows.map { row throws(Diagnostic) in
      guard row.isLeft else { return .nan }
      let differences = try BenchOutputs.differences(
        of: row.folder, to: reference.folder, BenchOutputs.list(model.graph))
      for (name, difference) in differences where !row.isOwn {
        // Not a number is no agreement either.
        let tolerance = BenchOutputs.tolerance(name)
        guard difference <= tolerance else {
          throw .benchDisagreement(row.name, output: name, difference, tolerance)
        }
      }
      return differences.map(\.difference).max() ?? 0
    }
  }
}

// MARK: - Repetitions
extension BenchRun {
  private mutating func repeatRounds(_ repetitions: BenchRepetitions) throws {
    defer { Progress.clear() }
    let peak = try PeakMeasurement(pool: pool, usesCache: false)
    peakGigaflops = try peak.gigaflopsPerSecond()
    var round = 1
    while repetitions.goOn(after: round - 1, seconds: slowest) {
      try writeInputs(round)
      for row in rows where row.isLeft {
        progress.show("round \(round) of \(repetitions.most): \(row.name)")
        try row.repeatRun(round)
        row.rest(share: share)
        if let failure = row.failure { call.options.note("\(row.name): \(failure)") }
        peakGigaflops = max(peakGigaflops, try peak.gigaflopsPerSecond())
      }
      try? FileManager.default.removeItem(atPath: "\(folder)/inputs/\(round)")
      round += 1
    }
    rows.forEach { $0.stop() }
  }

  /// What the repetitions of the slowest row took together.
  private var slowest: Double { rows.map { $0.seconds.reduce(0, +) }.max() ?? 0 }

  private func report(_ differences: [Double]) -> BenchReport {
    let flops = reference.first.flops ?? 0
    return BenchReport(
      model: model.name, part: call.part, precision: call.precision,
      level: reference.first.level ?? "", threads: pool.workerCount, peakGigaflops: peakGigaflops,
      unfusedFlops: flops,
      rows: zip(rows, differences).map { row, difference in
        BenchReport.Row(
          engine: row.engine, mode: row.mode, memory: row.memory, detail: row.first.detail ?? "",
          seconds: row.seconds,
          firstCallSeconds: row.first.firstCallSeconds, flops: row.first.flops ?? flops,
          peakResidentBytes: row.peakResidentBytes, difference: difference, failure: row.failure)
      })
  }
}
