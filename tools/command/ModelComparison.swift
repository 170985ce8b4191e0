import Foundation
import ModelRequests
import Smalti

/// The table of `segment --compare`: the same model on the same clip fused, unfused, and as a shared library
/// that was compiled to a file and loaded again.
struct ModelComparison {
  private struct Row {
    var name: String
    var session: Session
    var output: HostTensor
    var seconds: [Double] = []
  }

  private var rows: [Row]
  private let inputs: [String: AlignedBytes]
  private let frames: Int

  /// - Parameters:
  ///   - command: how the model, its weights and threads were named.
  ///   - fused: the run of the page.
  /// - Errors: those of compiling, linking, loading and running.
  init(
    _ command: SegmentCommand, _ model: ChosenModel, _ source: WeightsSource, _ fused: Execution,
    _ inputs: [String: AlignedBytes]
  ) throws {
    self.inputs = inputs
    let progress = Progress(command.options)
    let type = model.graph.results.first { $0.name == "weights" }.map { model.graph.type($0.value) }
    guard let type else { preconditionFailure("internal: no weights") }
    frames = type.shape[1]
    func row(_ name: String, _ session: Session) throws -> Row {
      let bytes = try session.run(inputs)["weights"]!
      return Row(
        name: name, session: session, output: try TensorBytes(type, bytes: bytes.copied()).tensor)
    }
    fused.session.measuresSteps = false
    rows = [try row("fused, in memory", fused.session)]
    for mode in [BenchMode.unfused, .unfusedOpenBLAS] {
      let other = try Execution(model, source, mode.options(command.options), progress)
      let name = mode == .unfused ? "unfused" : "unfused, products by OpenBLAS"
      rows.append(try row(name, other.session))
    }
    let (library, pool) = try progress.during("compiling \(model.name) to a file") {
      try Self.library(command, source, fused.graph.name)
    }
    let session = try Session(library, entry: fused.graph.name, pool: pool)
    rows.append(try row("fused, as a shared library", session))
  }

  /// The artefact, loaded; its file is not needed any more.
  private static func library(
    _ command: SegmentCommand, _ source: WeightsSource, _ entry: String
  ) throws -> (LoadedArtefact, ThreadPool) {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "smalti-compare-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "model.so").path
    var wish = ArtefactWish(.so, of: command.model, command.settings, to: path)
    wish.entry = entry
    wish.compiler = try command.options.compilerOptions(target: nil)
    let request = try ArtefactRequest(wish) { _ in (source: source, origin: "the page's weights") }
    let threads = try command.options.checkedThreads()
    for file in request.files(try request.build(threads: threads)) {
      try OutputFile.write(file.bytes, to: file.path)
    }
    return (try LoadedArtefact(path), try ThreadPool(threads: threads))
  }

  /// Runs all rows in turn, round by round, and takes each one's median.
  ///
  /// - Errors: those of running.
  mutating func measured(_ progress: Progress) throws -> [SegmentationReport.Variant] {
    let rounds = try BenchRepetitions(nil)
    var done = 0
    var slowest = 0.0
    while rounds.goOn(after: done, seconds: slowest) {
      for index in rows.indices {
        let start = ContinuousClock.now
        let name = rows[index].name
        let session = rows[index].session
        _ = try progress.during("timing \(name)") { try session.run(inputs) }
        let seconds = (ContinuousClock.now - start).seconds
        rows[index].seconds.append(seconds)
        slowest = max(slowest, seconds)
      }
      done += 1
    }
    return rows.map { row in
      let seconds = row.seconds.sorted()[row.seconds.count / 2]
      return SegmentationReport.Variant(
        row.name, milliseconds: seconds * 1e3, framesPerSecond: Double(frames) / seconds,
        workspaceBytes: row.session.workspaceByteCount,
        difference: row.output.relativeDifference(to: rows[0].output))
    }
  }
}
