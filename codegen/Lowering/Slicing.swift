import TileIR

/// Runs a chain of steps slice by slice along their outermost grid axis, so that buffers between them
/// need room for one slice only.
///
/// Sound because every access moves by the same distance from slice to slice: a buffer inside the
/// chain is written and read in disjoint, equal parts, one for each slice. The kernels stay as they
/// are but for a shorter grid; the model's graph never knows.
struct Slicing {
  private(set) var steps: [LoweredEntry.Step]
  private(set) var buffers: [LoweredEntry.Buffer]
  /// Prepared values, which lie outside the arena.
  private var prepared: Set<Int> = []

  init(_ steps: [LoweredEntry.Step], _ buffers: [LoweredEntry.Buffer]) {
    self.steps = steps
    self.buffers = buffers
  }

  /// Cuts the chain around the largest buffers until the arena fits `limit` bytes, or nothing more
  /// can be cut.
  mutating func fit(_ limit: Int, beside prepared: Set<Int>) {
    self.prepared = prepared
    guard arenaByteCount(steps) > limit, let peak = widestStep() else { return }
    var best: (steps: [LoweredEntry.Step], buffers: [LoweredEntry.Buffer], bytes: Int)?
    for count in sliceCounts(at: peak) {
      let before = buffers
      let cut = cutChain(around: peak, into: count)
      let bytes = arenaByteCount(cut)
      if bytes < best?.bytes ?? arenaByteCount(steps, before) { best = (cut, buffers, bytes) }
      buffers = before
      if bytes <= limit { break }
    }
    if let best { (steps, buffers) = (best.steps, best.buffers) }
  }

  // MARK: - Memory
  private func lives(_ steps: [LoweredEntry.Step]) -> [(buffer: Int, life: ClosedRange<Int>)] {
    var lives: [Int: ClosedRange<Int>] = [:]
    for (position, step) in steps.enumerated() {
      for binding in step.bindings where isArena(binding.buffer) {
        lives[binding.buffer] = (lives[binding.buffer]?.lowerBound ?? position)...position
      }
    }
    return lives.keys.sorted().map { ($0, lives[$0]!) }
  }

  private func isArena(_ buffer: Int) -> Bool {
    buffers[buffer].kind == .temporary && !prepared.contains(buffer)
  }

  private func arenaByteCount(
    _ steps: [LoweredEntry.Step], _ buffers: [LoweredEntry.Buffer]? = nil
  ) -> Int {
    let buffers = buffers ?? self.buffers
    let items = lives(steps).map {
      ArenaPlanner.Item(byteCount: buffers[$0.buffer].byteCount, life: $0.life)
    }
    return ArenaPlanner.place(items).byteCount
  }

  /// The step at which most bytes are alive.
  private func widestStep() -> Int? {
    var alive = [Int](repeating: 0, count: steps.count)
    for (buffer, life) in lives(steps) {
      for step in life { alive[step] += buffers[buffer].byteCount }
    }
    return alive.indices.max { (alive[$0], $1) < (alive[$1], $0) }
  }

  // MARK: - Chains
  /// Every slice repeats the steps of its chain, so more would make plans longer than useful.
  private static let largestCount = 1024

  private func sliceCounts(at step: Int) -> [Int] {
    let length = steps[step].program.grid.first ?? 1
    return (2...Self.largestCount).filter { $0 <= length && length.isMultiple(of: $0) }
  }

  /// The steps with the longest chain around `peak` cut into `count` slices.
  private mutating func cutChain(around peak: Int, into count: Int) -> [LoweredEntry.Step] {
    var distances: [Int: [Int]] = [:]
    for index in steps.indices { distances[index] = SliceDistances(steps[index], count).perBinding }
    var (first, last) = (peak, peak)
    guard distances[peak] != nil else { return steps }
    while first > 0, isChain(first - 1...last, distances, count) { first -= 1 }
    while last + 1 < steps.count, isChain(first...last + 1, distances, count) { last += 1 }
    guard isChain(first...last, distances, count), first < last else { return steps }
    let chain = first...last
    let inner = innerBuffers(chain)
    for buffer in inner { buffers[buffer].count /= count }
    var cut = Array(steps[..<first])
    for slice in 0..<count {
      let own = slice == 0 ? [:] : copies(of: inner)
      for index in chain {
        var step = steps[index]
        step.program.grid[0] /= count
        step.flops /= count
        for (position, distance) in distances[index]!.enumerated() {
          let buffer = step.bindings[position].buffer
          if inner.contains(buffer) {
            step.bindings[position].buffer = own[buffer] ?? buffer
          } else {
            step.bindings[position].offset += slice * distance
          }
        }
        cut.append(step)
      }
    }
    return cut + steps[(last + 1)...]
  }

  /// Buffers of a slice's own: each lives within its slice, so that all slices share their places.
  private mutating func copies(of inner: Set<Int>) -> [Int: Int] {
    var copies: [Int: Int] = [:]
    for buffer in inner.sorted() {
      copies[buffer] = buffers.count
      buffers.append(buffers[buffer])
    }
    return copies
  }

  /// Whether the steps can run slice by slice: every buffer that one of them writes is cut into equal
  /// parts by all of them.
  private func isChain(
    _ chain: ClosedRange<Int>, _ distances: [Int: [Int]], _ count: Int
  ) -> Bool {
    var written: Set<Int> = []
    for index in chain {
      guard distances[index] != nil else { return false }
      for binding in steps[index].bindings where binding.access != .read {
        written.insert(binding.buffer)
      }
    }
    for index in chain {
      var program = steps[index].program
      program.grid[0] /= count
      let reach =
        steps[index].libraryProduct?.reach(program.grid) ?? AccessRange(program).counts
      for (position, binding) in steps[index].bindings.enumerated()
      where written.contains(binding.buffer) {
        let size = buffers[binding.buffer].count
        guard size.isMultiple(of: count), distances[index]![position] == size / count,
          binding.offset + reach[position] <= size / count
        else { return false }
      }
    }
    return true
  }

  /// Buffers that nothing outside the chain touches.
  private func innerBuffers(_ chain: ClosedRange<Int>) -> Set<Int> {
    var inner: Set<Int> = []
    for index in chain {
      for binding in steps[index].bindings where isArena(binding.buffer) {
        inner.insert(binding.buffer)
      }
    }
    for index in steps.indices where !chain.contains(index) {
      for binding in steps[index].bindings { inner.remove(binding.buffer) }
    }
    return inner
  }
}

/// How far each parameter of a step moves from one slice of its outermost grid axis to the next, or
/// nil if the step cannot be cut.
private struct SliceDistances {
  private(set) var perBinding: [Int]?

  init(_ step: LoweredEntry.Step, _ count: Int) {
    guard let length = step.program.grid.first, length.isMultiple(of: count) else { return }
    if let product = step.libraryProduct {
      perBinding = product.strides.map { $0[0] * (length / count) }
      return
    }
    var factors = [Int?](repeating: nil, count: step.bindings.count)
    guard Self.collect(step.program.body, &factors) else { return }
    perBinding = factors.map { ($0 ?? 0) * (length / count) }
  }

  /// False where the outermost coordinate is used for anything but places, or where one parameter
  /// moves by different distances.
  private static func collect(_ statements: [Statement], _ factors: inout [Int?]) -> Bool {
    statements.allSatisfy { statement in
      switch statement {
      case .loop(_, let count, let body): isFree(count) && collect(body, &factors)
      case .guarded(let index, _, let body, let otherwise):
        factor(index) == 0 && collect(body, &factors) && collect(otherwise, &factors)
      case .compute(let compute):
        (compute.extents + compute.reduced).allSatisfy(isFree)
          && compute.origins.allSatisfy { factor($0) == 0 }
          && ([compute.target] + compute.sources + (compute.index.map { [$0] } ?? []))
            .allSatisfy { note($0.location, &factors) }
      case .contract(let contract):
        isFree(contract.rows) && isFree(contract.columns)
          && ([contract.left, contract.right, contract.target]
            + (contract.epilogue?.sources.map(\.location) ?? []))
            .allSatisfy { note($0, &factors) }
      case .pack(let pack):
        isFree(pack.columns) && [pack.source, pack.target].allSatisfy { note($0, &factors) }
      case .gather(let gather):
        isFree(gather.count)
          && [gather.indices.location, gather.source, gather.target]
            .allSatisfy { note($0, &factors) }
      // A draw counts positions of the whole tensor, which a slice does not know.
      case .random: false
      }
    }
  }

  private static func factor(_ expression: AffineExpression) -> Int {
    expression.terms.first { $0.variable == .grid(0) }?.factor ?? 0
  }

  private static func isFree(_ extent: TileExtent) -> Bool { factor(extent.start) == 0 }

  private static func note(_ location: TileLocation, _ factors: inout [Int?]) -> Bool {
    guard case .buffer(let number) = location.base else { return factor(location.offset) == 0 }
    let moved = factor(location.offset)
    defer { factors[number] = moved }
    return factors[number] == nil || factors[number] == moved
  }
}
