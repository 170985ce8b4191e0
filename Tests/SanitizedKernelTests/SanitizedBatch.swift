import Foundation
import GraphIR
import GraphLowering
import LLVMBackend
import LLVMEmission
import TensorCore
import Testing
import TileIR

/// Entry points whose kernels are compiled under the address sanitizer and run by the C driver, as
/// one process: this one cannot, since the sanitizer's runtime must be there from its start.
struct SanitizedBatch {
  let level: TargetLevel
  let emitter: ModuleEmitter
  private(set) var rehearsals: [Rehearsal] = []
  /// Each once, in order of first use.
  private(set) var kernels: [(name: String, program: TileProgram)] = []
  private var known: Set<String> = []

  init(_ level: TargetLevel) {
    self.level = level
    var emitter = ModuleEmitter(vectorByteCount: level.vectorByteCount)
    // A vector is checked at its first and last byte, so it must not reach across a gap.
    emitter.scratchGap = 64
    self.emitter = emitter
  }

  /// Adds an entry point; `values` are the bytes of an argument or a parameter by name.
  mutating func add(
    _ name: String, _ graph: Graph, _ options: LoweringOptions, values: (String) -> [UInt8]
  ) throws {
    let entry = try EntryPlan(graph, level, options)
    expectReservedScratch(entry)
    rehearsals.append(Rehearsal(name, entry, emitter, values: values))
    for kernel in entry.kernels { add(kernel.name, kernel.program) }
  }

  /// The driver brings scratch with gaps, so that what a plan reserves without them is compared here.
  private func expectReservedScratch(_ entry: EntryPlan) {
    let plain = ModuleEmitter(vectorByteCount: level.vectorByteCount)
    for kernel in entry.kernels {
      let reach = plain.scratchRanges(kernel.program).map(\.upperBound).max() ?? 0
      for plan in [entry.prepare, entry.run]
      where plan.steps.contains(where: { $0.kernel == kernel.name }) {
        #expect(reach <= plan.scratchByteCount, "\(plan.name), kernel \(kernel.name)")
      }
    }
  }

  /// Adds one kernel, over buffers that it may touch in the given ranges.
  mutating func add(
    _ name: String, _ program: TileProgram, _ bindings: [(byteCount: Int, bytes: Range<Int>)]
  ) {
    rehearsals.append(Rehearsal(name, program, emitter, bindings))
    add(name, program)
  }

  private mutating func add(_ name: String, _ program: TileProgram) {
    if known.insert(name).inserted { kernels.append((name, program)) }
  }

  var stepCount: Int { rehearsals.reduce(0) { $0 + $1.steps.count } }
}

// MARK: - Machine code
extension SanitizedBatch {
  /// Object code of the kernels, in parts that compile side by side.
  func objects() async throws -> [[UInt8]] {
    let partCount = min(kernels.count, 4)
    return try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for part in 0..<partCount {
        let own = kernels.indices.filter { $0 % partCount == part }.map { kernels[$0] }
        let text = emitter.text(own)
        let compiler = ObjectCompiler(level, sanitized: true)
        group.addTask { try compiler.object(text) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// The driver with everything that was added, as files in a folder of its own.
  func linked() async throws -> SanitizedDriver {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let driver = SanitizedDriver(folder: folder)
    do {
      var objects: [URL] = []
      for (number, object) in try await self.objects().enumerated() {
        objects.append(folder.appending(path: "kernels\(number).o"))
        try Data(object).write(to: objects[number])
      }
      try Data(Rehearsal.tables(rehearsals).utf8).write(to: driver.tables)
      try Data(Rehearsal.values(rehearsals)).write(to: driver.values)
      try driver.link(objects)
      return driver
    } catch {
      driver.remove()
      throw error
    }
  }
}
