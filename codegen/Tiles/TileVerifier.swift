import TensorCore

/// Checks the laws of tile programs, by code that did not make them.
///
/// 1. Variables, places and operands exist; element types and axis counts agree.
/// 2. No task and no pass of a loop touches an element outside its buffer or scratch.
/// 3. A buffer that is read is not declared `write`, and one that is written not `read`.
/// 4. A statement writes no element twice, and none that it still reads for another position.
/// 5. No element that a task writes is touched by another task.
///
/// What cannot be shown by bounds on affine forms is enumerated when there are at most 2^20 cases,
/// and refused otherwise: an accepted program keeps the laws.
public struct TileVerifier {
  let program: TileProgram
  let counts: [Int]
  private let elements: TileElements
  private var footprints: [Footprint] = []

  static let enumerationLimit = 1 << 20
  /// Guards and loops around one statement. Each guard's other branch is two cases.
  static let maximumDepth = 16

  private init(_ program: TileProgram, _ counts: [Int]) {
    self.program = program
    self.counts = counts
    elements = TileElements(program: program)
  }

  /// - Units: `bufferCounts` in elements.
  /// - Errors: `tile.*`, at the statement, with its text.
  public static func check(
    _ program: TileProgram, bufferCounts: [Int]
  ) throws(Diagnostic) {
    var verifier = TileVerifier(program, bufferCounts)
    try verifier.checkHeader()
    try verifier.walk(program.body, TileScope(grid: program.grid), prefix: "", depth: 0)
    try RaceCheck(program, verifier.footprints, counts: bufferCounts).check()
  }

  private func checkHeader() throws(Diagnostic) {
    guard counts.count == program.buffers.count else {
      throw .tileBufferCounts(expected: program.buffers.count, got: counts.count)
    }
    _ = try TileScope.product(program.grid, "the grid's count of tasks")
    for count in counts { _ = try TileScope.length(count, "a buffer's count") }
    for array in program.scratch {
      _ = try TileScope.length(array.count, "a scratch array's count")
    }
  }

  private mutating func walk(
    _ body: [Statement], _ scope: TileScope, prefix: String, depth: Int
  ) throws(Diagnostic) {
    guard depth <= Self.maximumDepth else {
      throw .tileSize("the depth of loops and guards", depth, "at most \(Self.maximumDepth)")
        .placed(at: "statement \(prefix)")
    }
    for (number, statement) in body.enumerated() {
      let place = prefix + "\(number)"
      do {
        try visit(statement, scope, place, depth)
      } catch {
        throw error.placed(at: "statement \(place)")
      }
    }
  }

  private mutating func visit(
    _ statement: Statement, _ scope: TileScope, _ place: String, _ depth: Int
  ) throws(Diagnostic) {
    switch statement {
    case .loop(let number, let count, let body):
      let inner = try scope.looping(number, count)
      try walk(body, inner, prefix: place + ".", depth: depth + 1)
    case .guarded(let index, let limit, let body, let otherwise):
      let form = try scope.form(index)
      let limit = try TileScope.limited(limit, "a guard's limit")
      let inside = scope.assuming(form, plus: 0, times: 1)
        .assuming(form, plus: limit - 1, times: -1)
      try walk(body, inside, prefix: place + ".", depth: depth + 1)
      let below = scope.assuming(form, plus: -1, times: -1)
      let above = scope.assuming(form, plus: -limit, times: 1)
      for outside in otherwise.isEmpty ? [] : [below, above] {
        try walk(otherwise, outside, prefix: place + ".else.", depth: depth + 1)
      }
    case .compute, .contract, .pack, .gather, .random:
      do {
        try checkLeaf(statement, scope, place)
      } catch {
        throw error.noting("\(statement.leafText)")
      }
    }
  }

  private mutating func checkLeaf(
    _ statement: Statement, _ scope: TileScope, _ place: String
  ) throws(Diagnostic) {
    switch statement {
    case .loop, .guarded: return
    case .compute(let compute):
      try compute.checkTypes(elements)
      for origin in compute.origins { _ = try scope.form(origin) }
    case .contract(let contract): try contract.checkTypes(elements)
    case .pack(let pack): try pack.checkTypes(elements)
    case .gather(let gather): try gather.checkTypes(elements)
    case .random(let random): try random.checkTypes(elements)
    }
    var touched: [Footprint] = []
    for operand in try statement.operands() {
      touched.append(try scope.footprint(operand, at: place))
    }
    if case .compute(let compute) = statement {
      try checkReduced(compute, scope, touched[0].domain)
    }
    if case .random(let random) = statement { try checkFirst(random, scope, touched[0].domain) }
    let live = touched.filter { !$0.domain.isEmpty }
    for footprint in live {
      try checkAccess(footprint)
      try checkBounds(footprint)
    }
    try OverlapCheck(live).check()
    footprints += live
  }

  /// A sum of nothing is 0; an extremum of nothing has no value.
  private func checkReduced(
    _ compute: TileCompute, _ scope: TileScope, _ domain: Domain
  ) throws(Diagnostic) {
    guard let combiner = compute.combiner, combiner == .maximum || combiner == .minimum,
      !domain.isEmpty
    else { return }
    for extent in compute.reduced {
      let last = try scope.lastPosition(extent)
      let leastLast = last.map { domain.lowerBound($0) ?? -1 } ?? 0
      guard extent.size > 0, leastLast >= 0 else {
        throw .tileCombiner("\(combiner.rawValue) may combine nothing along \(extent)")
      }
    }
  }

  /// Elements of a stream are counted from 0.
  private func checkFirst(
    _ random: TileRandom, _ scope: TileScope, _ domain: Domain
  ) throws(Diagnostic) {
    let first = try scope.form(random.first)
    if random.draw == .foldedKey || domain.isEmpty { return }
    let least = domain.lowerBound(first) ?? -1
    guard least >= 0 else {
      throw .tileSize("the first element of a stream", least, "0 or more")
    }
  }

  private func checkAccess(_ footprint: Footprint) throws(Diagnostic) {
    guard case .buffer(let number) = footprint.base else { return }
    switch (program.buffers[number].access, footprint.isWrite) {
    case (.read, true): throw .tileReadOnly("\(footprint.base)")
    case (.write, false): throw .tileWriteOnly("\(footprint.base)")
    default: break
    }
  }

  private func count(_ base: TileLocation.Base) -> Int {
    switch base {
    case .buffer(let number): counts[number]
    case .scratch(let number): program.scratch[number].count
    }
  }

  private func checkBounds(_ footprint: Footprint) throws(Diagnostic) {
    let count = count(footprint.base)
    if let upper = footprint.domain.upperBound(footprint.form), upper < count,
      let lower = footprint.domain.lowerBound(footprint.form), lower >= 0
    {
      return
    }
    let base = "\(footprint.base)"
    switch footprint.search(count: count, limit: Self.enumerationLimit) {
    case .inside: return
    case .outside(let escape):
      throw .tileBounds(
        "the \(footprint.name)", escape.address, count: count, of: base, when: escape.values)
    case .unknown: throw .tileBoundsUnproven("the \(footprint.name)", count: count, of: base)
    }
  }
}

extension Statement {
  /// The text of a statement without body.
  var leafText: String {
    switch self {
    case .loop, .guarded: ""
    case .compute(let compute): compute.description
    case .contract(let contract): contract.description
    case .pack(let pack): pack.description
    case .gather(let gather): gather.description
    case .random(let random): random.description
    }
  }
}
