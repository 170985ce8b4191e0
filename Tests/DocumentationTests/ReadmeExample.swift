import GraphCompiler
import GraphIR
import GraphOps
import NeuralLayers
import TensorCore

/// The example of README.md, compiled: what stands between the two marks, and the imports above,
/// stand there word for word.
func readmeExample() throws -> [Double] {
  // README begins
  // Formulas over tensors are traced into a graph; mistakes are thrown by `finish`.
  let builder = GraphBuilder("classify")
  let image = builder.argument("image", .f32([32, 784]))
  let logits = Perceptron("classifier", hidden: [128], outputs: 10)(image)
  builder.result("probabilities", logits.softmax())
  let program = try Program("digits", [builder.finish()])

  // Machine code for this processor; the weights are made from a seed.
  let loaded = try LoadedProgram(Compiler.compile(program), seed: Key(7))
  let pictures = HostTensor(.f32([32, 784]), repeating: 0.5)
  let results = try loaded.run("classify", ["image": pictures])
  let probabilities = results["probabilities"]!.numbers  // 320 numbers, row by row
  // README ends
  return probabilities
}
