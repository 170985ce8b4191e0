import GraphLowering
import GraphTraining
import ModelZoo
import TensorCore

/// How a run trains, beside what the model's own options say. Each is a key of a recipe.
public struct RunOptions: Sendable {
  public var steps = 20_000
  /// Where weights, noise and the order of samples come from.
  public var seed: UInt64 = 0
  public var schedule = RateForm.constant
  public var warmUpSteps = 0
  public var lowestRate = 0.0
  public var microBatches = 1
  public var averageDecay = 0.0
  public var frozen = ""
  public var nonFiniteLimit = 10
  public var block = 1024
  public var cacheMegabytes = 512
  public var heldOut = 40
  public var logEvery = 10
  public var validateEvery = 500
  public var validationBatch = 4
  public var validationBatches = 10
  public var checkpointEvery = 500
  public var keptCheckpoints = 3
  public var memory = MemoryChoice.auto
  public var memoryLimitMegabytes = 4000

  public init() {}

  /// How the rate goes on after warming up.
  public enum RateForm: String, OptionChoice { case constant, cosine }
  /// What a step keeps for its gradient.
  public enum MemoryChoice: String, OptionChoice { case auto, keep, low }

  public static let options = [
    ModelOption("steps", \RunOptions.steps, "steps in all"),
    ModelOption("seed", \RunOptions.seed, "what weights, noise and orders come from"),
    ModelOption(
      "schedule", \RunOptions.schedule, "the rate after warming up: lr, or half a cosine"),
    ModelOption("warmup_steps", \RunOptions.warmUpSteps, "steps in which the rate rises from 0"),
    ModelOption("lr_end", \RunOptions.lowestRate, "the rate at the end of the cosine"),
    ModelOption("micro_batches", \RunOptions.microBatches, "batches whose mean makes one step"),
    ModelOption(
      "average_decay", \RunOptions.averageDecay, "share of the old in averaged weights; 0: none"),
    ModelOption("frozen", \RunOptions.frozen, "paths or scopes that stay, with commas between"),
    ModelOption("non_finite", \RunOptions.nonFiniteLimit, "steps in a row that may be not finite"),
    ModelOption("shuffle", \RunOptions.block, "samples that are shuffled together; 1: no order"),
    ModelOption("cache_mb", \RunOptions.cacheMegabytes, "MB of samples that stay in memory"),
    ModelOption("held_out", \RunOptions.heldOut, "first samples kept for validation, if no others"),
    ModelOption("log_every", \RunOptions.logEvery, "steps from one line of the log to the next"),
    ModelOption("val_every", \RunOptions.validateEvery, "steps from one validation to the next"),
    ModelOption("val_batch_size", \RunOptions.validationBatch, "samples of a validation batch"),
    ModelOption("val_batches", \RunOptions.validationBatches, "batches of a validation"),
    ModelOption("checkpoint_every", \RunOptions.checkpointEvery, "steps between checkpoints"),
    ModelOption("keep", \RunOptions.keptCheckpoints, "checkpoints that are kept, the newest"),
    ModelOption("memory", \RunOptions.memory, "what a step keeps for its gradient"),
    ModelOption("memory_limit_mb", \RunOptions.memoryLimitMegabytes, "MB of a step, for auto"),
  ]

  public var settings: [(name: String, value: String, summary: String)] {
    Self.options.map { ($0.name, $0.read(self), $0.summary) }
  }
}

// MARK: - Checks
extension RunOptions {
  /// - Errors: `recipe.range`.
  func check() throws(Diagnostic) {
    let ranges: [(name: String, value: Int, least: Int, most: Int)] = [
      ("steps", steps, 1, 1 << 40), ("warmup_steps", warmUpSteps, 0, 1 << 40),
      ("micro_batches", microBatches, 1, 1 << 20), ("non_finite", nonFiniteLimit, 1, 1 << 40),
      ("shuffle", block, 1, 1 << 24), ("cache_mb", cacheMegabytes, 0, 1 << 24),
      ("held_out", heldOut, 0, 1 << 24), ("log_every", logEvery, 1, 1 << 40),
      ("val_every", validateEvery, 1, 1 << 40), ("val_batch_size", validationBatch, 1, 1 << 20),
      ("val_batches", validationBatches, 1, 1 << 20),
      ("checkpoint_every", checkpointEvery, 1, 1 << 40), ("keep", keptCheckpoints, 1, 1 << 20),
      ("memory_limit_mb", memoryLimitMegabytes, 0, 1 << 24),
    ]
    for (name, value, least, most) in ranges where !(least...most).contains(value) {
      throw .recipeRange(name, value, least, most)
    }
  }

  /// The step of a family, by its recipe and these options.
  func step(_ recipe: TrainingRecipe) -> TrainingStep {
    var step = recipe.step
    step.schedule = rates(recipe.learningRate)
    step.microBatches = microBatches
    step.averageDecay = averageDecay == 0 ? nil : averageDecay
    step.frozen = frozen.split(separator: ",").map(String.init)
    step.reportsModules = true
    return step
  }

  private func rates(_ rate: Double) -> Schedule {
    let form: Schedule =
      switch schedule {
      case .constant: .constant(rate)
      case .cosine: .cosine(high: rate, low: lowestRate, steps: steps)
      }
    return warmUpSteps == 0 ? form : .warmUp(steps: warmUpSteps, form)
  }

  func lowering() -> LoweringOptions {
    var options = LoweringOptions()
    options.memory =
      switch memory {
      case .auto: .auto
      case .keep: .keep
      case .low: .low
      }
    options.memoryLimit = memoryLimitMegabytes * 1_000_000
    return options
  }
}

extension TrainingRecipe {
  /// The step as the recipe has it: a constant rate, all parameters.
  package var step: TrainingStep {
    let optimizer: any GraphTraining.Optimizer =
      switch self.optimizer {
      case .adam(let beta1, let beta2, let epsilon):
        Adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
      }
    return TrainingStep(
      optimizer, schedule: .constant(learningRate), gradientClip: gradientClip)
  }
}
