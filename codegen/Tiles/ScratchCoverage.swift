import TensorCore

/// Shows that every pass through statements writes what it reads of a scratch array, before.
///
/// It walks them in order with a list of boxes that are surely written. A read is covered if one of
/// them holds all of its elements. Boxes are larger than the truth for reads and smaller for writes
/// where the truth is no box.
struct ScratchCoverage {
  private let array: Int
  private var isCovered = true

  static func writesBeforeReading(_ array: Int, _ body: [ScratchNode]) -> Bool {
    var coverage = ScratchCoverage(array: array)
    _ = coverage.walk(body, [], [])
    return coverage.isCovered
  }

  private init(array: Int) { self.array = array }

  /// A loop inside the statements.
  private struct Loop {
    var number: Int
    var count: TileExtent
  }

  private struct Written {
    var box: ScratchBox
    /// Loops around the write whose counters the box may name.
    var depth: Int
  }

  /// What is written after `body`.
  private mutating func walk(
    _ body: [ScratchNode], _ loops: [Loop], _ written: [Written]
  ) -> [Written] {
    var written = written
    for node in body where node.arrays.contains(array) {
      switch node.kind {
      case .leaf(let operands):
        let own = operands.filter { $0.scratchArray == array }
        for operand in own where !operand.isWrite { read(operand, loops, written) }
        for operand in own where operand.isWrite {
          if let box = ScratchBox(write: operand) {
            written.append(Written(box: box, depth: loops.count))
          }
        }
      case .loop(let number, let count, let body):
        let loop = Loop(number: number, count: count)
        written = walk(body, loops + [loop], written).compactMap { item in
          guard item.depth > loops.count else { return item }
          return item.box.written(inAll: number, count).map { Written(box: $0, depth: loops.count) }
        }
      case .guarded(let body, let otherwise):
        // What one branch writes is surely written if the other writes it too.
        let (left, right) = (walk(body, loops, written), walk(otherwise, loops, written))
        written += left[written.count...].filter { item in
          right.contains { $0.depth == item.depth && $0.box.contains(item.box) }
        }
      }
    }
    return written
  }

  private mutating func read(_ operand: TileOperand, _ loops: [Loop], _ written: [Written]) {
    let box = ScratchBox(read: operand)
    isCovered =
      isCovered
      && written.contains { item in
        // All passes of the loops that the write stood outside of.
        let all = loops[item.depth...].reversed().reduce(box) {
          $0.read(inAll: $1.number, $1.count)
        }
        return item.box.contains(all)
      }
  }
}

/// Elements at `offset + Σ stride · position`, positions within their extents.
struct ScratchBox {
  private struct Axis {
    var extent: TileExtent
    var stride: Int

    /// The largest length in any task.
    var size: Int { extent.fixed ?? max(extent.size, 0) }
  }
  private var offset: AffineExpression
  /// Only those along which there is a distance, the largest stride first.
  private var axes: [Axis]

  /// At least what is read.
  init(read operand: TileOperand) {
    offset = operand.location.offset.collected
    axes = operand.axes.filter { $0.stride != 0 }.map { axis in
      if axis.step == 1 { return Axis(extent: axis.extent, stride: axis.stride) }
      let size = axis.extent.fixed ?? axis.extent.size
      return Axis(extent: TileExtent((size + axis.step - 1) / axis.step), stride: axis.stride)
    }
    normalize()
  }

  /// At most what is written; nil if that may be nothing.
  init?(write operand: TileOperand) {
    offset = operand.location.offset.collected
    axes = []
    for axis in operand.axes {
      guard axis.step == 1 else { return nil }
      guard axis.stride == 0 else {
        axes.append(Axis(extent: axis.extent, stride: axis.stride))
        continue
      }
      guard let count = axis.extent.fixed, count > 0 else { return nil }
    }
    normalize()
  }

  /// Drops axes of one position, sorts, and joins neighbours of fixed length that run on.
  private mutating func normalize() {
    for number in axes.indices {
      axes[number].extent.start = axes[number].extent.start.collected
    }
    axes.removeAll { $0.extent.fixed == 1 }
    axes.sort { abs($0.stride) > abs($1.stride) }
    var number = axes.count - 2
    while number >= 0 {
      let (outer, inner) = (axes[number], axes[number + 1])
      if let count = outer.extent.fixed, let innerCount = inner.extent.fixed,
        outer.stride == inner.stride * innerCount
      {
        axes[number] = Axis(extent: TileExtent(count * innerCount), stride: inner.stride)
        axes.remove(at: number + 1)
      }
      number -= 1
    }
  }
}

// MARK: - Loops
extension ScratchBox {
  private func factor(_ expression: AffineExpression, _ variable: TileVariable) -> Int {
    expression.terms.first { $0.variable == variable }?.factor ?? 0
  }

  /// At least what all passes of a loop read.
  func read(inAll number: Int, _ count: TileExtent) -> ScratchBox {
    if let exact = union(number, count) { return exact }
    var box = self
    let variable = TileVariable.loop(number)
    for index in box.axes.indices where factor(box.axes[index].extent.start, variable) != 0 {
      box.axes[index].extent = TileExtent(box.axes[index].size)
    }
    return box.adding(number, count)
  }

  /// At most what all passes of a loop have written; nil if that may be nothing.
  func written(inAll number: Int, _ count: TileExtent) -> ScratchBox? {
    if factor(offset, .loop(number)) == 0 {
      guard let fixed = count.fixed, fixed > 0 else { return nil }
    }
    return union(number, count)
  }

  /// What all passes touch, if that is a box.
  private func union(_ number: Int, _ count: TileExtent) -> ScratchBox? {
    let variable = TileVariable.loop(number)
    let distance = factor(offset, variable)
    let clipped = axes.indices.filter { factor(axes[$0].extent.start, variable) != 0 }
    guard let index = clipped.first else {
      return distance == 0 ? self : adding(number, count)
    }
    // Tiles of one axis, one after the other: c·v + p below the total.
    let (axis, step) = (axes[index], factor(axes[index].extent.start, variable))
    guard clipped.count == 1, let passes = count.fixed, passes > 0, step > 0,
      step <= axis.extent.size, distance == step * axis.stride
    else { return nil }
    let without = AffineExpression.variable(variable, times: -1)
    var box = self
    box.offset = offset + without * distance
    box.axes[index].extent = TileExtent(
      step * (passes - 1) + axis.extent.size, of: axis.extent.total,
      from: axis.extent.start + without * step)
    box.normalize()
    return box
  }

  private func adding(_ number: Int, _ count: TileExtent) -> ScratchBox {
    var box = self
    let distance = factor(offset, .loop(number))
    box.offset = offset + .variable(.loop(number), times: -distance)
    if distance != 0 { box.axes.append(Axis(extent: count, stride: distance)) }
    box.normalize()
    return box
  }
}

// MARK: - Containment
extension ScratchBox {
  /// Whether every element of the other box is surely one of this.
  func contains(_ other: ScratchBox) -> Bool {
    let difference = other.offset + offset * -1
    guard difference.terms.isEmpty else { return false }
    return Self.contains(axes[...], other.axes[...], difference.constant)
  }

  /// Digit by digit, the largest stride first: an element of the inner box has the positions of its
  /// own along axes of the same stride, moved by what the distance holds of that stride.
  private static func contains(
    _ outer: ArraySlice<Axis>, _ inner: ArraySlice<Axis>, _ distance: Int
  ) -> Bool {
    guard distance >= 0, let first = outer.first else { return inner.isEmpty && distance == 0 }
    if outer.count == 1, first.stride == 1, let count = first.extent.fixed,
      inner.allSatisfy({ $0.stride > 0 })
    {
      // A run without gaps holds whatever stays inside. An inner box of nothing needs nothing.
      let last = inner.reduce(distance) { $0 + ($1.size - 1) * $1.stride }
      return last < count || inner.contains { $0.size == 0 }
    }
    guard first.stride > 0 else { return false }
    let shift = distance / first.stride
    let rest = distance % first.stride
    guard let match = inner.firstIndex(where: { $0.stride == first.stride }) else {
      guard let count = first.extent.fixed, shift < count else { return false }
      return contains(outer.dropFirst(), inner, rest)
    }
    guard holds(first.extent, inner[match], shift) else { return false }
    var remaining = inner
    remaining.remove(at: match)
    return contains(outer.dropFirst(), remaining, rest)
  }

  /// Whether positions `shift`, `shift + 1`, … of the inner axis are positions of the extent.
  private static func holds(_ extent: TileExtent, _ inner: Axis, _ shift: Int) -> Bool {
    if let count = extent.fixed { return shift + inner.size <= count }
    return shift == 0 && inner.extent.total == extent.total && inner.extent.start == extent.start
      && inner.extent.size <= extent.size
  }
}

extension AffineExpression {
  /// With one term at most for each variable.
  fileprivate var collected: AffineExpression { AffineExpression() + self }
}
