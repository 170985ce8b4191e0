import TileIR

/// A tile program for a range of the values of one variable: a grid axis, or the counter of a loop
/// that stands outermost.
///
/// Places in buffers stay as they are and the caller moves the parameters; extents that no tile of
/// the range is clipped by become fixed, so that ranges of whole tiles share one kernel.
struct ProgramRange {
  private let variable: TileVariable
  private let first: Int
  private let count: Int
  /// How far each parameter moves from one value to the next.
  private(set) var distances: [Int?]
  /// Whether every place, extent and guard could be moved.
  private var isPossible = true

  /// - Returns: nil where the variable is used for more than places, whole tiles and guards.
  static func of(
    _ program: TileProgram, _ variable: TileVariable, first: Int, count: Int
  ) -> (program: TileProgram, distances: [Int])? {
    var range = ProgramRange(variable, first, count, bufferCount: program.buffers.count)
    var result = program
    if case .grid(let axis) = variable { result.grid[axis] = count }
    result.body = range.moved(program.body)
    guard range.isPossible else { return nil }
    return (result, range.distances.map { $0 ?? 0 })
  }

  private init(_ variable: TileVariable, _ first: Int, _ count: Int, bufferCount: Int) {
    self.variable = variable
    self.first = first
    self.count = count
    distances = [Int?](repeating: nil, count: bufferCount)
  }

  private func factor(_ expression: AffineExpression) -> Int {
    expression.terms.first { $0.variable == variable }?.factor ?? 0
  }

  /// Whether the expression grows with the variable and with nothing else.
  private func isOwn(_ expression: AffineExpression) -> Bool {
    expression.terms.count == 1 && expression.terms[0].variable == variable
      && expression.terms[0].factor > 0
  }

  private mutating func moved(_ statements: [Statement]) -> [Statement] {
    statements.flatMap { moved($0) }
  }

  private mutating func moved(_ statement: Statement) -> [Statement] {
    switch statement {
    case .loop(let number, let extent, let body):
      if .loop(number) == variable {
        return [.loop(number: number, count: TileExtent(count), body: moved(body))]
      }
      return [.loop(number: number, count: moved(extent), body: moved(body))]
    case .guarded(let index, let limit, let body, let otherwise):
      return guarded(index, limit, body, otherwise)
    case .compute(var compute):
      compute.extents = compute.extents.map { moved($0) }
      compute.reduced = compute.reduced.map { moved($0) }
      // What counts positions would be another kernel for each range.
      if compute.origins.contains(where: { factor($0) != 0 }) { isPossible = false }
      note(compute.target.location)
      compute.sources.forEach { note($0.location) }
      if let index = compute.index { note(index.location) }
      return [.compute(compute)]
    case .contract(var contract):
      contract.rows = moved(contract.rows)
      contract.columns = moved(contract.columns)
      [contract.left, contract.right, contract.target].forEach { note($0) }
      contract.epilogue?.sources.forEach { note($0.location) }
      return [.contract(contract)]
    case .pack(var pack):
      pack.columns = moved(pack.columns)
      note(pack.source)
      note(pack.target)
      return [.pack(pack)]
    case .gather, .random:
      isPossible = false
      return []
    }
  }

  private mutating func guarded(
    _ index: AffineExpression, _ limit: Int, _ body: [Statement], _ otherwise: [Statement]
  ) -> [Statement] {
    if factor(index) == 0 {
      return [
        .guarded(index: index, limit: limit, body: moved(body), otherwise: moved(otherwise))
      ]
    }
    guard isOwn(index), index.constant >= 0 else {
      isPossible = false
      return []
    }
    let least = index.constant + factor(index) * first
    let most = least + factor(index) * (count - 1)
    if most < limit { return moved(body) }
    if least >= limit { return moved(otherwise) }
    return [
      .guarded(
        index: index, limit: limit - factor(index) * first, body: moved(body),
        otherwise: moved(otherwise))
    ]
  }

  private mutating func moved(_ extent: TileExtent) -> TileExtent {
    let step = factor(extent.start)
    if step == 0 { return extent }
    guard isOwn(extent.start) else {
      isPossible = false
      return extent
    }
    let last = extent.start.constant + step * (first + count - 1)
    if last + extent.size <= extent.total { return TileExtent(extent.size) }
    return TileExtent(extent.size, of: extent.total - step * first, from: extent.start)
  }

  private mutating func note(_ location: TileLocation) {
    let distance = factor(location.offset)
    guard case .buffer(let number) = location.base else {
      if distance != 0 { isPossible = false }
      return
    }
    if distance < 0 || distances[number] ?? distance != distance { isPossible = false }
    distances[number] = distance
  }
}
