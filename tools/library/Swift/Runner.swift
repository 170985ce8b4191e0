import CSmaltiCompiler
import Foundation
import ModelRequests
import Smalti

/// What a `smalti_runner` is: an entry point in memory, with threads and workspace.
final class Runner {
  private let network: Network
  private let session: Session
  private let table: SignatureTable
  var signature: UnsafePointer<smalti_signature> { table.signature }

  /// - Errors: those of the compiler, the weights and the runtime.
  init(_ network: Network, _ entry: String?, threads: Int) throws {
    self.network = network
    let model = try ChosenModel(network.model, network.settings, .one(entry))
    let compiled = try Compiler.compile(model.program)
    let weights = network.weights
    let loaded = try LoadedProgram(compiled, threads: threads) { try weights.bytes(of: $0) }
    session = try loaded.session(model.graph.name)
    table = SignatureTable(model.graph, session, try compiled.entry(model.graph.name).run.flops)
  }

  /// One run on the caller's memory.
  ///
  /// - Errors: those of the runtime; `wrongCount`.
  func run(
    _ inputs: UnsafeBufferPointer<smalti_buffer>, _ outputs: UnsafeBufferPointer<smalti_buffer>
  ) throws {
    try session.run(
      inOrder: inputs.map { AlignedBytes($0) }, into: outputs.map { AlignedBytes($0) })
  }
}

extension AlignedBytes {
  /// The caller's memory; whoever calls sees to it that it is there during the run.
  convenience init(_ buffer: smalti_buffer) {
    let bytes = UnsafeMutableRawBufferPointer(
      start: buffer.pointer, count: Int(clamping: buffer.byte_count))
    self.init(borrowing: bytes) {}
  }
}

/// What a runner reads and writes as the ABI tells it, in memory that C may read.
final class SignatureTable {
  let signature: UnsafePointer<smalti_signature>
  private var owned: [UnsafeMutableRawPointer] = []

  init(_ graph: Graph, _ session: Session, _ flops: Int) {
    let table = UnsafeMutablePointer<smalti_signature>.allocate(capacity: 1)
    table.initialize(to: smalti_signature())
    signature = UnsafePointer(table)
    owned.append(UnsafeMutableRawPointer(table))
    table.pointee.specialisation = copy([0])
    table.pointee.flops = UInt64(flops)
    let inputs = zip(session.inputs, graph.arguments).map { tensor($0, graph.type($1.value)) }
    let outputs = zip(session.outputs, graph.results).map { tensor($0, graph.type($1.value)) }
    (table.pointee.inputs, table.pointee.input_count) = (copy(inputs), UInt64(inputs.count))
    (table.pointee.outputs, table.pointee.output_count) = (copy(outputs), UInt64(outputs.count))
  }

  deinit {
    for memory in owned { memory.deallocate() }
  }

  private func tensor(_ slot: Plan.Slot, _ type: TensorType) -> smalti_tensor {
    smalti_tensor(
      name: copy(slot.name.utf8CString.map { $0 }),
      element: copy(type.element.description.utf8CString.map { $0 }),
      dimensions: copy(type.shape.dimensions.map { UInt64($0) }), rank: UInt64(type.rank),
      byte_count: UInt64(slot.byteCount), alignment: UInt64(slot.alignment))
  }

  private func copy<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    memory.initialize(from: elements, count: elements.count)
    owned.append(UnsafeMutableRawPointer(memory))
    return UnsafePointer(memory)
  }
}
