import ExecutionPlan
import SmaltiRuntime
import Testing

/// What no machine has is refused before it is allocated.
@Suite("Memory")
struct MemoryTests {
  @Test("a workspace beyond the machine's memory is refused")
  func hugeArena() throws {
    var plan = Plan(name: "huge")
    plan.arenaByteCount = 1 << 50
    let loaded = try LoadedPlan(plan, address: { _ in nil })
    let error = #expect(throws: RunError.self) { try Session(loaded) }
    #expect(error?.code == .noMemory)
    #expect(error?.sentence.hasPrefix("the workspace of plan 'huge' needs 1125899906") == true)
  }

  @Test("an output beyond the machine's memory is refused")
  func hugeOutput() throws {
    let kernel:
      @convention(c) (UnsafeRawPointer?, UnsafeRawPointer?, Int64, UnsafeRawPointer?) -> Void =
        { _, _, _, _ in }
    var plan = Plan(name: "huge")
    plan.outputs = [.init("y", type: "u8[1125899906842624]", byteCount: 1 << 50)]
    plan.steps = [
      .init("write", kernel: "k", bindings: [.init(.write, .output, 0, byteCount: 1 << 50)])
    ]
    let address = unsafeBitCast(kernel, to: UnsafeRawPointer.self)
    let session = try Session(LoadedPlan(plan, address: { _ in address }))
    let error = #expect(throws: RunError.self) { try session.run([:]) }
    #expect(error?.code == .noMemory)
  }

  @Test("large memory starts at a large page and is as long as it was asked for")
  func largePages() {
    let page = 2 << 20
    for count in [page - 1, page, page + 1, 5 * page + 77] {
      let memory = AlignedBytes(uninitializedByteCount: count)
      let address = UInt(bitPattern: memory.bytes.baseAddress!)
      #expect(memory.byteCount == count)
      #expect(address % (count < page ? 64 : UInt(page)) == 0)
    }
  }
}
