import GraphIR
import GraphOps
import TensorCore

/// The results of a formula over inputs, by the exact interpreter.
func results(
  _ inputs: [HostTensor], _ formula: ([Tensor]) -> [Tensor]
) throws -> [HostTensor] {
  let builder = GraphBuilder("main")
  let arguments = inputs.enumerated().map { builder.argument("x\($0)", $1.type) }
  for (index, result) in formula(arguments).enumerated() { builder.result("y\(index)", result) }
  let graph = try builder.finish().graph
  try Verifier.check(graph)
  let named = inputs.enumerated().map { ("x\($0)", $1) }
  return try Interpreter(.exact).run(graph, Dictionary(uniqueKeysWithValues: named))
}

func result(_ inputs: HostTensor..., formula: ([Tensor]) -> Tensor) throws -> HostTensor {
  try results(inputs) { [formula($0)] }[0]
}

/// The mistake that a formula over inputs of these types makes.
func mistake(_ types: TensorType..., formula: ([Tensor]) -> Tensor) -> Diagnostic? {
  let builder = GraphBuilder("main")
  let arguments = types.enumerated().map { builder.argument("x\($0)", $1) }
  builder.result("y", formula(arguments))
  return diagnostic { _ = try builder.finish() }
}

extension HostTensor {
  /// 0, 1, 2, … in the shape.
  static func counting(_ shape: Shape) -> HostTensor {
    .f32(shape, (0..<shape.count).map(Double.init))
  }
}
