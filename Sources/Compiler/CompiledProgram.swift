import CSmaltiBLAS
import ExecutionPlan
import GraphIR
import GraphLowering
import LLVMBackend
import SmaltiRuntime
import TensorCore
import TileIR

/// A program as machine code with its plans; the same bytes run in memory and in an artefact.
public struct CompiledProgram: Sendable {
  public let program: Program
  public let level: TargetLevel
  public let entries: [EntryPlan]
  /// LLVM text of each object file.
  public let texts: [String]
  public let objects: [[UInt8]]
  public let times: CompileTimes
  /// What a user may want to know and no error: a cache that could not be used.
  public let notes: [Diagnostic]

  /// - Errors: `program.no-entry`.
  public func entry(_ name: String) throws(Diagnostic) -> EntryPlan {
    guard let entry = entries.first(where: { $0.name == name }) else {
      _ = try program.entry(name)
      preconditionFailure("internal: entry \(name) was not compiled")
    }
    return entry
  }
}

/// Machine code in memory, and the weights it was given.
///
/// Entry points are prepared when they are first asked for.
public final class LoadedProgram {
  public let compiled: CompiledProgram
  public let pool: ThreadPool
  private let code: LoadedObject
  private let weights: (Parameter) throws -> AlignedBytes
  private var plans: [String: LoadedPlan] = [:]
  /// States, and parameters that an entry point replaces, by path, as they are now: all sessions share
  /// them.
  public private(set) var states: [String: AlignedBytes] = [:]

  /// - Parameter weights: the raw bytes of a parameter, row-major; asked for once per entry point, or once
  ///   if an entry point replaces it.
  /// - Errors: the backend's; `RunError.noThreads`.
  public init(
    _ compiled: CompiledProgram, threads: Int = 0,
    weights: @escaping (Parameter) throws -> AlignedBytes
  ) throws {
    self.compiled = compiled
    self.weights = weights
    code = try LoadedObject(compiled.objects)
    pool = try ThreadPool(threads: threads)
    smalti_blas_set_threads(Int32(pool.workerCount))
  }

  /// A caller's workspace for an entry point, with the program's states. Sessions of entry points that
  /// have states must not run at the same time: they share them.
  public func session(_ entry: String) throws -> Session {
    let plan = try plan(entry)
    // What compiling has freed would lie beside the workspace as long as it is used.
    MachineMemory.giveBack()
    for slot in try compiled.entry(entry).run.states where states[slot.name] == nil {
      states[slot.name] = try initialValue(slot.name)
    }
    return try Session(plan, pool: pool, states: states)
  }

  /// A parameter's weights, or the start of a state.
  private func initialValue(_ path: String) throws -> AlignedBytes {
    if let parameter = compiled.program.parameter(at: path) {
      // Its own memory: what was given is not ours to train.
      let given = try weights(parameter)
      return withExtendedLifetime(given) { AlignedBytes([UInt8](given.bytes)) }
    }
    guard let state = compiled.program.states.first(where: { $0.path == path }) else {
      preconditionFailure("internal: no state \(path)")
    }
    return AlignedBytes(state.initialValue(seed: Key(0)).bytes)
  }

  private func plan(_ name: String) throws -> LoadedPlan {
    if let plan = plans[name] { return plan }
    let entry = try compiled.entry(name)
    let prepared = try prepare(entry)
    let code = code
    let plan = try LoadedPlan(
      entry.run, weights: prepared, keeping: code, address: { Self.address(of: $0, in: code) })
    plans[name] = plan
    return plan
  }

  /// A kernel of ours, or the one that calls OpenBLAS.
  private static func address(of symbol: String, in code: LoadedObject) -> UnsafeRawPointer? {
    if symbol == "smalti_blas_sgemm" {
      let function:
        @convention(c) (
          UnsafePointer<UnsafeMutableRawPointer?>?, UnsafeRawPointer?, Int64,
          UnsafeMutableRawPointer?
        ) -> Void = smalti_blas_sgemm
      return unsafeBitCast(function, to: UnsafeRawPointer.self)
    }
    return code.address(of: symbol)
  }

  /// Raw parameters to the prepared block, by the entry point's own compiled steps.
  private func prepare(_ entry: EntryPlan) throws -> [AlignedBytes] {
    guard !entry.prepare.outputs.isEmpty else { return [] }
    var inputs: [String: AlignedBytes] = [:]
    for slot in entry.prepare.inputs {
      guard let parameter = compiled.program.parameter(at: slot.name) else {
        preconditionFailure("internal: no parameter \(slot.name)")
      }
      inputs[slot.name] = try weights(parameter)
    }
    let code = code
    let plan = try LoadedPlan(
      entry.prepare, keeping: code, address: { Self.address(of: $0, in: code) })
    return [try Session(plan, pool: pool).run(inputs)["prepared"]!]
  }
}

extension LoadedProgram {
  /// With seed-made weights.
  public convenience init(_ compiled: CompiledProgram, threads: Int = 0, seed: Key) throws {
    try self.init(compiled, threads: threads) { parameter in
      AlignedBytes(parameter.initialValue(seed: seed).bytes)
    }
  }

  /// One run on host tensors, by name: convenient for tests and tools, not for speed.
  ///
  /// - Errors: `call.type`, `call.missing`, and the runtime's.
  public func run(_ entry: String, _ arguments: [String: HostTensor]) throws -> [String: HostTensor]
  {
    let graph = try compiled.program.entry(entry)
    let session = try session(entry)
    for input in graph.arguments {
      guard let given = arguments[input.name], given.type != graph.type(input.value) else {
        continue
      }
      throw Diagnostic.argumentType(input.name, expected: graph.type(input.value), got: given.type)
        .placed(at: entry)
    }
    let outputs = try session.run(arguments.mapValues { AlignedBytes($0.bytes) })
    var results: [String: HostTensor] = [:]
    for result in graph.results {
      let bytes = UnsafeRawBufferPointer(outputs[result.name]!.bytes)
      results[result.name] = try HostTensor(graph.type(result.value), bytes: bytes)
    }
    return results
  }
}
