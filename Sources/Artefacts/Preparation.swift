import ExecutionPlan
import GraphCompiler
import GraphIR
import LLVMBackend
import SmaltiRuntime
import TensorCore
import TileIR

/// Runs a preparation where the compiler runs: its kernels as this machine's code, with the vectors
/// of the levels they were made for, so that the bytes are those that the levels would make.
enum Preparation {
  /// The prepared block; empty if there is nothing to prepare.
  ///
  /// - Parameter parameter: the raw bytes of a parameter, row-major.
  /// - Errors: those of the backend, of the runtime, and of `parameter`.
  static func block(
    of packaged: PackagedModel, _ options: CompilerOptions, threads: Int,
    parameter: (Parameter) throws -> AlignedBytes
  ) throws -> AlignedBytes {
    guard !packaged.prepare.outputs.isEmpty else { return AlignedBytes(byteCount: 0) }
    var host = options
    host.level = .host
    let texts = PackagedModel.texts(packaged.prepareKernels)
    let code = try LoadedObject(try Compiler.objectCode(texts, host).objects)
    var plan = packaged.prepare
    plan.level = host.level.name
    let loaded = try LoadedPlan(plan, keeping: code, address: code.address)
    var inputs: [String: AlignedBytes] = [:]
    for slot in plan.inputs {
      guard let known = packaged.model.program.parameter(at: slot.name) else {
        preconditionFailure("internal: no parameter \(slot.name)")
      }
      inputs[slot.name] = try parameter(known)
    }
    let pool = try ThreadPool(threads: threads)
    // Zeros between the values, which nothing writes: what goes into a file is the same every time, and
    // nothing of this process.
    let block = AlignedBytes(byteCount: plan.outputs[0].byteCount)
    try Session(loaded, pool: pool).run(inputs, into: ["prepared": block])
    return block
  }
}
