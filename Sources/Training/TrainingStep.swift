import GraphIR
import TensorCore

/// One step of training as a graph: forward, backward, clipping by the global norm, update.
///
/// Parameters, the optimiser's states and the counters are replaced by the graph itself, so a compiled
/// step works in place and needs nothing between calls. A step whose loss or gradient norm is not
/// finite leaves parameters and the optimiser's states as they were, bit for bit, and counts as
/// skipped.
///
/// States: `training.batches` and `training.steps` count calls and steps, `training.skipped` those that
/// were skipped; `optimizer.STATE.PATH` are the optimiser's; `accumulated.PATH` and `average.PATH` are
/// there with ``microBatches`` and ``averageDecay``.
public struct TrainingStep: Sendable {
  public var optimizer: any Optimizer
  public var schedule: Schedule
  /// Gradients are scaled down to this norm, all parameters together; nil leaves them.
  public var gradientClip: Double?
  /// Batches whose mean gradient makes one step. With more than one the program has an entry point
  /// `accumulate` for all but the last, which `step` takes.
  public var microBatches = 1
  /// The share of the old value in the running average of parameters; nil keeps none.
  public var averageDecay: Double?
  /// Parameters that stay as they are: paths, or scopes for all that is in them.
  public var frozen: [String] = []
  /// Arguments of the loss, f32 scalars, that the step gives itself. It returns those of the step under
  /// their names.
  public var scheduledArguments: [(name: String, schedule: Schedule)] = []
  /// Whether `step` returns the norm of each module's gradients too, before clipping, as
  /// `gradient_norm.MODULE`: a module is what the first two names of a path say, `encoder.conv`.
  public var reportsModules = false

  public init(
    _ optimizer: any Optimizer = Adam(), schedule: Schedule = .constant(1e-3),
    gradientClip: Double? = nil
  ) {
    self.optimizer = optimizer
    self.schedule = schedule
    self.gradientClip = gradientClip
  }

  /// The states in which Adam has a step's gradients: after the first one, clipped and times 1 − β₁.
  public static let gradientStates = "optimizer.first."

  public static let entry = "step"
  public static let accumulatingEntry = "accumulate"

  /// The program of the step: `step`, which returns what `entry` of `program` returns, the gradients'
  /// norm before clipping as `gradient_norm` and the rate as `learning_rate`.
  ///
  /// The first result of `entry` is the loss. An argument `key` is folded with the number of batches
  /// before, so each batch draws its own numbers. What `entry` itself replaces is replaced too, unless
  /// the batch is skipped.
  ///
  /// - Errors: `training.option`, `training.no-loss`, `training.no-parameter`, `program.no-entry`,
  ///   and those of gradients.
  public func program(
    _ program: Program, entry: String = "loss"
  ) throws(Diagnostic) -> Program {
    try check()
    let loss = try program.entry(entry)
    try checkTrained(loss)
    try checkScheduled(loss)
    var entries: [TracedGraph] = []
    if microBatches > 1 {
      entries.append(try StepTracing(self, program, loss, Self.accumulatingEntry).accumulate())
    }
    entries.append(try StepTracing(self, program, loss, Self.entry).step())
    return try Program("\(program.name)_training", entries)
  }

  private func check() throws(Diagnostic) {
    try schedule.check()
    try optimizer.check()
    if let clip = gradientClip, !(clip > 0) || !clip.isFinite {
      throw .trainingOption("gradient_clip", "\(clip)", needs: "a finite number above 0")
    }
    guard (1...1 << 20).contains(microBatches) else {
      throw .trainingOption("micro_batches", "\(microBatches)", needs: "1 to 2^20")
    }
    if let decay = averageDecay, !(0..<1).contains(decay) {
      throw .trainingOption("average_decay", "\(decay)", needs: "0 or more and below 1")
    }
  }

  private func checkScheduled(_ loss: Graph) throws(Diagnostic) {
    for (name, schedule) in scheduledArguments {
      try schedule.check()
      guard let argument = loss.arguments.first(where: { $0.name == name }),
        loss.type(argument.value) == .f32([])
      else { throw .trainingUnknownArgument(name, loss) }
    }
  }

  private func checkTrained(_ loss: Graph) throws(Diagnostic) {
    guard let first = loss.results.first else { throw .trainingNoLoss(loss.name) }
    let type = loss.type(first.value)
    guard type.shape.count == 1, type.element.isFloating else {
      throw .trainingNoLoss(loss.name, first: first.name, type)
    }
    let paths = loss.parameters.map(\.name)
    for name in frozen where !paths.contains(where: { Self.covers(name, $0) }) {
      throw .trainingUnknownFrozen(name, known: paths)
    }
    guard paths.contains(where: isTrained) else {
      throw .trainingNoParameter(loss.name, isFrozen: !paths.isEmpty)
    }
  }

  func isTrained(_ path: String) -> Bool { !frozen.contains { Self.covers($0, path) } }

  /// Whether a path is `name`, or in the scope of that name.
  private static func covers(_ name: String, _ path: String) -> Bool {
    path == name || path.hasPrefix(name + ".")
  }
}
