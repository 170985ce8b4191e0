import TensorCore
import Testing
import TileIR

/// A product of rows × depth times depth × columns, in tiles of whole register tiles.
struct Product: Sendable, CustomTestStringConvertible {
  var rows: Int
  var columns: Int
  var depth: Int
  /// Rows and panels of a tile.
  var tileRows: Int
  var tilePanels: Int
  var element = ElementType.f32
  var vectors = 2
  /// Register tiles side by side in a panel.
  var parts = 1

  var testDescription: String {
    "\(element)[\(rows), \(depth)] x [\(depth), \(columns)] in tiles of \(tileRows) rows and "
      + "\(tilePanels) panels, \(parts) x \(vectors) vectors"
  }

  static let shapes = [
    Product(rows: 1, columns: 1, depth: 1, tileRows: 1, tilePanels: 1),
    Product(rows: 3, columns: 5, depth: 4, tileRows: 8, tilePanels: 1, vectors: 1),
    Product(rows: 14, columns: 32, depth: 8, tileRows: 14, tilePanels: 1),
    Product(rows: 29, columns: 70, depth: 17, tileRows: 29, tilePanels: 2),
    Product(rows: 50, columns: 64, depth: 9, tileRows: 32, tilePanels: 1),
    Product(rows: 100, columns: 33, depth: 5, tileRows: 15, tilePanels: 3),
    Product(rows: 17, columns: 9, depth: 6, tileRows: 6, tilePanels: 1, element: .f64),
    Product(rows: 40, columns: 50, depth: 3, tileRows: 28, tilePanels: 2, element: .f64),
    Product(rows: 29, columns: 128, depth: 17, tileRows: 29, tilePanels: 2, parts: 2),
    Product(rows: 5, columns: 3, depth: 4, tileRows: 5, tilePanels: 1, vectors: 1, parts: 4),
    Product(
      rows: 31, columns: 150, depth: 6, tileRows: 14, tilePanels: 2, element: .f64, vectors: 1,
      parts: 3),
  ]

  func width(_ level: TargetLevel) -> Int {
    parts * vectors * level.vectorByteCount / element.byteCount
  }

  /// Buffers: 0 left, 1 panels, 2 target, then those of the epilogue's sources.
  func program(
    _ level: TargetLevel, _ sources: [TileProgram.Buffer] = [], registerRows: Int? = nil,
    _ epilogue: (Tile) -> TileContract.Epilogue? = { _ in nil }
  ) -> TileProgram {
    let tile = Tile(self, width(level))
    let contract = TileContract(
      rows: tile.rows, columns: tile.columns, depths: [.init(depth, 1)],
      left: TileLocation(.buffer(0), tile.rowStart * depth), leftRowStride: depth,
      right: TileLocation(.buffer(1), tile.columnStart * depth), panelWidth: width(level),
      target: TileLocation(.buffer(2), tile.place), targetRowStride: columns,
      register: .init(
        rows: registerRows ?? (level.vectorRegisterCount - 4) / 2, vectors: vectors, parts: parts),
      epilogue: epilogue(tile))
    return TileProgram(
      buffers: [.init(element, .read), .init(element, .read), .init(element, .readWrite)]
        + sources,
      grid: tile.grid, body: [.contract(contract)])
  }

  /// Elements of each buffer: those of the product, then `others`.
  func counts(_ level: TargetLevel, _ others: [Int] = []) -> [Int] {
    let panels = (columns + width(level) - 1) / width(level)
    return [rows * depth, panels * depth * width(level), rows * columns] + others
  }

  /// Where a task's tile lies.
  struct Tile {
    var grid: [Int]
    var rowStart: AffineExpression
    var columnStart: AffineExpression
    var rows: TileExtent
    var columns: TileExtent
    /// Of the target's first element.
    var place: AffineExpression

    init(_ product: Product, _ width: Int) {
      let tileColumns = product.tilePanels * width
      grid = [
        (product.rows + product.tileRows - 1) / product.tileRows,
        (product.columns + tileColumns - 1) / tileColumns,
      ]
      rowStart = .variable(.grid(0), times: product.tileRows)
      columnStart = .variable(.grid(1), times: tileColumns)
      rows = TileExtent(product.tileRows, of: product.rows, from: rowStart)
      columns = TileExtent(tileColumns, of: product.columns, from: columnStart)
      place = rowStart * product.columns + columnStart
    }
  }
}

/// Noise for every buffer; for `bool` and integers small numbers.
func noise(_ program: TileProgram, _ counts: [Int]) -> [HostTensor.Storage] {
  zip(program.buffers, counts).enumerated().map { number, pair in
    let (buffer, count) = pair
    let key = Key(UInt64(number) + 3)
    if buffer.element.isFloating {
      return .reals((0..<count).map { buffer.element.rounding(key.normal(at: $0)) })
    }
    return .integers((0..<count).map { Int64(($0 * 7 + number) % 5 % 2) })
  }
}

/// The interpreter's and the machine's results, of a program that the verifier accepts.
func results(
  _ program: TileProgram, _ counts: [Int], _ level: TargetLevel
) throws -> (meaning: [HostTensor.Storage], machine: [HostTensor.Storage]) {
  try TileVerifier.check(program, bufferCounts: counts)
  let start = noise(program, counts)
  var meaning = start
  TileInterpreter.run(program, buffers: &meaning)
  return (meaning, try MachineProgram(program, level).run(start))
}

@Suite("products as machine code")
struct ProductTests {
  @Test("are what they mean", arguments: Product.shapes, MachineProgram.levels)
  func multiplies(_ product: Product, _ level: TargetLevel) throws {
    let program = product.program(level)
    let (meaning, machine) = try results(program, product.counts(level), level)
    #expect(machine == meaning)
  }

  @Test(
    "have the same bits however rows are split into tiles and blocks",
    arguments: Product.shapes, MachineProgram.levels)
  func splitsRows(_ product: Product, _ level: TargetLevel) throws {
    let counts = product.counts(level)
    let expected = try results(product.program(level), counts, level).machine
    for (tileRows, registerRows) in [(1, 1), (4, 3), (32, 6), (33, 14), (100, 7), (13, 20)] {
      var split = product
      split.tileRows = tileRows
      let program = split.program(level, registerRows: registerRows)
      #expect(try results(program, counts, level).machine == expected)
    }
  }

  @Test("have all their rows where tiles start anywhere", arguments: MachineProgram.levels)
  func startsAnywhere(_ level: TargetLevel) throws {
    // Lengths 9, 9 and 6 of the 20 rows, of which each pass starts 7 further.
    let product = Product(rows: 20, columns: 40, depth: 3, tileRows: 20, tilePanels: 1)
    for registerRows in [1, 2, 4, 9, 14] {
      var program = product.program(level, registerRows: registerRows)
      guard case .contract(var contract) = program.body[0] else { return }
      let start = AffineExpression.variable(.loop(0), times: 7)
      contract.rows = TileExtent(9, of: 20, from: start)
      contract.left.offset = contract.left.offset + start * 3
      // 9 rows of the target for each pass, so that overlapping rows show.
      contract.target.offset = contract.target.offset + .variable(.loop(0), times: 9 * 40)
      program.body = [.loop(number: 0, count: TileExtent(3), body: [.contract(contract)])]
      var counts = product.counts(level)
      counts[2] = 24 * 40
      let (meaning, machine) = try results(program, counts, level)
      #expect(machine == meaning)
    }
  }

  @Test(
    "add a bias, scale rows and clamp before they store", arguments: Product.shapes,
    MachineProgram.levels)
  func addsBias(_ product: Product, _ level: TargetLevel) throws {
    let element = product.element
    let program = product.program(level, [.init(element, .read), .init(element, .read)]) { tile in
      TileContract.Epilogue(
        sources: [
          TileAccess(TileLocation(.buffer(3), tile.columnStart), strides: [0, 1]),
          TileAccess(TileLocation(.buffer(4), tile.rowStart), strides: [1, 0]),
        ],
        expression: .apply(
          .relu,
          .apply(.add, [.apply(.multiply, [.operand(0), .operand(2)]), .operand(1)])))
    }
    let counts = product.counts(level, [product.columns, product.rows])
    let (meaning, machine) = try results(program, counts, level)
    #expect(machine == meaning)
  }

  @Test(
    "add to what the target holds, in place", arguments: Product.shapes, MachineProgram.levels)
  func addsResidual(_ product: Product, _ level: TargetLevel) throws {
    let program = product.program(level) { tile in
      TileContract.Epilogue(
        sources: [
          TileAccess(TileLocation(.buffer(2), tile.place), strides: [product.columns, 1]),
          TileAccess(TileLocation(.buffer(1)), strides: [0, 0]),
        ],
        expression: .apply(
          .add, [.operand(1), .apply(.multiply, [.operand(0), .operand(2)])]))
    }
    let (meaning, machine) = try results(program, product.counts(level), level)
    #expect(machine == meaning)
  }

  @Test(
    "accumulate k in passes, each summed from 0", arguments: Product.shapes, MachineProgram.levels)
  func accumulates(_ product: Product, _ level: TargetLevel) throws {
    let whole = product.program(level)
    let counts = product.counts(level)
    guard case .contract(var contract) = whole.body[0] else { return }
    contract.accumulates = true
    var alone = whole
    alone.body = [.contract(contract)]
    let (meaning, machine) = try results(alone, counts, level)
    #expect(machine == meaning)
    // One k after the other, on a target that starts as 0.
    let k = AffineExpression.variable(.loop(0))
    contract.depths = [.init(1, 1)]
    contract.left.offset = contract.left.offset + k
    contract.right.offset = AffineExpression() + k * product.width(level)
    let tile = Product.Tile(product, product.width(level))
    // A panel lies deeper than one k, so panels are taken one by one.
    guard product.tilePanels == 1 else { return }
    contract.right.offset = contract.right.offset + tile.columnStart * product.depth
    let zero = TileCompute(
      extents: [tile.rows, tile.columns],
      target: TileAccess(contract.target, strides: [product.columns, 1]), sources: [],
      expression: .constant(0, product.element))
    var passes = whole
    passes.body = [
      .compute(zero),
      .loop(number: 0, count: TileExtent(product.depth), body: [.contract(contract)]),
    ]
    let parts = try results(passes, counts, level)
    #expect(parts.machine == parts.meaning)
  }

  @Test(
    "take long functions through memory, row by row", arguments: Product.shapes,
    MachineProgram.levels)
  func appliesLongFunctions(_ product: Product, _ level: TargetLevel) throws {
    let program = product.program(level, [.init(product.element, .read)]) { tile in
      TileContract.Epilogue(
        sources: [
          TileAccess(TileLocation(.buffer(3), tile.columnStart), strides: [0, 1]),
          TileAccess(TileLocation(.buffer(2), tile.place), strides: [product.columns, 1]),
        ],
        expression: .apply(
          .multiply, [.apply(.tanh, .apply(.add, [.operand(0), .operand(1)])), .operand(2)]))
    }
    let (meaning, machine) = try results(program, product.counts(level, [product.columns]), level)
    let (expected, got) = (meaning[2].reals, machine[2].reals)
    // A few units in the last place: docs/vector-math.md.
    let unit = product.element == .f64 ? 0x1p-52 : 0x1p-23
    for (expected, got) in zip(expected, got) {
      #expect(abs(expected - got) <= 4 * unit * abs(expected))
    }
  }

  @Test("select by flags and store another type", arguments: MachineProgram.levels)
  func convertsElements(_ level: TargetLevel) throws {
    let product = Product(rows: 9, columns: 37, depth: 11, tileRows: 4, tilePanels: 1)
    var program = product.program(level, [.init(.bool, .read), .init(.i32, .read)]) { tile in
      TileContract.Epilogue(
        sources: [
          TileAccess(TileLocation(.buffer(3), tile.place), strides: [product.columns, 1]),
          TileAccess(TileLocation(.buffer(4), tile.columnStart), strides: [0, 1]),
        ],
        expression: .cast(
          .f16, .apply(.select, [.operand(1), .operand(0), .cast(.f32, .operand(2))])))
    }
    program.buffers[2] = .init(.f16, .write)
    let counts = product.counts(level, [9 * 37, 37])
    let (meaning, machine) = try results(program, counts, level)
    #expect(machine == meaning)
  }
}

extension HostTensor.Storage {
  var reals: [Double] {
    guard case .reals(let values) = self else { return [] }
    return values
  }
}
