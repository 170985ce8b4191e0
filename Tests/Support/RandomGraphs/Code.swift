import ExecutionPlan
import GraphIR
import GraphLowering
import LLVMBackend
import LLVMEmission
import SmaltiRuntime
import TensorCore
import TileIR

/// Machine code of several graphs in several variants, as one object: variants share most of their
/// kernels, and compiling is most of the time.
package struct Code: Sendable {
  /// By graph, then by variant.
  package let entries: [[EntryPlan]]
  private let object: LoadedObject

  /// Pools that all runs share; those of more threads than two are made when they are asked for.
  private static let pools = [1, 2].map { pool($0) }
  private static let manyPools = pools + [3, 7].map { pool($0) }

  private static func pool(_ threads: Int) -> ThreadPool {
    guard let pool = try? ThreadPool(threads: threads) else {
      preconditionFailure("internal: no pool of \(threads) threads")
    }
    return pool
  }

  /// - Parameter quick: whether LLVM hurries, which takes a third of the time; our part is the same.
  /// - Errors: those of the backend, which are mistakes of the compiler.
  package init(
    _ entries: [[EntryPlan]], _ level: TargetLevel, quick: Bool = false
  ) throws(Diagnostic) {
    self.entries = entries
    var known: Set<String> = []
    let kernels = entries.joined().flatMap(\.kernels).filter { known.insert($0.name).inserted }
    let text = ModuleEmitter(vectorByteCount: level.vectorByteCount).text(kernels)
    object = try LoadedObject([ObjectCompiler(level, quick: quick).object(text)])
  }

  /// The bytes of the prepared weights and of every output: of a run on one thread, and of two runs
  /// on two threads, of which the second finds the workspace as the first one left it; with `many`
  /// also of two runs on three and on seven.
  package func results(
    _ entry: EntryPlan, arguments: [String: HostTensor], parameters: [String: HostTensor],
    many: Bool = false
  ) throws -> [[[UInt8]]] {
    var results: [[[UInt8]]] = []
    for pool in many ? Self.manyPools : Self.pools {
      var prepared: [AlignedBytes] = []
      if !entry.prepare.outputs.isEmpty {
        let raw = Dictionary(
          uniqueKeysWithValues: entry.prepare.inputs.map { ($0.name, parameters[$0.name]!) })
        prepared = try Self.run(Session(loaded(entry.prepare, []), pool: pool), raw)
      }
      let session = try Session(loaded(entry.run, prepared), pool: pool)
      for _ in 0..<min(pool.workerCount, 2) {
        let outputs = try Self.run(session, arguments)
        results.append((prepared + outputs).map { [UInt8]($0.bytes) })
      }
    }
    return results
  }

  private func loaded(_ plan: Plan, _ weights: [AlignedBytes]) throws -> LoadedPlan {
    try LoadedPlan(plan, weights: weights, keeping: object, address: { object.address(of: $0) })
  }

  /// Outputs start as NaN, so that what is not written shows; padding between weights stays so.
  private static func run(
    _ session: Session, _ inputs: [String: HostTensor]
  ) throws -> [AlignedBytes] {
    let outputs = session.outputs.map { slot in
      let bytes = AlignedBytes(uninitializedByteCount: slot.byteCount)
      bytes.bytes.initializeMemory(as: UInt8.self, repeating: 0xFF)
      return bytes
    }
    let names = session.outputs.map(\.name)
    try session.run(
      inputs.mapValues { AlignedBytes($0.bytes) },
      into: Dictionary(uniqueKeysWithValues: zip(names, outputs)))
    return outputs
  }
}
