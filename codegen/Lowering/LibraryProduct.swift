import GraphIR
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
  func lowerLibraryProduct(_ node: FormGraph.Node, _ contraction: Contraction) -> Bool {
    let lengths = lengths(contraction, node)
    guard type(node.operands[0]).element == .f32 else { return false }
    let rowLabels = contraction.batch + contraction.rows
    guard rowLabels.count <= LibraryProduct.axisCount else { return false }
    // Each operand as batch, outer, inner: its own order if two strides suffice, else a copy.
    let left = suited(
      node.operands[0], contraction.left, contraction.rows.suffix(1), contraction.summed,
      copy: contraction.batch + contraction.rows + contraction.summed)
    let right = suited(
      node.operands[1], contraction.right, contraction.summed[...], contraction.columns,
      copy: contraction.batch + contraction.summed + contraction.columns)
    let canonical = contraction.batch + contraction.rows + contraction.columns
    let shape = Shape(trusted: canonical.map { lengths[$0]! })
    let buffer = addBuffer(.temporary, .f32, shape.count, name)
    func targetStride(_ label: Character) -> Int { shape.strides[canonical.firstIndex(of: label)!] }
    views[node.results[0]] = View(buffer: buffer, strides: contraction.result.map(targetStride))

    func stride(_ operand: (value: Int, labels: [Character]), _ label: Character) -> Int {
      operand.labels.firstIndex(of: label).map { view(operand.value).strides[$0] } ?? 0
    }
    let rows = StridedAxes(
      lengths: contraction.rows.map { lengths[$0]! },
      strides: [contraction.rows.map { stride(left, $0) }, contraction.rows.map(targetStride)]
    ).merged(limit: 4096)
    let outer = rows.lengths.indices.dropLast()
    let count = (labels: contraction.columns, depth: contraction.summed)
    let columns = count.labels.reduce(1) { $0 * lengths[$1]! }
    let depth = count.depth.reduce(1) { $0 * lengths[$1]! }
    let rowCount = rows.lengths.last ?? 1
    let rowStride = rows.strides[0].last ?? depth
    // Without summed axes the depth is one step, and any distance along it is as good as another.
    let depthStride = contraction.summed.last.map { stride(left, $0) } ?? 1
    let rightDepth = contraction.summed.last.map { stride(right, $0) } ?? columns
    let rightColumn = stride(right, contraction.columns.last!)
    let isLeftTransposed = depthStride != 1 && depth > 1
    let isRightTransposed = rightColumn != 1 && columns > 1
    let product = LibraryProduct(
      rows: rowCount, columns: columns, depth: depth,
      leading: [
        max(isLeftTransposed ? depthStride : rowStride, isLeftTransposed ? rowCount : depth),
        max(isRightTransposed ? rightColumn : rightDepth, isRightTransposed ? depth : columns),
        columns,
      ],
      isTransposed: [isLeftTransposed, isRightTransposed, false],
      strides: [
        contraction.batch.map { stride(left, $0) } + outer.map { rows.strides[0][$0] },
        contraction.batch.map { stride(right, $0) } + outer.map { _ in 0 },
        contraction.batch.map(targetStride) + outer.map { rows.strides[1][$0] },
      ])
    var builder = ProgramBuilder()
    for (operand, access) in [(left, TileProgram.Buffer.Access.read), (right, .read)] {
      let view = view(operand.value)
      _ = builder.parameter(view.buffer, offset: view.offset, .f32, access)
    }
    _ = builder.parameter(buffer, offset: 0, .f32, .write)
    for length in contraction.batch.map({ lengths[$0]! }) + outer.map({ rows.lengths[$0] }) {
      _ = builder.gridAxis(length)
    }
    var step = builder.step(name, flops: 2 * shape.count * depth)
    step.libraryProduct = product
    append(step)
    return true
  }

  /// An operand whose `outer` and `inner` axes each lie evenly, one of them side by side.
  private func suited(
    _ value: Int, _ labels: [Character], _ outer: ArraySlice<Character>, _ inner: [Character],
    copy order: [Character]
  ) -> (value: Int, labels: [Character]) {
    let (shape, strides) = (type(value).shape, view(value).strides)
    func merged(_ wanted: some Sequence<Character>) -> (length: Int, stride: Int)? {
      let places = wanted.map { labels.firstIndex(of: $0)! }
      let axes = StridedAxes(
        lengths: places.map { shape[$0] }, strides: [places.map { strides[$0] }]
      ).merged()
      if axes.lengths.isEmpty { return (1, 1) }
      return axes.lengths.count == 1 ? (axes.lengths[0], axes.strides[0][0]) : nil
    }
    if let a = merged(outer), let b = merged(inner),
      (b.stride == 1 && a.stride >= b.length) || (a.stride == 1 && b.stride >= a.length)
    {
      return (value, labels)
    }
    return (reordered(value, labels, as: order), order)
  }
}
