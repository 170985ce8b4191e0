import GraphIR
import ModelZoo
import TensorCore

// The diagnostics of TrainingRuns, alphabetically.

extension Diagnostic {
  static func recipeKeyUnknown(_ key: String, model: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "recipe.key-unknown", "neither a run nor \(model) has a key \(key)",
      help: NearestName.of(key, among: known).map { "did you mean \($0)?" }
        ?? "smalti train --help lists those of a run, smalti models those of \(model)")
  }

  static func recipeNoData() -> Diagnostic {
    Diagnostic(
      "recipe.no-data", "a run needs data",
      help: "name a data set with --data, or as data: in the recipe")
  }

  static func recipeNoModel() -> Diagnostic {
    Diagnostic(
      "recipe.no-model", "a run needs a model",
      help: "name one, as simone:tiny, or write model: in the recipe")
  }

  static func recipeRamp(_ fact: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "recipe.ramp", "the ramp cannot be made: \(fact)",
      help: known.isEmpty
        ? "this model has no keys that can change in training"
        : "write ramp.KEY=START:STEPS, as ramp.\(known[0])=0.5:1000, for a KEY of "
          + known.joined(separator: ", "))
  }

  static func recipeRange(_ key: String, _ value: Int, _ least: Int, _ most: Int) -> Diagnostic {
    Diagnostic(
      "recipe.range", "\(key) must be \(least) to \(most), got \(value)",
      help: "set \(key)=\(min(max(value, least), most))")
  }

  static func recipeSweep(_ fact: String) -> Diagnostic {
    Diagnostic(
      "recipe.sweep", "the sweep cannot be made: \(fact)",
      help: "give each key its values with commas between: --sweep lr=1e-4,2e-4")
  }

  static func recipeSyntax(_ assignment: String) -> Diagnostic {
    Diagnostic(
      "recipe.syntax", "a setting is key=value, got \(assignment)", help: "for example lr=2e-4")
  }

  static func recipeValue(
    _ key: String, _ text: String, kind: String, now value: String
  ) -> Diagnostic {
    Diagnostic(
      "recipe.value", "\(key) needs \(kind), got \(text.isEmpty ? "nothing" : text)",
      help: value.isEmpty ? nil : "for example \(key)=\(value)")
  }

  static func recipeYAML(_ place: String, _ fact: String) -> Diagnostic {
    Diagnostic(
      "recipe.yaml", "the recipe cannot be read: \(fact)", at: place,
      help: "write it as lines of key: value, as a run's own recipe.yaml has them")
  }

  static func runDiverged(_ steps: Int, at step: Int, _ checkpoint: String?) -> Diagnostic {
    Diagnostic(
      "run.diverged",
      "loss or gradients were not finite in \(steps) steps in a row, up to step \(step)",
      notes: checkpoint.map { ["the last checkpoint is \($0)"] } ?? [],
      help: "lower lr, or raise grad_clip's effect; non_finite says how many steps are borne")
  }

  package static func runExists(_ folder: String) -> Diagnostic {
    Diagnostic(
      "run.exists", "a run has begun in \(folder)", at: folder,
      help: "go on with --resume, or name another folder")
  }

  static func runFewSamples(_ path: String, _ count: Int, needed: Int) -> Diagnostic {
    Diagnostic(
      "run.few-samples", "the data set has \(count) samples, and \(needed) are held out", at: path,
      help: "set held_out lower, or name a set of its own with validation=")
  }

  static func runFolder(_ path: String, reason: String) -> Diagnostic {
    Diagnostic(
      "run.folder", "cannot use the folder \(path): \(reason)", at: path,
      help: "name a folder that you may write; it is made if its parent may be written")
  }

  package static func runInitialWeights(_ path: String) -> Diagnostic {
    Diagnostic(
      "run.initial-weights", "a run that goes on has its own weights, and \(path) was named",
      help: "leave --weights out")
  }

  static func runLocked(_ path: String) -> Diagnostic {
    Diagnostic(
      "run.locked", "another process trains in \(path)", at: path,
      help: "wait until it ends, or name another folder")
  }

  static func runLog(_ path: String, _ fact: String) -> Diagnostic {
    Diagnostic(
      "run.log", "the log of the run cannot be read: \(fact)", at: path,
      help: "check the path and its permissions")
  }

  static func runNoPictures(_ graph: Graph) -> Diagnostic {
    Diagnostic(
      "run.no-pictures",
      "\(graph.name) takes neither video f32[batch, frames, size, size, 3] nor image f32[batch, size, "
        + "size, 3]",
      notes: graph.arguments.map { "\($0.name): \(graph.type($0.value))" },
      help: "give the pictures one of these names and that shape")
  }

  package static func runNoRun(_ folder: String) -> Diagnostic {
    Diagnostic(
      "run.no-run", "no run has begun in \(folder)", at: folder,
      help: "leave --resume out, or name the folder of a run")
  }

  static func runNotCheckpoint(_ path: String, _ fact: String) -> Diagnostic {
    Diagnostic(
      "run.not-checkpoint", "the file is no checkpoint of a run: \(fact)", at: path,
      help: "name one of the run's folder checkpoints")
  }

  static func runNotSegmenting(_ graph: Graph, _ input: ModelInput) -> Diagnostic {
    Diagnostic(
      "run.not-segmenting",
      "\(graph.name) must return reconstruction, as its \(input.name), and weights [..., slots, "
        + "\(input.size), \(input.size)]",
      notes: graph.results.map { "\($0.name): \(graph.type($0.value))" },
      help: "return them under these names")
  }

  static func runOtherData(_ path: String) -> Diagnostic {
    Diagnostic(
      "run.other-data",
      "the training data are not those that the checkpoint was made with: other files, other sizes, or "
        + "other samples held out", at: path,
      help: "name the same data and validation as before; they may lie elsewhere")
  }

  static func runOtherModel(_ path: String, _ model: String, expected: String) -> Diagnostic {
    Diagnostic(
      "run.other-model", "the checkpoint is of \(model), and the run of \(expected)", at: path,
      help: "name the folder of the model's own run")
  }

  static func runOtherPlan(_ path: String, _ plan: String, now: String) -> Diagnostic {
    Diagnostic(
      "run.other-plan",
      "the step is compiled in another way now (\(now)) than when the checkpoint was made (\(plan))",
      at: path,
      notes: [
        "another processor, version or memory choice gives other last bits; so do other steps, where the "
          + "rate's schedule ends with them"
      ],
      help: "go on all the same with --other-plan")
  }

  package static func runSettings(_ setting: String) -> Diagnostic {
    Diagnostic(
      "run.settings", "a run that goes on has its own recipe, and \(setting) was given",
      help: "only steps may change; begin a new run for anything else")
  }
}
