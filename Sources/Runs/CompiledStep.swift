import ClipData
import GraphCompiler
import GraphIR
import GraphTraining
import ModelZoo
import SmaltiRuntime
import TensorCore
import TensorFiles

/// A family's training step as machine code, with its parameters and states.
final class CompiledStep {
  let input: ModelInput
  /// Hash of what was compiled, as hexadecimal digits.
  let plan: String
  let notes: [Diagnostic]
  private let loaded: LoadedProgram
  private let weights: (Parameter) throws -> AlignedBytes
  private let step: Session
  private let accumulate: Session?
  private let microBatches: Int
  private let arguments: [String: AlignedBytes]
  private let outputs: [String: AlignedBytes]
  /// Results that are one number, in the graph's order.
  private let scalars: [String]

  /// - Parameter weights: the raw bytes with which a parameter starts.
  /// - Errors: those of the family, of the step, of compiling and loading; `run.no-pictures`.
  init(
    _ description: RunDescription, _ options: CompilerOptions, threads: Int, key: Key,
    weights: @escaping (Parameter) throws -> AlignedBytes
  ) throws {
    let program = try description.stepProgram()
    let graph = try program.entry(TrainingStep.entry)
    input = try ModelInput(of: graph)
    let compiled = try Compiler.compile(program, options)
    plan = Self.hash(compiled)
    notes = compiled.notes
    self.weights = weights
    loaded = try LoadedProgram(compiled, threads: threads, weights: weights)
    step = try loaded.session(TrainingStep.entry)
    microBatches = description.options.microBatches
    accumulate = microBatches > 1 ? try loaded.session(TrainingStep.accumulatingEntry) : nil
    var arguments: [String: AlignedBytes] = [:]
    for slot in step.inputs { arguments[slot.name] = AlignedBytes(byteCount: slot.byteCount) }
    if let noise = arguments["key"] {
      noise.bytes.storeBytes(of: key.folded("training").bits, as: UInt64.self)
    }
    self.arguments = arguments
    var outputs: [String: AlignedBytes] = [:]
    for slot in step.outputs { outputs[slot.name] = AlignedBytes(byteCount: slot.byteCount) }
    self.outputs = outputs
    scalars = graph.results.filter { graph.type($0.value) == .f32([]) }.map(\.name)
  }

  private static func hash(_ compiled: CompiledProgram) -> String {
    let parts = [compiled.level.name, Printer().text(compiled.program)] + compiled.texts
    return String(Key.hash(parts.joined(separator: "\n")), radix: 16)
  }

  /// One step over the next batches.
  ///
  /// - Errors: those of `batches` and of the runtime.
  func run(_ batches: () throws -> BatchLoader.Batch) throws -> StreamPosition {
    var position = StreamPosition()
    for number in 0..<microBatches {
      let batch = try batches()
      batch.values.withUnsafeBytes { arguments[input.name]!.bytes.copyMemory(from: $0) }
      position = batch.position
      if let accumulate, number + 1 < microBatches {
        _ = try accumulate.run(arguments)
      } else {
        try step.run(arguments, into: outputs)
      }
    }
    return position
  }

  /// The results of the last step that are one number.
  var values: [(name: String, value: Double)] {
    scalars.map { ($0, Double(outputs[$0]!.elements(as: Float.self)[0])) }
  }

  /// Steps so far that were not finite, and therefore left everything as it was.
  var skipped: UInt64 { loaded.states["training.skipped"]!.elements(as: UInt64.self)[0] }
}

// MARK: - Parameters and states
extension CompiledStep {
  /// Names and types of all tensors of a checkpoint.
  var tensorTypes: [(name: String, type: TensorType)] {
    (loaded.compiled.program.parameters + loaded.compiled.program.states).map { ($0.path, $0.type) }
  }

  /// A parameter or state as it is now; a parameter that is not trained as it began.
  private func current(_ path: String) throws -> AlignedBytes? {
    if let state = loaded.states[path] { return state }
    return try loaded.compiled.program.parameter(at: path).map(weights)
  }

  /// All tensors as they are now.
  ///
  /// - Errors: those of the weights that the run began with.
  func tensors() throws -> [(name: String, value: TensorBytes)] {
    try tensorTypes.map { name, type in
      (name, try TensorBytes(type, bytes: current(name)!.copied()))
    }
  }

  /// Parameters alone, as a model is run with: averaged ones where the step keeps averages.
  func trained(_ parameter: Parameter) throws -> AlignedBytes {
    let average = loaded.states["average.\(parameter.path)"]
    let hasMoved = loaded.states["training.steps"]!.elements(as: UInt64.self)[0] > skipped
    if hasMoved, let average { return average }
    return try current(parameter.path) ?? weights(parameter)
  }

  /// - Errors: those of the weights that the run began with.
  func trainedTensors() throws -> [(name: String, value: TensorBytes)] {
    try loaded.compiled.program.parameters.map { parameter in
      (
        parameter.path,
        try TensorBytes(parameter.type, bytes: trained(parameter).copied())
      )
    }
  }

  /// Puts every tensor of a checkpoint in its place.
  func restore(_ checkpoint: Checkpoint) {
    for (name, value) in checkpoint.tensors {
      // Parameters that are not trained are the weights that the run began with.
      guard let state = loaded.states[name] else { continue }
      value.withUnsafeBytes { state.bytes.copyMemory(from: $0) }
    }
  }
}
