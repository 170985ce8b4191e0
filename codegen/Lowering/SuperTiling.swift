import GraphRegions
import TileIR

/// Repeats the steps that compute a product's operands, and the product itself, super-tile by
/// super-tile; see ``SuperTile``.
///
/// Sound because every buffer between them is written and read by rows, in disjoint parts one for
/// each super-tile: one part is room enough for all of them, one after the other. The first product
/// starts its sums from zero, the others from what it left. Steps that cannot be cut stay whole,
/// which needs more memory and gives the same bits.
struct SuperTiling {
  private(set) var steps: [LoweredEntry.Step]
  private(set) var buffers: [LoweredEntry.Buffer]

  init(_ steps: [LoweredEntry.Step], _ buffers: [LoweredEntry.Buffer]) {
    self.steps = steps
    self.buffers = buffers
  }

  /// - Parameter prepared: buffers that lie outside the arena.
  mutating func cut(beside prepared: Set<Int>) {
    var place = 0
    while place < steps.count {
      if let tile = steps[place].superTile, let chain = chain(place, tile, prepared),
        let cut = cut(chain, tile)
      {
        for buffer in chain.inner {
          buffers[buffer].count = buffers[buffer].count / tile.length * tile.rows
        }
        steps.replaceSubrange(chain.steps, with: cut)
        place = chain.steps.lowerBound + cut.count
      } else {
        place += 1
      }
    }
  }

  /// Steps that are repeated together, the product last.
  private struct Chain {
    var steps: ClosedRange<Int>
    /// Buffers that nothing else touches.
    var inner: Set<Int>
  }

  private func chain(_ last: Int, _ tile: SuperTile, _ prepared: Set<Int>) -> Chain? {
    var first = last
    while first > 0, let region = steps[first - 1].region, tile.sources.contains(region) {
      first -= 1
    }
    guard first < last else { return nil }
    var inner = Set(steps[first..<last].flatMap { $0.bindings.map(\.buffer) })
    inner = inner.filter { buffers[$0].kind == .temporary && !prepared.contains($0) }
    for (index, step) in steps.enumerated() where !(first...last).contains(index) {
      for binding in step.bindings { inner.remove(binding.buffer) }
    }
    return inner.isEmpty ? nil : Chain(steps: first...last, inner: inner)
  }

  private func cut(_ chain: Chain, _ tile: SuperTile) -> [LoweredEntry.Step]? {
    var result: [LoweredEntry.Step] = []
    for start in stride(from: 0, to: tile.length, by: tile.rows) {
      let rows = min(tile.rows, tile.length - start)
      for index in chain.steps {
        guard let step = part(index, of: chain, tile, start, rows) else { return nil }
        result.append(step)
      }
    }
    return result
  }

  /// A step for the rows of one super-tile.
  private func part(
    _ index: Int, of chain: Chain, _ tile: SuperTile, _ start: Int, _ rows: Int
  ) -> LoweredEntry.Step? {
    var step = steps[index]
    let isSum = index == chain.steps.upperBound
    let variable: TileVariable
    let count: Int
    if isSum {
      guard step.program.body.count == 2, case .compute = step.program.body[0],
        case .loop(let number, let extent, _) = step.program.body[1], let passes = extent.fixed
      else { return nil }
      (variable, count) = (.loop(number), passes)
      if start > 0 { step.program.body.removeFirst() }
    } else {
      guard step.libraryProduct == nil, let tasks = step.program.grid.first else { return nil }
      (variable, count) = (.grid(0), tasks)
    }
    let length = isSum ? tile.sumTile : tile.sourceTile
    guard count == (tile.length + length - 1) / length,
      let own = ProgramRange.of(
        step.program, variable, first: start / length, count: (rows + length - 1) / length)
    else { return nil }
    step.program = own.program
    let reaches = AccessRange(own.program).counts
    for (position, distance) in own.distances.enumerated() {
      let buffer = step.bindings[position].buffer
      if chain.inner.contains(buffer) {
        let perRow = buffers[buffer].count / tile.length
        guard buffers[buffer].count == perRow * tile.length, distance == perRow * length,
          step.bindings[position].offset == 0, reaches[position] <= perRow * tile.rows
        else { return nil }
      } else {
        // Rows that others read are written once, so they must be those of the super-tile.
        if !isSum, step.bindings[position].access != .read, distance == 0 { return nil }
        step.bindings[position].offset += start / length * distance
      }
      if isSum, start > 0 { step.bindings[position].readsOwn = false }
    }
    let flops = steps[index].flops
    step.flops = flops / tile.length * rows + (start == 0 ? flops % tile.length : 0)
    return step
  }
}
