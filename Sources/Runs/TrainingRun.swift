import ClipData
import Foundation
import GraphCompiler
import GraphIR
import ModelZoo
import PageReports
import SmaltiRuntime
import TensorCore
import TensorFiles

/// What a run needs beside its recipe.
public struct RunSettings: Sendable {
  public var folder: RunFolder
  public var compiler = CompilerOptions()
  public var threads = 0
  /// Whether the run goes on where it stood.
  public var resumes = false
  /// Whether it goes on with a step that was compiled in another way.
  public var allowsOtherPlan = false

  public init(_ folder: RunFolder) { self.folder = folder }
}

/// A run of training: steps over batches, a log, validations, checkpoints.
///
/// A run that is stopped at any moment goes on from its last checkpoint, bit for bit as if it had not been
/// stopped; what the log has beyond the checkpoint is cut off and written again.
public final class TrainingRun {
  public let description: RunDescription
  public let settings: RunSettings
  /// What a person should know, one sentence each.
  public private(set) var notes: [String] = []
  /// Steps so far.
  public var stepCount: Int { facts.step }

  private let step: CompiledStep
  private let evaluator: Evaluator?
  private let data: RunData
  private let log: RunLog
  private var facts: CheckpointFacts
  private var savedStep: Int?
  private var clock = RunClock()
  /// The log so far.
  private var history: [RunHistory.Entry]
  private var shown: (pictures: ValidationPictures, step: Int)?
  private let lock: RunLock

  /// - Parameter weights: the raw bytes with which a parameter starts.
  /// - Errors: `run.exists`, `run.no-run`, `run.locked`, those of data, model, compiling and checkpoints.
  public init(
    _ description: RunDescription, _ settings: RunSettings,
    weights: @escaping (Parameter) throws -> AlignedBytes
  ) throws {
    let folder = settings.folder
    try folder.check()
    guard settings.resumes || !folder.hasRun else { throw Diagnostic.runExists(folder.path) }
    guard !settings.resumes || folder.hasRun else { throw Diagnostic.runNoRun(folder.path) }
    self.description = description
    self.settings = settings
    var compiler = settings.compiler
    let memory = description.options.lowering()
    compiler.lowering.memory = memory.memory
    compiler.lowering.memoryLimit = memory.memoryLimit
    let key = Key(description.options.seed)
    var notes: [String] = []
    let checkpoint = settings.resumes ? try Self.newest(folder, description, &notes) : nil
    step = try CompiledStep(description, compiler, threads: settings.threads, key: key) {
      // Parameters that are not trained are as they were when the run began, whatever that was.
      if let bytes = checkpoint?.bytes(of: $0.path, $0.type) { return AlignedBytes(bytes) }
      return try weights($0)
    }
    data = try RunData(description, step.input, key: key)
    evaluator = try Self.evaluator(description, data, key: key, settings.compiler)
    facts = CheckpointFacts(
      model: description.model, plan: step.plan, seed: description.options.seed)
    facts.data = data.fingerprint
    if let checkpoint {
      try Self.check(checkpoint, facts, step, settings)
      step.restore(checkpoint)
      facts = checkpoint.facts
      facts.plan = step.plan
    }
    self.notes = data.notes + step.notes.map(\.message) + notes
    try folder.make()
    lock = try RunLock(folder)
    // Another process may have begun while this one compiled.
    guard settings.resumes || !folder.hasRun else { throw Diagnostic.runExists(folder.path) }
    try AtomicFile.write(Array(description.yaml.utf8), to: folder.recipe)
    log = try RunLog(folder, from: facts)
    history = try RunHistory(reading: folder.log).entries
    // The weights that a run began with are nowhere else.
    if checkpoint == nil { try save() } else { savedStep = facts.step }
  }

  private static func evaluator(
    _ description: RunDescription, _ data: RunData, key: Key, _ options: CompilerOptions
  ) throws(Diagnostic) -> Evaluator? {
    guard !data.validation.isEmpty else { return nil }
    let batch = min(description.options.validationBatch, data.validation.count)
    return try Evaluator(
      description.family.setting(["batch=\(batch)"]), withLoss: true,
      keeping: ValidationPictures.results, key: key, options)
  }

  /// The newest checkpoint that can be read and whose logs are there; others are passed over, with a note.
  ///
  /// - Errors: `run.other-model`; if all are damaged, what is wrong with the newest.
  private static func newest(
    _ folder: RunFolder, _ description: RunDescription, _ notes: inout [String]
  ) throws(Diagnostic) -> Checkpoint? {
    var failure: Diagnostic?
    for step in folder.steps {
      let path = folder.checkpoint(step: step)
      do throws(Diagnostic) {
        let checkpoint = try Checkpoint(reading: path)
        guard checkpoint.facts.step == step else {
          throw Diagnostic.runNotCheckpoint(path, "it is of step \(checkpoint.facts.step)")
        }
        try checkLogs(folder, checkpoint.facts)
        guard checkpoint.facts.model == description.model else {
          throw Diagnostic.runOtherModel(
            path, checkpoint.facts.model, expected: description.model)
        }
        return checkpoint
      } catch {
        guard error.code != "run.other-model" else { throw error }
        notes.append("\(path) is passed over: \(error.message)")
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    notes.append("there is no checkpoint yet, so the run begins anew")
    return nil
  }

  private static func checkLogs(
    _ folder: RunFolder, _ facts: CheckpointFacts
  ) throws(Diagnostic) {
    for (path, count) in [
      (folder.log, facts.logByteCount), (folder.events, facts.eventByteCount),
    ] {
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      let found = (attributes?[.size] as? NSNumber)?.intValue ?? 0
      guard found >= count else {
        throw .runNotCheckpoint(path, "the log has \(found) of the \(count) bytes it had then")
      }
    }
  }

  /// - Errors: `weights.mismatch`, `run.not-checkpoint`, `run.other-data`, `run.other-plan`.
  private static func check(
    _ checkpoint: Checkpoint, _ now: CheckpointFacts, _ step: CompiledStep, _ settings: RunSettings
  ) throws(Diagnostic) {
    let facts = checkpoint.facts
    let path = settings.folder.checkpoint(step: facts.step)
    try checkpoint.requireExactly(step.tensorTypes)
    guard facts.seed == now.seed else {
      throw .runNotCheckpoint(path, "its seed is \(facts.seed), and the recipe's \(now.seed)")
    }
    guard facts.data == now.data else { throw .runOtherData(path) }
    guard facts.plan == now.plan || settings.allowsOtherPlan else {
      throw .runOtherPlan(path, facts.plan, now: now.plan)
    }
  }
}

// MARK: - The loop
extension TrainingRun {
  /// How a run ended.
  public enum Outcome: Sendable { case done, stopped }

  /// What happens, as it happens.
  public struct Observer {
    /// After each step: its number, the loss, steps a second, and seconds that are left.
    public var stepped: (Int, Double, Double, Double) -> Void = { _, _, _, _ in }
    /// After each validation: the step, and what was found; nil for one being made.
    public var validated: (Int, Evaluation?) -> Void = { _, _ in }
    public init() {}
  }

  /// Steps until there are as many as the recipe asks for, or `stops` says so, which is asked before each.
  ///
  /// The last state is in a checkpoint either way.
  ///
  /// - Errors: `run.diverged`, those of reading, running and writing; the last checkpoint stays.
  public func run(
    _ observer: Observer = Observer(), until stops: () -> Bool = { false }
  ) throws -> Outcome {
    let loader = BatchLoader(
      data.training, from: facts.position, batch: step.input.batch,
      depth: data.depth(batch: step.input.batch))
    defer { loader.stop() }
    clock.start()
    do {
      let outcome = try go(loader, observer, stops)
      try writePage(isRunning: false)
      return outcome
    } catch {
      // What went wrong matters more than a page that cannot be written either.
      try? writePage(isRunning: false)
      throw error
    }
  }

  private func go(
    _ loader: BatchLoader, _ observer: Observer, _ stops: () -> Bool
  ) throws -> Outcome {
    let options = description.options
    while facts.step < options.steps {
      if stops() {
        try save()
        return .stopped
      }
      try takeStep(loader)
      observer.stepped(facts.step, loss, clock.rate, clock.left(options.steps - facts.step))
      let isLast = facts.step == options.steps
      if facts.step.isMultiple(of: options.logEvery) || isLast { try logStep() }
      let pause = ContinuousClock.now
      if facts.step.isMultiple(of: options.validateEvery) || isLast { try validate(observer) }
      if facts.step.isMultiple(of: options.checkpointEvery) || isLast { try save() }
      clock.pause(since: pause)
    }
    return .done
  }

  private var loss: Double { step.values[0].value }

  /// Share of the time of steps that was waited for data, the first batch apart.
  public var waitingShare: Double? { clock.waitingShare }
  /// How long the first batch was waited for.
  public var firstWait: Duration { clock.firstWait }
  public var stepsPerSecond: Double { clock.rate }

  private func takeStep(_ loader: BatchLoader) throws {
    let before = step.skipped
    facts.position = try step.run { try clock.waiting { try loader.next() } }
    facts.step += 1
    clock.step()
    facts.nonFinite = step.skipped == before ? 0 : facts.nonFinite + 1
    guard facts.nonFinite < description.options.nonFiniteLimit else {
      try logStep()
      try log.sync()
      let last = settings.folder.steps.first.map(settings.folder.checkpoint)
      throw Diagnostic.runDiverged(facts.nonFinite, at: facts.step, last)
    }
  }

  private func logStep() throws(Diagnostic) {
    let values =
      step.values.map { (name: $0.name, value: Optional($0.value)) }
      + [("skipped", Double(step.skipped))]
    try log.append(
      "train", step: facts.step, epoch: facts.position.epoch, values, time: clock.lap())
    history.append(.init("train", step: facts.step, values))
  }

  private func validate(_ observer: Observer) throws {
    guard let evaluator else { return }
    observer.validated(facts.step, nil)
    let start = ContinuousClock.now
    var pictures: ValidationPictures?
    var samples = data.validation.makeIterator()
    let evaluation = try evaluator.run(
      { samples.next() }, threads: settings.threads, weights: { try self.step.trained($0) },
      each: { outputs, first, _ in
        guard first == 0 else { return }
        pictures = ValidationPictures(
          evaluator.input, self.data.validation[0], outputs, types: evaluator.resultTypes)
      })
    let seconds = (ContinuousClock.now - start).seconds
    let values: [(name: String, value: Double?)] =
      [("loss", evaluation.loss)] + evaluation.values
      + [("active_slots", evaluation.meanActiveSlots)]
    try log.append(
      "validation", step: facts.step, epoch: facts.position.epoch, values,
      time: [("seconds", seconds)], pictures?.summaries() ?? [])
    history.append(.init("validation", step: facts.step, values))
    if let quality = evaluation.quality, quality > facts.best ?? -.infinity {
      facts.best = quality
      try BestWeights.write(
        step.trainedTensors(), description, step: facts.step, evaluation, to: settings.folder.best)
    }
    shown = pictures.map { ($0, facts.step) }
    try writePage(isRunning: true)
    observer.validated(facts.step, evaluation)
  }

  /// Writes a checkpoint, then removes the oldest.
  private func save() throws {
    guard savedStep != facts.step else { return }
    // What the checkpoint says of the log must be in the log.
    try log.sync()
    (facts.logByteCount, facts.eventByteCount) = log.byteCounts
    try Checkpoint(facts, step.tensors())
      .write(to: settings.folder.checkpoint(step: facts.step))
    savedStep = facts.step
    settings.folder.removeCheckpoints(
      but: description.options.keptCheckpoints, upTo: facts.step)
  }

  private func writePage(isRunning: Bool) throws(Diagnostic) {
    var report = TrainingReport(title: description.model, source: description.data)
    report.curves = history
    report.facts = pageFacts(isRunning)
    report.notes = notes
    report.recipe =
      description.options.settings.map { (name: $0.name, value: $0.value) }
      + description.family.settings.map { (name: $0.name, value: $0.value) }
    report.command = "smalti train --out \(settings.folder.path) --resume"
    report.isRunning = isRunning
    if let shown {
      report.validation = shown.pictures.report(description)
      report.validation?.truth = shown.pictures.sample.labels?.map(Int.init)
      report.validationStep = shown.step
    }
    try AtomicFile.write(Array(report.html().utf8), to: settings.folder.report)
  }

  private func pageFacts(_ isRunning: Bool) -> [(text: String, remark: String)] {
    let steps = description.options.steps
    var result = [(text: "\(facts.step)", remark: "of \(steps) steps")]
    if let best = facts.best {
      result.append((String(format: "%.4g", abs(best)), best < 0 ? "least error" : "best ARI-F"))
    }
    if clock.rate > 0 {
      result.append((String(format: "%.3g", clock.rate), "steps a second"))
      if isRunning {
        let minutes = clock.left(steps - facts.step) / 60
        result.append((String(format: "%.0f", minutes), "minutes left"))
      }
    }
    if let share = clock.waitingShare {
      result.append((String(format: "%.1f %%", share * 100), "of it waiting for data"))
    }
    return result
  }
}
