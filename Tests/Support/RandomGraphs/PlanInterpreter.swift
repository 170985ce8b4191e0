import ExecutionPlan
import GraphIR
import GraphLowering
import TensorCore
import TileIR

/// Runs a plan over host memory, each kernel by the meaning of its tile program.
///
/// Arena and outputs start as NaN in every type, and an arena buffer is poisoned again before the
/// first step of its life, so that a read before the write shows.
package struct PlanInterpreter {
  private let entry: EntryPlan

  /// - Precondition: no step is a library's product.
  package init(_ entry: EntryPlan) { self.entry = entry }

  /// The results of `graph`, which is what the plan was made from.
  package static func run(
    _ entry: EntryPlan, _ graph: Graph, _ arguments: [String: HostTensor],
    parameters: [String: HostTensor]
  ) throws(Diagnostic) -> [HostTensor] {
    let interpreter = PlanInterpreter(entry)
    var weights: [[UInt8]] = []
    if !entry.prepare.outputs.isEmpty {
      let raw = entry.prepare.inputs.map { parameters[$0.name]!.bytes }
      weights = interpreter.run(entry.prepare, inputs: raw, weights: [])
    }
    let inputs = entry.run.inputs.map { arguments[$0.name]!.bytes }
    let outputs = interpreter.run(entry.run, inputs: inputs, weights: weights)
    var results: [HostTensor] = []
    for (result, bytes) in zip(graph.results, outputs) {
      results.append(try HostTensor(graph.type(result.value), bytes: bytes))
    }
    return results
  }

  /// How many elements and terms the kernels visit, roughly: the interpreter takes about 100 ns
  /// for each.
  package static func work(_ entry: EntryPlan) -> Int {
    [entry.prepare, entry.run].reduce(0) { total, plan in
      total + plan.steps.reduce(0) { $0 + $1.flops / 2 + $1.bytesMoved / 4 }
    }
  }
}

extension PlanInterpreter {
  /// All ones: NaN in every floating type, -1 in every integer.
  private static let poison: UInt8 = 0xFF

  private func run(_ plan: Plan, inputs: [[UInt8]], weights: [[UInt8]]) -> [[UInt8]] {
    var memory: [Plan.Space: [[UInt8]]] = [
      .input: inputs, .weight: weights, .constant: plan.constants.map(\.bytes),
      .output: plan.outputs.map { [UInt8](repeating: Self.poison, count: $0.byteCount) },
    ]
    var arena = [UInt8](repeating: Self.poison, count: plan.arenaByteCount)
    for (index, step) in plan.steps.enumerated() {
      for buffer in plan.buffers where buffer.firstStep == index {
        for byte in buffer.byteOffset..<buffer.byteOffset + buffer.byteCount {
          arena[byte] = Self.poison
        }
      }
      guard let kernel = entry.kernels.first(where: { $0.name == step.kernel }) else {
        preconditionFailure("internal: step \(step.name) has no kernel")
      }
      run(step, kernel.program, of: plan, &memory, &arena)
    }
    return memory[.output]!
  }

  private func run(
    _ step: Plan.Step, _ program: TileProgram, of plan: Plan,
    _ memory: inout [Plan.Space: [[UInt8]]], _ arena: inout [UInt8]
  ) {
    var buffers: [HostTensor.Storage] = []
    for (binding, buffer) in zip(step.bindings, program.buffers) {
      let bytes: ArraySlice<UInt8>
      if binding.space == .arena {
        let start = plan.buffers[binding.index].byteOffset + binding.byteOffset
        bytes = arena[start..<start + binding.byteCount]
      } else {
        bytes =
          memory[binding.space]![binding.index][
            binding.byteOffset..<binding.byteOffset + binding.byteCount]
      }
      buffers.append(Self.tensor(bytes, buffer.element).storage)
    }
    TileInterpreter.run(program, buffers: &buffers, widensSums: true)
    for (index, binding) in step.bindings.enumerated() where binding.access.writes {
      let element = program.buffers[index].element
      let bytes = Self.bytes(buffers[index], element)
      if binding.space == .arena {
        let start = plan.buffers[binding.index].byteOffset + binding.byteOffset
        arena.replaceSubrange(start..<start + bytes.count, with: bytes)
      } else {
        memory[binding.space]![binding.index].replaceSubrange(
          binding.byteOffset..<binding.byteOffset + bytes.count, with: bytes)
      }
    }
  }

  private static func tensor(_ bytes: ArraySlice<UInt8>, _ element: ElementType) -> HostTensor {
    let count = bytes.count / element.byteCount
    let type = TensorType(element, [count])
    guard let tensor = try? HostTensor(type, bytes: Array(bytes)) else {
      preconditionFailure("internal: \(bytes.count) bytes of \(element)")
    }
    return tensor
  }

  private static func bytes(_ storage: HostTensor.Storage, _ element: ElementType) -> [UInt8] {
    switch storage {
    case .reals(let values): HostTensor(TensorType(element, [values.count]), reals: values).bytes
    case .integers(let values):
      HostTensor(TensorType(element, [values.count]), integers: values).bytes
    }
  }
}
