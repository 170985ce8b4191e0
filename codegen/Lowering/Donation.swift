import GraphRegions
import TensorCore
import TileIR

/// Has parameters and states replaced in place.
///
/// What a state becomes is first a buffer of its own. Both get one buffer where every read of the old
/// value comes before the write: no later step reads it, and the step that writes reads it, if at all,
/// at the very positions that the same task writes, not after them. Else the new value is copied at
/// the end of the run.
///
/// ``DonationVerifier`` holds the outcome to that by following contents from step to step.
struct Donation {
  private(set) var steps: [LoweredEntry.Step]
  private(set) var buffers: [LoweredEntry.Buffer]
  /// Paths of states that are copied.
  private(set) var copied: [String] = []

  /// The buffer of each result, those of each state (one for each way in which it was looked up), and
  /// the steps that each buffer is bound to.
  private var resultBuffers: [Int: Int] = [:]
  private var stateBuffers: [String: Set<Int>] = [:]
  private var users: [Int: Set<Int>] = [:]

  init(_ steps: [LoweredEntry.Step], _ buffers: [LoweredEntry.Buffer]) {
    self.steps = steps
    self.buffers = buffers
    for (number, buffer) in buffers.enumerated() {
      switch buffer.kind {
      case .result(let result): resultBuffers[result] = number
      case .state(let path): stateBuffers[path, default: []].insert(number)
      default: break
      }
    }
    for (number, step) in steps.enumerated() {
      for binding in step.bindings { users[binding.buffer, default: []].insert(number) }
    }
  }

  /// - Parameter updates: each state's path with the number of the result that it becomes.
  mutating func apply(_ updates: [(path: String, result: Int)]) {
    var copies: [(from: Int, path: String)] = []
    for (path, number) in updates {
      guard let fresh = resultBuffers[number] else { continue }
      if !merge(fresh, path) {
        buffers[fresh].kind = .temporary
        copies.append((fresh, path))
      }
    }
    for copy in copies {
      copied.append(copy.path)
      steps.append(step(from: copy.from, to: copy.path))
    }
  }

  /// Puts `fresh` in the state's place; false where that would be read too late.
  private mutating func merge(_ fresh: Int, _ path: String) -> Bool {
    let olds = stateBuffers[path] ?? []
    let writers = (users[fresh] ?? []).filter { step in
      steps[step].bindings.contains { $0.buffer == fresh && $0.access != .read }
    }
    guard writers.count == 1, let writer = writers.first, steps[writer].libraryProduct == nil,
      !olds.contains(where: { users[$0]?.contains { $0 > writer } ?? false }),
      let own = InPlaceStep(steps[writer], fresh, olds)?.step
    else { return false }
    let target = olds.min() ?? addState(path, like: fresh)
    steps[writer] = own
    let gone = olds.union([fresh])
    let touched = gone.reduce(into: Set<Int>()) { $0.formUnion(users[$1] ?? []) }
    for step in touched {
      for position in steps[step].bindings.indices
      where gone.contains(steps[step].bindings[position].buffer) {
        steps[step].bindings[position].buffer = target
      }
    }
    for buffer in gone { users[buffer] = [] }
    users[target] = touched
    return true
  }

  private mutating func addState(_ path: String, like fresh: Int) -> Int {
    var buffer = buffers[fresh]
    buffer.kind = .state(path)
    buffer.name = path
    buffers.append(buffer)
    stateBuffers[path, default: []].insert(buffers.count - 1)
    return buffers.count - 1
  }

  private mutating func step(from: Int, to path: String) -> LoweredEntry.Step {
    let target = stateBuffers[path]?.min() ?? addState(path, like: from)
    let buffer = buffers[from]
    return .copy("copy/\(path)", buffer.element, buffer.count, from: from, to: target)
  }
}

extension LoweredEntry.Step {
  /// Copies `count` elements from one buffer to another, or from a raw parameter to its own place.
  static func copy(
    _ name: String, _ element: ElementType, _ count: Int, from: Int, to: Int
  ) -> LoweredEntry.Step {
    var builder = ProgramBuilder()
    let source = builder.parameter(from, offset: 0, element, .read)
    let target = builder.parameter(to, offset: 0, element, .write)
    let axis = TiledAxis(count, tile: 64 * 1024, &builder)
    builder.append(
      .compute(
        TileCompute(
          extents: [axis.extent],
          target: TileAccess(TileLocation(target, axis.start), strides: [1]),
          sources: [TileAccess(TileLocation(source, axis.start), strides: [1])],
          expression: .operand(0))))
    return builder.step(name)
  }
}

/// A step that writes a new value where the old one lies, as one parameter of its program.
private struct InPlaceStep {
  private(set) var step: LoweredEntry.Step

  /// Nil unless the only write of the new value is a computation at the top of the program, and every
  /// read of the old one stands beside it, not later, at the same positions.
  init?(_ step: LoweredEntry.Step, _ fresh: Int, _ olds: Set<Int>) {
    self.step = step
    let bindings = step.bindings
    guard let written = bindings.firstIndex(where: { $0.buffer == fresh }),
      bindings.count(where: { $0.buffer == fresh }) == 1, bindings[written].offset == 0
    else { return nil }
    let read = bindings.indices.filter { olds.contains(bindings[$0].buffer) }
    guard read.allSatisfy({ bindings[$0].offset == 0 }) else { return nil }
    let body = step.program.body
    let writers = body.indices.filter { Self.touches(body[$0], [written]) }
    guard writers.count == 1, case .compute(let write) = body[writers[0]],
      write.target.location.base == .buffer(written), write.reduced.isEmpty,
      !write.sources.contains(where: { $0.location.base == .buffer(written) })
    else { return nil }
    let place = Covered(write.target, write.extents)
    for (index, statement) in body.enumerated() where Self.touches(statement, read) {
      guard index <= writers[0], case .compute(let compute) = statement, compute.reduced.isEmpty
      else { return nil }
      for source in compute.sources {
        guard case .buffer(let number) = source.location.base, read.contains(number) else {
          continue
        }
        guard Covered(source, compute.extents) == place else { return nil }
      }
    }
    merge(written, read)
  }

  private static func touches(_ statement: Statement, _ numbers: [Int]) -> Bool {
    var found = false
    _ = statement.mappingBases { base in
      if case .buffer(let number) = base, numbers.contains(number) { found = true }
      return base
    }
    return found
  }

  /// Makes the parameters `read` and `written` one that is read and written.
  private mutating func merge(_ written: Int, _ read: [Int]) {
    guard !read.isEmpty else { return }
    let kept = min(written, read.min()!)
    let gone = Set(read + [written]).subtracting([kept])
    var numbers = [Int](repeating: kept, count: step.bindings.count)
    var next = 0
    for index in step.bindings.indices where !gone.contains(index) {
      numbers[index] = next
      next += 1
    }
    for index in gone { numbers[index] = numbers[kept] }
    step.bindings[kept].access = .readWrite
    step.bindings[kept].readsOwn = false
    step.program.buffers[kept].access = .readWrite
    step.bindings = step.bindings.indices.filter { !gone.contains($0) }.map { step.bindings[$0] }
    step.program.buffers = step.program.buffers.indices.filter { !gone.contains($0) }
      .map { step.program.buffers[$0] }
    step.program.body = step.program.body.map { statement in
      statement.mappingBases { base in
        if case .buffer(let number) = base { .buffer(numbers[number]) } else { base }
      }
    }
  }
}

/// The positions of a buffer that an access covers, however its axes are cut.
private struct Covered: Equatable {
  private var start: AffineExpression
  private var extents: [TileExtent] = []
  private var strides: [Int] = []

  init(_ access: TileAccess, _ extents: [TileExtent]) {
    start = access.location.offset
    start.terms.sort { "\($0.variable)" < "\($1.variable)" }
    for (extent, stride) in zip(extents, access.strides) where extent.fixed != 1 {
      if let last = strides.last, let outer = self.extents.last, let size = extent.fixed,
        last == stride * size
      {
        self.extents[self.extents.count - 1] = TileExtent(
          outer.size * size, of: outer.total * size, from: outer.start * size)
        strides[strides.count - 1] = stride
      } else {
        self.extents.append(extent)
        strides.append(stride)
      }
    }
  }
}
