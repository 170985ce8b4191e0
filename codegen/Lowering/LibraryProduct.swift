import GraphRegions
import TensorCore
import TileIR

/// Who computes the products of the unfused baseline.
public enum MatmulProvider: String, Sendable, CaseIterable {
  /// Our own kernels.
  case smalti
  /// OpenBLAS's `sgemm`, outside the promise of equal bits.
  case openblas
}

/// A batch of row-major f32 products for a library: the axes of the step's grid repeat it.
struct LibraryProduct {
  /// The symbol of the function that runs it.
  static let symbol = "smalti_blas_sgemm"
  /// Axes that its arguments have room for.
  static let axisCount = 8

  var rows: Int
  var columns: Int
  var depth: Int
  /// Left, right and result: the distance of neighbouring stored rows, whether the operand is stored
  /// transposed, and the distances along the axes of the grid.
  var leading: [Int]
  var isTransposed: [Bool]
  var strides: [[Int]]

  /// Elements from the start of each operand to its last one, over all positions of the grid.
  func reach(_ grid: [Int]) -> [Int] {
    let inner = [(rows, depth), (depth, columns), (rows, columns)]
    return inner.indices.map { operand in
      let (first, second) = inner[operand]
      let (outer, run) = isTransposed[operand] ? (second, first) : (first, second)
      let last = zip(grid, strides[operand]).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
      return last + (outer - 1) * leading[operand] + run
    }
  }

  /// The constant arguments, as the C structure `smalti_blas_product` lays them out.
  func arguments(_ grid: [Int]) -> [UInt8] {
    func padded(_ values: [Int], _ filler: Int) -> [Int] {
      values + [Int](repeating: filler, count: Self.axisCount - values.count)
    }
    let header =
      [rows, columns, depth] + leading + isTransposed.prefix(2).map { $0 ? 1 : 0 }
    let words = header + padded(grid, 1) + strides.flatMap { padded($0, 0) }
    return words.flatMap { word in withUnsafeBytes(of: Int64(word).littleEndian, Array.init) }
  }
}

extension EntryLowering {
  /// A product as a call of the library; false if its operands' types or axes do not suit it.
  func lowerLibraryProduct(_ member: Int, _ axes: AccessGraph.ProductAxes) -> Bool {
    let node = graph.nodes[member]
    let value = node.results[0]
    let label = graph.label(member)
    // The library writes batch, rows and columns in this order.
    guard graph.values[value].element == .f32,
      axes.batch + axes.rows + axes.columns == Array(node.resultAxes),
      axes.batch.count + axes.rows.count <= LibraryProduct.axisCount
    else { return false }
    let left = suited(member, 0, outer: axes.rows.suffix(1), inner: axes.summed, axes, label)
    let right = suited(member, 1, outer: axes.summed, inner: axes.columns, axes, label)
    let result = store(value, graph.wholeBox(value), label).view

    func count(_ axes: [Int]) -> Int { axes.reduce(1) { $0 * node.space[$1] } }
    let rows = StridedAxes(
      lengths: axes.rows.map { node.space[$0] },
      strides: [axes.rows.map { left.strides[$0] }, axes.rows.map { result.strides[$0] }]
    ).merged(limit: 4096)
    let outer = rows.lengths.indices.dropLast()
    let (columns, depth) = (count(axes.columns), count(axes.summed))
    let rowCount = rows.lengths.last ?? 1
    let rowStride = rows.strides[0].last ?? depth
    let depthStride = left.strides[axes.summed.last!]
    let rightDepth = right.strides[axes.summed.last!]
    let rightColumn = right.strides[axes.columns.last!]
    let isLeftTransposed = depthStride != 1
    let isRightTransposed = rightColumn != 1
    let product = LibraryProduct(
      rows: rowCount, columns: columns, depth: depth,
      leading: [
        max(isLeftTransposed ? depthStride : rowStride, isLeftTransposed ? rowCount : depth),
        max(isRightTransposed ? rightColumn : rightDepth, isRightTransposed ? depth : columns),
        columns,
      ],
      isTransposed: [isLeftTransposed, isRightTransposed, false],
      strides: [
        axes.batch.map { left.strides[$0] } + outer.map { rows.strides[0][$0] },
        axes.batch.map { right.strides[$0] } + outer.map { _ in 0 },
        axes.batch.map { result.strides[$0] } + outer.map { rows.strides[1][$0] },
      ])
    var builder = ProgramBuilder()
    for operand in [left, right] {
      _ = builder.parameter(operand.buffer, offset: operand.offset, .f32, .read)
    }
    _ = builder.parameter(result.buffer, offset: result.offset, .f32, .write)
    for length in axes.batch.map({ node.space[$0] }) + outer.map({ rows.lengths[$0] }) {
      _ = builder.gridAxis(length)
    }
    var step = builder.step(label, flops: graph.flops(member))
    step.libraryProduct = product
    append(step)
    return true
  }

  /// An operand with distances along the node's axes.
  private struct Operand {
    var buffer: Int
    var offset: Int
    var strides: [Int]
  }

  /// An operand whose `outer` and `inner` axes each lie evenly, one of them side by side: as it is, or
  /// a copy.
  private func suited(
    _ member: Int, _ operand: Int, outer: some Sequence<Int>, inner: [Int],
    _ axes: AccessGraph.ProductAxes, _ label: String
  ) -> Operand {
    let node = graph.nodes[member]
    let read = node.reads[operand]
    let view = view(read.value, graph.box(of: operand, in: member))
    var own = Operand(
      buffer: view.buffer, offset: view.offset,
      strides: [Int](repeating: 0, count: node.space.count))
    for (access, stride) in zip(read.index, view.strides) {
      own.offset += access.start * stride
      for term in access.terms { own.strides[term.axis] += term.step * stride }
    }
    func merged(_ wanted: some Sequence<Int>) -> (length: Int, stride: Int)? {
      let list = Array(wanted)
      let merged = StridedAxes(
        lengths: list.map { node.space[$0] }, strides: [list.map { own.strides[$0] }]
      ).merged()
      return merged.lengths.count == 1 ? (merged.lengths[0], merged.strides[0][0]) : nil
    }
    if let a = merged(outer), let b = merged(inner),
      (b.stride == 1 && a.stride >= b.length) || (a.stride == 1 && b.stride >= a.length)
    {
      return own
    }
    let order =
      operand == 0
      ? axes.batch + axes.rows + axes.summed : axes.batch + axes.summed + axes.columns
    let lengths = order.map { node.space[$0] }
    own.buffer = copied(
      own.buffer, own.offset, lengths, order.map { own.strides[$0] }, .f32, label)
    own.offset = 0
    for (axis, stride) in zip(order, rowMajor(lengths)) { own.strides[axis] = stride }
    return own
  }
}
