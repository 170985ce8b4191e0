import Foundation
import LLVMBackend
import LLVMEmission
import SmaltiRuntime
import TensorCore
import TileIR

/// A tile program as machine code, run task by task on memory that ends where a page begins that
/// nobody may touch: a read or write past the end of a buffer ends the process.
struct MachineProgram {
  /// The levels of x86-64 that this machine can run.
  static let levels = [TargetLevel.x86v3, .x86v4].filter { level in
    MachineFeatures(level: level.name).map(MachineFeatures.current.isSuperset) ?? false
  }

  private typealias Kernel =
    @convention(c) (
      UnsafePointer<UnsafeMutableRawPointer>, UnsafeRawPointer?, Int, UnsafeMutableRawPointer
    ) -> Void

  private let program: TileProgram
  private let object: LoadedObject

  init(_ program: TileProgram, _ level: TargetLevel) throws {
    self.program = program
    let emitter = ModuleEmitter(vectorByteCount: level.vectorByteCount)
    let text = emitter.text([("kernel", program)])
    object = try LoadedObject([ObjectCompiler(level).object(text)])
  }

  /// What the buffers hold after all tasks.
  func run(_ buffers: [HostTensor.Storage]) throws -> [HostTensor.Storage] {
    let tensors = zip(program.buffers, buffers).map { buffer, storage in
      switch storage {
      case .reals(let values): HostTensor(TensorType(buffer.element, [values.count]), reals: values)
      case .integers(let values):
        HostTensor(TensorType(buffer.element, [values.count]), integers: values)
      }
    }
    let memories = tensors.map { FencedMemory($0.bytes) }
    let starts = memories.map(\.start)
    // All bits set: NaN, and a large odd number.
    let scratch = FencedMemory([UInt8](repeating: 0xFF, count: program.scratchByteCount))
    guard let address = object.address(of: "kernel") else { preconditionFailure("no kernel") }
    let kernel = unsafeBitCast(address, to: Kernel.self)
    for task in 0..<program.taskCount {
      kernel(starts, nil, task, scratch.start)
    }
    return try zip(tensors, memories).map { tensor, memory in
      try HostTensor(tensor.type, bytes: memory.bytes).storage
    }
  }
}

/// Bytes up to the end of a page, before a page without access.
private final class FencedMemory {
  private let base: UnsafeMutableRawPointer
  private let byteCount: Int
  private let mappedCount: Int
  private static let pageCount = 4096

  init(_ bytes: [UInt8]) {
    byteCount = bytes.count
    let pages = (byteCount + Self.pageCount - 1) / Self.pageCount
    mappedCount = (pages + 1) * Self.pageCount
    base = mmap(
      nil, mappedCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    precondition(base != MAP_FAILED, "no memory of \(mappedCount) bytes")
    mprotect(base + pages * Self.pageCount, Self.pageCount, PROT_NONE)
    UnsafeMutableRawBufferPointer(start: start, count: byteCount).copyBytes(from: bytes)
  }

  deinit { munmap(base, mappedCount) }

  var start: UnsafeMutableRawPointer { base + mappedCount - Self.pageCount - byteCount }

  var bytes: [UInt8] { [UInt8](UnsafeRawBufferPointer(start: start, count: byteCount)) }
}
