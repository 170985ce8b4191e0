import GraphRegions
import TensorCore
import TileIR

// Sums of many terms: rounding errors grow with the number of terms that are added one after
// another, so longer ones are sums of sums.

extension RegionEmission {
  /// Appends a combination; a long sum or product of `element` in blocks, whose results are combined.
  mutating func appendReduction(_ compute: TileCompute, _ element: ElementType) {
    let terms = compute.reduced.reduce(1) { $0 * $1.size }
    let longest = lowering.limits.longestSum
    guard let combiner = compute.combiner, combiner == .add || combiner == .multiply,
      element.isFloating, terms > longest, let blocks = Blocks(compute.reduced, longest)
    else { return append(.compute(compute)) }
    let kept = compute.extents.map(\.size)
    let outer = Array(compute.reduced[..<blocks.axis])
    let count = outer.reduce(blocks.count) { $0 * $1.size }
    let scratch = builder.scratch(element, kept.reduce(count, *))
    let keptStrides = rowMajor(kept).map { $0 * count }
    let partStrides = rowMajor(outer.map(\.size) + [blocks.count])
    let rank = compute.extents.count
    looped(outer + [TileExtent(blocks.count)]) { emission, counters in
      var part = compute
      var place = AffineExpression()
      for (axis, counter) in counters.enumerated() {
        let step = axis == blocks.axis ? blocks.length : 1
        place = place + counter * partStrides[axis]
        for source in part.sources.indices {
          let stride = compute.sources[source].strides[rank + axis]
          part.sources[source].location.offset =
            part.sources[source].location.offset + counter * (step * stride)
        }
      }
      let whole = compute.reduced[blocks.axis]
      let first = counters[blocks.axis] * blocks.length
      let extent =
        whole.fixed == whole.size && whole.size.isMultiple(of: blocks.length)
        ? TileExtent(blocks.length)
        : TileExtent(blocks.length, of: whole.fixed ?? whole.total, from: whole.fixedStart + first)
      part.reduced = [extent] + compute.reduced[(blocks.axis + 1)...]
      for source in part.sources.indices {
        part.sources[source].strides.removeSubrange(rank..<rank + blocks.axis)
      }
      part.target = TileAccess(TileLocation(scratch, place), strides: keptStrides)
      emission.append(.compute(part))
    }
    var total = compute
    total.reduced = outer + [TileExtent(blocks.count)]
    total.sources = [TileAccess(TileLocation(scratch), strides: keptStrides + partStrides)]
    total.expression = .operand(0)
    append(.compute(total))
  }
}

/// How a long combination is cut: blocks of `length` along `axis`, all of the axes inside it in each.
private struct Blocks {
  var axis: Int
  var length: Int
  var count: Int

  /// Blocks of at most `longest` terms, if single positions of the axis have as few.
  ///
  /// Nil where no blocks of equal length fit a clipped axis.
  init?(_ reduced: [TileExtent], _ longest: Int) {
    var rest = 1
    var axis = reduced.count - 1
    while axis > 0, rest * reduced[axis].size <= longest {
      rest *= reduced[axis].size
      axis -= 1
    }
    let size = reduced[axis].size
    let most = max(1, longest / rest)
    let least = (size + most - 1) / most
    // A clipped axis knows its end only by its own length, so blocks must divide it.
    guard
      let count = (least...4 * least).first(where: {
        reduced[axis].fixed != nil || size.isMultiple(of: $0)
      })
    else { return nil }
    self.axis = axis
    self.count = count
    length = (size + count - 1) / count
  }
}

extension TileExtent {
  /// Where clipping counts from; 0 for a length that is the same everywhere.
  fileprivate var fixedStart: AffineExpression { fixed == nil ? start : AffineExpression() }
}
