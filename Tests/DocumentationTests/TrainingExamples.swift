import Smalti

/// The examples of training, compiled: what stands between the marks stands in README.md and in
/// docs/training.md word for word.
func trainingExample(_ video: HostTensor) throws -> [String: HostTensor] {
  // README.md begins
  let loss = try Zoo.model("simone:tiny").program(entries: ["loss"])
  let step = TrainingStep(Adam(), schedule: .constant(2e-4), gradientClip: 5)
  let loaded = try LoadedProgram(Compiler.compile(step.program(loss)), seed: Key(0))
  let outputs = try loaded.run("step", ["video": video, "key": .u64([], [7])])
  // README.md ends
  return outputs
}

// docs/training.md begins
struct SignDescent: Optimizer {
  static let name = "sign"
  func next(
    _ parameter: Tensor, gradient: Tensor, _ step: StepScalars, _ slots: OptimizerSlots
  ) -> Tensor {
    let mean = slots.state("mean")
    let next = mean * 0.9 + gradient * 0.1
    slots.replace(mean, with: next)
    return parameter - next.sign() * step.rate
  }
}
// docs/training.md ends
