import TileIR

/// How far a program reaches into each of its buffers, from each parameter's start, over all tasks.
///
/// All strides that lowering makes are 0 or more, so the last task and the last pass of every loop
/// reach farthest; a guarded access may seem to reach past its guard, so callers clip the range to
/// the buffer. What a kernel really touches is checked by the tile verifier.
struct AccessRange {
  private(set) var counts: [Int]
  private let program: TileProgram

  init(_ program: TileProgram) {
    self.program = program
    counts = [Int](repeating: 0, count: program.buffers.count)
    let last = program.grid.enumerated().map { (TileVariable.grid($0), max($1 - 1, 0)) }
    visit(program.body, Dictionary(uniqueKeysWithValues: last))
  }

  private mutating func visit(_ statements: [Statement], _ last: [TileVariable: Int]) {
    for statement in statements {
      switch statement {
      case .loop(let number, let count, let body):
        var inner = last
        inner[.loop(number)] = max((length(count, last) ?? 0) - 1, 0)
        visit(body, inner)
      case .guarded(_, _, let body, let otherwise):
        visit(body, last)
        visit(otherwise, last)
      case .compute(let compute):
        let kept = compute.extents.map { length($0, last) }
        let all = kept + compute.reduced.map { length($0, last) }
        touch(compute.target, kept, last)
        if let index = compute.index { touch(index, kept, last) }
        for source in compute.sources { touch(source, all, last) }
      case .contract(let contract):
        let (rows, columns) = (length(contract.rows, last), length(contract.columns, last))
        let depths = contract.depths.map { $0.count == 0 ? nil : $0.count }
        touch(contract.target, [(rows, contract.targetRowStride), (columns, 1)], last)
        touch(
          contract.left,
          [(rows, contract.leftRowStride)] + zip(depths, contract.depths.map(\.stride)), last)
        for source in contract.epilogue?.sources ?? [] { touch(source, [rows, columns], last) }
        let panels = columns.map { max($0 + contract.panelWidth - 1, 0) / contract.panelWidth }
        touch(
          contract.right, [(panels.map { $0 * contract.panelWidth * contract.depth }, 1)], last)
      case .pack(let pack):
        let columns = length(pack.columns, last)
        touch(
          pack.source,
          [(columns, pack.columnStride)]
            + pack.depths.map { ($0.count == 0 ? nil : $0.count, $0.stride) },
          last)
        touch(pack.target, [(pack.width * pack.depths.reduce(1) { $0 * $1.count }, 1)], last)
      case .gather(let gather):
        let count = length(gather.count, last)
        touch(gather.indices, [count], last)
        touch(
          gather.source, [(gather.limit, gather.sliceStride), (gather.run, gather.runStride)], last)
        touch(gather.target, [(count.map { $0 * gather.run }, 1)], last)
      case .random(let random):
        touch(random.key, [], last)
        if let number = random.number { touch(number, [], last) }
        touch(random.target, [(length(random.count, last), 1)], last)
      }
    }
  }

  private mutating func touch(_ access: TileAccess, _ lengths: [Int?], _ last: [TileVariable: Int])
  {
    touch(access.location, Array(zip(lengths, access.strides)), last)
  }

  private mutating func touch(
    _ location: TileLocation, _ axes: [(length: Int?, stride: Int)], _ last: [TileVariable: Int]
  ) {
    guard case .buffer(let number) = location.base else { return }
    var reach = value(location.offset, last)
    for axis in axes {
      guard let length = axis.length else { return }
      reach += (length - 1) * axis.stride
    }
    counts[number] = max(counts[number], reach + 1)
  }

  /// The length in the last task. Where that starts past the end so does its place, and a length of
  /// 0 or less leads back to the last element. Nil if no task has any.
  private func length(_ extent: TileExtent, _ last: [TileVariable: Int]) -> Int? {
    if let fixed = extent.fixed { return fixed == 0 ? nil : fixed }
    return min(extent.size, extent.total - value(extent.start, last))
  }

  private func value(_ expression: AffineExpression, _ last: [TileVariable: Int]) -> Int {
    expression.terms.reduce(expression.constant) { $0 + $1.factor * (last[$1.variable] ?? 0) }
  }
}
