import TensorCore

/// Reads what `TileProgram.description` prints: `TileParser.program("\(program)") == program`.
///
/// Text that parses need not be sound; `TileVerifier` says whether it is.
public struct TileParser {
  let tokens: [TileLexer.Located]
  var position = 0
  /// Statements and expressions that enclose the current token: bounded, since each takes stack.
  var depth = 0
  static let maximumDepth = 128

  private init(_ text: String) throws(Diagnostic) { tokens = try TileLexer.tokens(of: text) }

  /// - Errors: `tile.syntax`, with line and column.
  public static func program(_ text: String) throws(Diagnostic) -> TileProgram {
    var parser = try TileParser(text)
    let program = try parser.program()
    guard parser.current.token == .end else {
      throw parser.error("unexpected \(parser.shown) after the end")
    }
    return program
  }
}

// MARK: - Programs
extension TileParser {
  private mutating func program() throws(Diagnostic) -> TileProgram {
    var program = TileProgram()
    try expect(word: "tile")
    program.buffers = try list { parser, number throws(Diagnostic) in try parser.buffer(number) }
    try expect(word: "grid")
    program.grid = try integers()
    try expect("{")
    while take(word: "scratch") { program.scratch.append(try scratch(program.scratch.count)) }
    program.body = try statements()
    return program
  }

  private mutating func buffer(_ number: Int) throws(Diagnostic) -> TileProgram.Buffer {
    try expect(word: "b\(number)")
    try expect(":")
    let start = current
    guard let access = TileProgram.Buffer.Access(rawValue: try word("an access")) else {
      throw error("unknown access", at: start, help: "write read, write or readWrite")
    }
    return TileProgram.Buffer(try element(), access)
  }

  private mutating func scratch(_ number: Int) throws(Diagnostic) -> TileProgram.Scratch {
    try expect(word: "s\(number)")
    try expect(":")
    let element = try element()
    try expect("[")
    let count = try integer()
    try expect("]")
    return TileProgram.Scratch(element, count)
  }
}

// MARK: - Statements
extension TileParser {
  /// Statements up to the closing brace, which is taken.
  private mutating func statements() throws(Diagnostic) -> [Statement] {
    try enter()
    var statements: [Statement] = []
    while !take("}") { statements.append(try statement()) }
    depth -= 1
    return statements
  }

  private mutating func statement() throws(Diagnostic) -> Statement {
    let start = current
    switch try word("a statement or }") {
    case "for":
      let number = try numbered("i", "a counter such as i0")
      try expect("<")
      let count = try extent()
      try expect("{")
      return .loop(number: number, count: count, body: try statements())
    case "if": return try guarded()
    case "compute": return .compute(try compute())
    case "contract": return .contract(try contract())
    case "pack": return .pack(try pack())
    case "gather": return .gather(try gather())
    case "random": return .random(try random())
    case let word:
      throw error(
        "unknown statement \(word)", at: start,
        help: "one of for, if, compute, contract, pack, gather, random")
    }
  }

  private mutating func guarded() throws(Diagnostic) -> Statement {
    guard try integer() == 0 else {
      position -= 1
      throw error("a guard starts at 0, got \(shown)")
    }
    try expect("<")
    try expect("=")
    let index = try affine()
    try expect("<")
    let limit = try integer()
    try expect("{")
    let body = try statements()
    try expect(word: "else")
    try expect("{")
    return .guarded(index: index, limit: limit, body: body, otherwise: try statements())
  }

  private mutating func compute() throws(Diagnostic) -> TileCompute {
    let target = try access()
    var index: TileAccess?
    if take(",") {
      try expect(word: "index")
      index = try access()
    }
    try expect(word: "over")
    let extents = try list { parser, _ throws(Diagnostic) in try parser.extent() }
    var combiner: ScalarFunction?
    var reduced: [TileExtent] = []
    if !take(word: "of") {
      combiner = try function()
      reduced = try list { parser, _ throws(Diagnostic) in try parser.extent() }
      try expect(word: "of")
    }
    let expression = try expression()
    try expect(word: "with")
    let sources = try list { parser, _ throws(Diagnostic) in try parser.access() }
    var origins: [AffineExpression] = []
    if take(word: "from") {
      origins = try list { parser, _ throws(Diagnostic) in try parser.affine() }
    }
    return TileCompute(
      extents: extents, reduced: reduced, combiner: combiner, target: target, index: index,
      sources: sources, expression: expression, origins: origins)
  }

  private mutating func contract() throws(Diagnostic) -> TileContract {
    let target = try location()
    let targetRowStride = try integer(after: "by")
    let accumulates = take("+")
    try expect("=")
    let left = try location()
    let leftRowStride = try integer(after: "by")
    try expect(word: "x")
    try expect(word: "panels")
    let right = try location()
    let panelWidth = try integer(after: "of")
    let rows = try extent(named: "rows")
    let columns = try extent(named: "columns")
    let depths = try depths()
    try expect(",")
    let registerRows = try integer(after: "registers")
    let vectors = try integer(after: "by")
    let parts = take(word: "parts") ? try integer() : 1
    return TileContract(
      rows: rows, columns: columns, depths: depths, left: left, leftRowStride: leftRowStride,
      right: right, panelWidth: panelWidth, target: target, targetRowStride: targetRowStride,
      register: TileContract.RegisterTile(rows: registerRows, vectors: vectors, parts: parts),
      epilogue: take(",") ? try epilogue() : nil, accumulates: accumulates)
  }

  private mutating func epilogue() throws(Diagnostic) -> TileContract.Epilogue {
    try expect(word: "storing")
    let expression = try expression()
    try expect(word: "with")
    let sources = try list { parser, _ throws(Diagnostic) in try parser.access() }
    return TileContract.Epilogue(sources: sources, expression: expression)
  }

  private mutating func pack() throws(Diagnostic) -> TilePack {
    let target = try location()
    let width = try integer(after: "of")
    try expect("=")
    let source = try location()
    let columnStride = try integer(after: "by")
    return TilePack(
      columns: try extent(named: "columns"), width: width, depths: try depths(), source: source,
      columnStride: columnStride, target: target)
  }

  private mutating func gather() throws(Diagnostic) -> TileGather {
    let target = try location()
    try expect("=")
    let source = try location()
    try expect(word: "at")
    let indices = try access()
    let limit = try integer(after: "below")
    let sliceStride = try integer(after: "by")
    let count = try extent(named: "count")
    try expect(",")
    let run = try integer(after: "run")
    return TileGather(
      count: count, indices: indices, source: source, limit: limit, sliceStride: sliceStride,
      run: run, runStride: try integer(after: "by"), target: target)
  }

  private mutating func random() throws(Diagnostic) -> TileRandom {
    let start = current
    guard let draw = TileRandom.Draw(rawValue: try word("a draw")) else {
      throw error("unknown draw", at: start, help: "write uniform, normal or foldedKey")
    }
    let target = try location()
    try expect(word: "key")
    let key = try location()
    let number = take(word: "number") ? try location() : nil
    try expect(word: "from")
    let first = try affine()
    return TileRandom(
      draw, key: key, number: number, first: first, count: try extent(named: "count"),
      target: target)
  }
}
