import ExecutionPlan

/// One caller's workspace and state for a plan, or for an entry point of a compiled file. Several
/// sessions of one plan may run at the same time, unless they share states; a single one runs once at a
/// time, which is why it is not `Sendable`.
public final class Session {
  private let target: any Runnable
  public let pool: ThreadPool?
  /// Whether runs take the time of each step.
  public var measuresSteps = false
  /// The times of the last measured run, one per step; empty before it.
  public private(set) var stepNanoseconds: [UInt64] = []
  private let states: [AlignedBytes]
  private let workspace: AlignedBytes

  /// A session whose states are zero, but for those that are given: sessions that are given the same
  /// ones share them. Without a pool it runs in the calling thread.
  ///
  /// - Errors: `smallWorkspace` if no machine has the memory that the plan asks for, `noMemory` if
  ///   this one does not, `wrongBytes` for a state of another size.
  public convenience init(
    _ plan: LoadedPlan, pool: ThreadPool? = nil, states: [String: AlignedBytes] = [:]
  ) throws(RunError) {
    try self.init(target: plan, pool, states)
  }

  /// A session of an entry point of `artefact`.
  ///
  /// - Parameters:
  ///   - entry: nil means the model as a whole.
  ///   - specialisation: `batch=8`; nil means the first.
  /// - Errors: `unknownName`, and as above.
  public convenience init(
    _ artefact: LoadedArtefact, entry: String? = nil, specialisation: String? = nil,
    pool: ThreadPool? = nil
  ) throws(RunError) {
    try self.init(target: artefact.runnable(entry, specialisation), pool)
  }

  private init(
    target: any Runnable, _ pool: ThreadPool?, _ given: [String: AlignedBytes] = [:]
  ) throws(RunError) {
    self.target = target
    self.pool = pool
    let workers = pool?.workerCount ?? 1
    guard let byteCount = target.workspaceByteCount(workers: UInt32(workers)) else {
      throw RunError(
        .smallWorkspace,
        "\(target.name) needs more than 2^63 bytes of workspace for \(workers) workers")
    }
    try MachineMemory.require(byteCount, "the workspace of \(target.name)")
    for state in target.states {
      guard let own = given[state.name] else {
        try MachineMemory.require(state.byteCount, "state '\(state.name)'")
        continue
      }
      guard own.byteCount == state.byteCount else {
        throw RunError(
          .wrongBytes,
          "state '\(state.name)' has \(own.byteCount) bytes, the plan asks for \(state.type), "
            + "\(state.byteCount) bytes")
      }
    }
    workspace = AlignedBytes(uninitializedByteCount: byteCount)
    states = target.states.map { given[$0.name] ?? AlignedBytes(byteCount: $0.byteCount) }
  }

  /// What a run reads and writes, in the plan's order.
  public var inputs: [Plan.Slot] { target.inputs }
  public var outputs: [Plan.Slot] { target.outputs }

  /// Bytes of memory that runs share: arena, scratch and the runtime's tables.
  public var workspaceByteCount: Int { workspace.byteCount }

  /// The state of this name, to read or to set between runs.
  public func state(_ name: String) -> AlignedBytes? {
    target.states.firstIndex { $0.name == name }.map { states[$0] }
  }

  /// Runs the plan into new buffers, by name.
  ///
  /// - Errors: `noMemory`, and those of `run(_:into:)`.
  public func run(_ inputs: [String: AlignedBytes]) throws(RunError) -> [String: AlignedBytes] {
    var outputs: [String: AlignedBytes] = [:]
    for slot in target.outputs {
      try MachineMemory.require(slot.byteCount, "output '\(slot.name)'")
      // Every byte is written: the plan's verifier has seen to it.
      outputs[slot.name] = AlignedBytes(uninitializedByteCount: slot.byteCount)
    }
    try run(inputs, into: outputs)
    return outputs
  }

  /// Runs the plan into the caller's buffers, by name.
  ///
  /// - Errors: `unknownName`, `missingBuffer`, and all of the C runtime's. After an error the
  ///   contents of outputs and states are undefined, unless it was found before the run.
  public func run(
    _ inputs: [String: AlignedBytes], into outputs: [String: AlignedBytes]
  ) throws(RunError) {
    try run(
      inOrder: Self.ordered(inputs, as: target.inputs, "input"),
      into: Self.ordered(outputs, as: target.outputs, "output"))
  }

  /// The same with buffers in the order of ``inputs`` and ``outputs``.
  ///
  /// - Errors: all of the C runtime's.
  public func run(
    inOrder inputs: [AlignedBytes], into outputs: [AlignedBytes]
  ) throws(RunError) {
    let buffers = RunBuffers(
      inputs: inputs, outputs: outputs, weights: target.weights, states: states,
      workspace: workspace)
    var times = measuresSteps ? [UInt64](repeating: 0, count: target.stepCount) : []
    try execute(target, buffers, pool: pool?.handle, stepNanoseconds: &times)
    stepNanoseconds = times
  }

  /// `buffers` in the order of `slots`.
  private static func ordered(
    _ buffers: [String: AlignedBytes], as slots: [Plan.Slot], _ kind: String
  ) throws(RunError) -> [AlignedBytes] {
    let names = slots.map(\.name)
    if let unknown = buffers.keys.filter({ !names.contains($0) }).min() {
      throw RunError(
        .unknownName,
        "there is no \(kind) '\(unknown)'; the plan has \(names.joined(separator: ", "))")
    }
    var ordered: [AlignedBytes] = []
    for slot in slots {
      guard let buffer = buffers[slot.name] else {
        throw RunError(
          .missingBuffer,
          "\(kind) '\(slot.name)' is missing; the plan asks for \(slot.type), "
            + "\(slot.byteCount) bytes")
      }
      ordered.append(buffer)
    }
    return ordered
  }
}
