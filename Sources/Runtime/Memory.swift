// All unsafe code of this module: memory that outlives a call, the C tables of a plan, the pool's
// handle, and the one call into the runtime.
//
// Why it is sound:
// - `AlignedBytes` owns its memory or keeps alive what does; pointers into it never leave this file
//   except through `bytes`, whose user holds the object.
// - `PlanTables` copies every string, array and constant that C will read; the copies live until
//   it is freed and are never written after `init`. So several threads may read them at once.
// - `PoolHandle` is a pointer to a C object all of whose functions may be called from any thread;
//   it is freed once, when nobody holds it any more.
// - `execute` keeps target, buffers and pool alive until C returns, and C keeps no pointer.

import CSmaltiRuntime
import ExecutionPlan

/// Bytes at an address that is a multiple of 64: a cache line, and the widest vector.
public final class AlignedBytes {
  public let bytes: UnsafeMutableRawBufferPointer
  private let release: () -> Void

  /// `byteCount` bytes, all zero.
  public convenience init(byteCount: Int) {
    self.init(uninitializedByteCount: byteCount)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// `byteCount` bytes of any value, for memory that is written before it is read.
  public init(uninitializedByteCount byteCount: Int) {
    let page = Int(SMALTI_LARGE_PAGE_BYTES)
    let isLarge = byteCount >= page
    // Whole pages, so that the last part lies on a large one too.
    let room = isLarge ? (byteCount + page - 1) / page * page : byteCount
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: room, alignment: isLarge ? page : Plan.alignment)
    if isLarge { smalti_prefer_large_pages(memory.baseAddress, UInt64(room)) }
    bytes = UnsafeMutableRawBufferPointer(rebasing: memory[..<byteCount])
    release = { memory.deallocate() }
  }

  /// Memory of someone else, as a mapped file; `release` is called once, when it is needed no more.
  public init(borrowing bytes: UnsafeMutableRawBufferPointer, release: @escaping () -> Void) {
    self.bytes = bytes
    self.release = release
  }

  /// A copy of `elements`.
  public convenience init<Element: BitwiseCopyable>(_ elements: [Element]) {
    self.init(uninitializedByteCount: elements.count * MemoryLayout<Element>.stride)
    elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
  }

  deinit {
    release()
  }

  public var byteCount: Int { bytes.count }

  /// A copy of all bytes.
  public func copied() -> [UInt8] { [UInt8](bytes) }

  /// A copy as whole elements; bytes behind the last whole one are left out.
  public func elements<Element: BitwiseCopyable>(as type: Element.Type) -> [Element] {
    let stride = MemoryLayout<Element>.stride
    return (0..<byteCount / stride).map {
      bytes.loadUnaligned(fromByteOffset: $0 * stride, as: type)
    }
  }

  fileprivate var buffer: smalti_buffer {
    smalti_buffer(pointer: bytes.baseAddress, byte_count: UInt64(bytes.count))
  }
}

/// A plan as the constant tables that C reads.
package final class PlanTables: @unchecked Sendable {
  private let table: UnsafeMutablePointer<smalti_plan>
  private var owned: [UnsafeMutableRawBufferPointer] = []

  /// The tables of `plan`, which the verifier has accepted, with an address for every kernel.
  package init(
    _ plan: Plan, features: MachineFeatures = [], kernels: [String: UnsafeRawPointer]
  ) {
    table = .allocate(capacity: 1)
    var header = smalti_plan()
    header.byte_count = UInt32(MemoryLayout<smalti_plan>.size)
    header.abi_version = SMALTI_ABI_VERSION
    header.required_features = features.rawValue
    header.arena_byte_count = UInt64(plan.arenaByteCount)
    header.scratch_byte_count = UInt64(plan.scratchByteCount)
    table.initialize(to: header)
    table.pointee.name = copy(plan.name)
    (table.pointee.inputs, table.pointee.input_count) = copy(plan.inputs.map(slot))
    (table.pointee.outputs, table.pointee.output_count) = copy(plan.outputs.map(slot))
    (table.pointee.weights, table.pointee.weight_count) = copy(plan.weights.map(slot))
    (table.pointee.states, table.pointee.state_count) = copy(plan.states.map(slot))
    (table.pointee.constants, table.pointee.constant_count) = copy(plan.constants.map(constant))
    let bindings = plan.steps.flatMap { $0.bindings.map { binding($0, in: plan) } }
    (table.pointee.bindings, table.pointee.binding_count) = copy(bindings)
    (table.pointee.steps, table.pointee.step_count) = copy(steps(of: plan, kernels))
  }

  deinit {
    table.deallocate()
    for memory in owned { memory.deallocate() }
  }

  /// Bytes of workspace for `workers`, or nil beyond what a machine can have.
  func workspaceByteCount(workers: UInt32) -> Int? {
    Int(exactly: smalti_workspace_bytes(table, workers))
  }

  package var plan: UnsafePointer<smalti_plan> { UnsafePointer(table) }

  private func steps(of plan: Plan, _ kernels: [String: UnsafeRawPointer]) -> [smalti_step] {
    var firstBinding = 0
    return plan.steps.map { step in
      defer { firstBinding += step.bindings.count }
      return smalti_step(
        name: copy(step.name),
        // The compiler's kernels have this signature; a symbol carries no type to check.
        kernel: unsafeBitCast(kernels[step.kernel], to: smalti_kernel?.self),
        arguments: copy(step.arguments).0.map { UnsafeRawPointer($0) },
        task_count: Int64(step.taskCount),
        first_binding: UInt32(firstBinding),
        binding_count: UInt32(step.bindings.count))
    }
  }

  private func slot(_ slot: Plan.Slot) -> smalti_slot {
    smalti_slot(
      name: copy(slot.name), byte_count: UInt64(slot.byteCount), alignment: UInt64(slot.alignment))
  }

  private func constant(_ constant: Plan.Constant) -> smalti_constant {
    let (pointer, count) = copy(constant.bytes)
    return smalti_constant(pointer: pointer.map { UnsafeRawPointer($0) }, byte_count: count)
  }

  /// C knows one arena: a buffer's offset in it is added here.
  private func binding(_ binding: Plan.Binding, in plan: Plan) -> smalti_binding {
    let base = binding.space == .arena ? plan.buffers[binding.index].byteOffset : 0
    return smalti_binding(
      space: binding.space.number,
      index: binding.space == .arena ? 0 : UInt32(binding.index),
      offset: UInt64(base + binding.byteOffset))
  }

  private func copy(_ text: String) -> UnsafePointer<CChar>? {
    copy(text.utf8CString.map { $0 }).0
  }

  private func copy<Element: BitwiseCopyable>(
    _ elements: [Element]
  ) -> (UnsafePointer<Element>?, UInt64) {
    guard !elements.isEmpty else { return (nil, 0) }
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: elements.count * MemoryLayout<Element>.stride, alignment: Plan.alignment)
    owned.append(memory)
    elements.withUnsafeBytes { memory.copyMemory(from: $0) }
    let first = memory.bindMemory(to: Element.self).baseAddress
    return (first.map { UnsafePointer($0) }, UInt64(elements.count))
  }
}

extension Plan.Space {
  fileprivate var number: UInt32 {
    switch self {
    case .input: SMALTI_SPACE_INPUT.rawValue
    case .output: SMALTI_SPACE_OUTPUT.rawValue
    case .weight: SMALTI_SPACE_WEIGHT.rawValue
    case .state: SMALTI_SPACE_STATE.rawValue
    case .constant: SMALTI_SPACE_CONSTANT.rawValue
    case .arena: SMALTI_SPACE_ARENA.rawValue
    }
  }
}

/// The C pool, freed with its last holder.
final class PoolHandle: @unchecked Sendable {
  private let pool: OpaquePointer

  /// Nil when the system gives no more threads.
  init?(threads: UInt32) {
    guard let pool = smalti_pool_create(threads) else { return nil }
    self.pool = pool
  }

  deinit {
    smalti_pool_free(pool)
  }

  var workerCount: UInt32 { executor.pointee.worker_count }

  fileprivate var executor: UnsafePointer<smalti_executor> {
    smalti_pool_executor(pool)
  }
}

/// The buffers of one run, each group in the plan's order.
struct RunBuffers {
  var inputs: [AlignedBytes]
  var outputs: [AlignedBytes]
  var weights: [AlignedBytes]
  var states: [AlignedBytes]
  var workspace: AlignedBytes
}

/// Runs `target` once. Writes the time of every step to `stepNanoseconds` unless that is empty.
func execute(
  _ target: any Runnable, _ buffers: RunBuffers, pool: PoolHandle?, stepNanoseconds: inout [UInt64]
) throws(RunError) {
  let groups = [buffers.inputs, buffers.outputs, buffers.weights, buffers.states]
  let flat = groups.flatMap { $0.map(\.buffer) }
  let (status, text) = withExtendedLifetime((target, buffers, pool)) {
    flat.withUnsafeBufferPointer { flat in
      stepNanoseconds.withUnsafeMutableBufferPointer { times in
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text in
          text.initialize(repeating: 0)
          var call = smalti_call()
          call.byte_count = UInt32(MemoryLayout<smalti_call>.size)
          call.abi_version = SMALTI_ABI_VERSION
          var next = flat.baseAddress
          func take(_ group: [AlignedBytes]) -> (UnsafePointer<smalti_buffer>?, UInt64) {
            defer { next = next.map { $0 + group.count } }
            return (next, UInt64(group.count))
          }
          (call.inputs, call.input_count) = take(buffers.inputs)
          (call.outputs, call.output_count) = take(buffers.outputs)
          (call.weights, call.weight_count) = take(buffers.weights)
          (call.states, call.state_count) = take(buffers.states)
          call.workspace = buffers.workspace.buffer
          call.executor = pool?.executor
          call.error_text = text.baseAddress
          call.error_capacity = UInt64(text.count)
          call.step_nanoseconds = times.isEmpty ? nil : times.baseAddress
          call.step_nanosecond_count = UInt64(times.count)
          let status = target.execute(&call)
          return (status, status == 0 ? [] : Array(text))
        }
      }
    }
  }
  guard status != SMALTI_OK.rawValue else { return }
  throw RunError(status: status, text)
}
