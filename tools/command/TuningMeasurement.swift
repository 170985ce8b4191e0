import GraphLowering
import ModelRequests
import Smalti

/// Compiles an entry point with one tuning or another, and runs them in turn on the same noise.
final class TuningMeasurement {
  /// What decides about the time of a run: kernels are named by their tile programs.
  typealias Fingerprint = [String]

  /// Compiled, loaded, and with room for its outputs.
  struct Candidate {
    fileprivate let execution: Execution
    fileprivate let outputs: [String: AlignedBytes]
    /// Runs that one time is the mean of, so that it is long beside the clock's noise.
    fileprivate let runs: Int

    var threads: Int { execution.threads }
  }

  let level: TargetLevel
  let repetitions: Int
  private let model: ChosenModel
  private var options: GlobalOptions
  private let settings: CompilerOptions
  private let noise: NoiseInputs
  private let progress: Progress

  /// How long what is timed should take at least.
  private static let shortestSeconds = 0.01

  /// - Errors: those of the call; `noMemory`.
  init(_ model: ChosenModel, _ options: GlobalOptions, repetitions: Int) throws {
    (self.model, self.options, self.repetitions) = (model, options, repetitions)
    settings = try options.compilerOptions(target: nil)
    level = settings.level
    noise = try NoiseInputs(model.graph, options.key)
    progress = Progress(options)
  }

  private func settings(_ tuning: Tuning) -> CompilerOptions {
    var settings = settings
    settings.lowering.tuning = tuning
    return settings
  }

  /// - Errors: those of lowering.
  func fingerprint(_ tuning: Tuning) throws(Diagnostic) -> Fingerprint {
    let plans = try EntryPlan(model.graph, settings(tuning))
    return (plans.prepare.steps + plans.run.steps).map { "\($0.kernel) \($0.taskCount)" }
  }

  /// - Errors: those of the compiler, of the runtime.
  func candidate(_ tuning: Tuning) throws -> Candidate {
    let execution = try Execution(
      model, .made(options.key), options, settings(tuning), progress)
    // What there is to say of the cache has been said once.
    options.quiet = true
    noise.draw(0)
    // The first run touches memory for the first time; the second tells how long one takes.
    let outputs = try execution.session.run(noise.buffers)
    let start = ContinuousClock.now
    try execution.session.run(noise.buffers, into: outputs)
    let seconds = (ContinuousClock.now - start).seconds
    let runs = min(max(Int(Self.shortestSeconds / max(seconds, 1e-9)), 1), 10_000)
    return Candidate(execution: execution, outputs: outputs, runs: runs)
  }

  /// The median of the seconds of a run, for each. They take turns, and who begins changes, so that
  /// what neighbours do to the machine they do to all.
  ///
  /// - Errors: those of the runtime.
  func medians(_ candidates: [Candidate], _ what: String) throws(RunError) -> [Double] {
    var seconds = [[Double]](repeating: [], count: candidates.count)
    for repetition in 1...repetitions {
      progress.show("\(what): run \(repetition) of \(repetitions)")
      noise.draw(repetition)
      let order = Array(candidates.indices)
      for index in repetition.isMultiple(of: 2) ? order.reversed() : order {
        seconds[index].append(try time(candidates[index]))
      }
    }
    return seconds.map(MeasuredRuns.median)
  }

  private func time(_ candidate: Candidate) throws(RunError) -> Double {
    let session = candidate.execution.session
    // Not counted: the other one has just had the caches.
    if candidate.runs > 1 { try session.run(noise.buffers, into: candidate.outputs) }
    let start = ContinuousClock.now
    for _ in 0..<candidate.runs { try session.run(noise.buffers, into: candidate.outputs) }
    return (ContinuousClock.now - start).seconds / Double(candidate.runs)
  }
}
