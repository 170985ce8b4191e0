import TensorCore

extension TileProgram {
  /// The same program with scratch arrays of one element type that are never alive together in one
  /// place, as large as the largest of them. Arrays that no statement touches are gone.
  ///
  /// An array lives from the first statement that touches it to the last, in the order of the text;
  /// a loop that it takes part in, and that others of its statements stand outside of, belongs to its
  /// life as a whole. Inside a loop's body it lives anew in every pass if each pass writes what it
  /// reads before it reads it; where that cannot be shown (accumulators, rows of a ring, a border
  /// written once) it lives through the outermost loop that touches it.
  ///
  /// Sound because what a statement reads was written within the same life: earlier in the same pass,
  /// or in the same run of the whole loop. Between the two, no statement runs but those of that life,
  /// and an array whose life has none of these writes there. What a task did not write itself was left
  /// over from another task before, and still is. Operands of one statement live at that statement, so
  /// they lie apart.
  ///
  /// For programs that `TileVerifier` accepts, which it does again: only numbers and sizes of scratch
  /// arrays change.
  public func sharingScratch() -> TileProgram {
    var leafCount = 0
    guard let tree = try? ScratchNode.tree(body, &leafCount) else { return self }
    let lives = scratch.indices.compactMap { array in
      ScratchNode.life(of: array, in: tree).map { (array: array, life: $0) }
    }
    var places: [SharedPlace] = []
    // Ordered by their starts, intervals need no more places than are alive at once.
    for (array, life) in lives.sorted(by: {
      ($0.life.lowerBound, $0.array) < ($1.life.lowerBound, $1.array)
    }) {
      let free = places.indices.filter {
        places[$0].array.element == scratch[array].element && places[$0].end <= life.lowerBound
      }
      guard let best = free.min(by: { waste($0, array, places) < waste($1, array, places) }) else {
        places.append(SharedPlace(array: scratch[array], end: life.upperBound, users: [array]))
        continue
      }
      places[best].array.count = max(places[best].array.count, scratch[array].count)
      places[best].end = life.upperBound
      places[best].users.append(array)
    }
    // In the order of their first arrays: where nothing is shared, nothing changes.
    places.sort { $0.users.min()! < $1.users.min()! }
    var numbers = [Int](repeating: 0, count: scratch.count)
    for (number, place) in places.enumerated() {
      for array in place.users { numbers[array] = number }
    }
    var result = self
    result.scratch = places.map(\.array)
    result.body = body.map { statement in
      statement.mappingBases { base in
        if case .scratch(let number) = base { .scratch(numbers[number]) } else { base }
      }
    }
    return result
  }

  /// By how much a place and an array differ in size: growing it, or leaving much of it unused.
  private func waste(_ place: Int, _ array: Int, _ places: [SharedPlace]) -> Int {
    abs(places[place].array.count - scratch[array].count)
  }

  /// Memory of several arrays, one after the other.
  private struct SharedPlace {
    var array: Scratch
    /// Where the life of the last one ends.
    var end: Int
    var users: [Int]
  }
}

// MARK: - Lives
/// A statement with the numbers of the leaves below it, in the order of the text.
struct ScratchNode {
  enum Kind {
    case leaf([TileOperand])
    case loop(number: Int, count: TileExtent, body: [ScratchNode])
    case guarded(body: [ScratchNode], otherwise: [ScratchNode])
  }
  var kind: Kind
  var leaves: Range<Int>
  /// Scratch arrays that are touched.
  var arrays: Set<Int>

  static func tree(
    _ body: [Statement], _ leafCount: inout Int
  ) throws(Diagnostic) -> [ScratchNode] {
    var nodes: [ScratchNode] = []
    for statement in body { nodes.append(try ScratchNode(statement, &leafCount)) }
    return nodes
  }

  private init(_ statement: Statement, _ leafCount: inout Int) throws(Diagnostic) {
    let start = leafCount
    switch statement {
    case .loop(let number, let count, let body):
      let body = try Self.tree(body, &leafCount)
      kind = .loop(number: number, count: count, body: body)
      arrays = Self.arrays(body)
    case .guarded(_, _, let body, let otherwise):
      let (body, otherwise) = (
        try Self.tree(body, &leafCount), try Self.tree(otherwise, &leafCount)
      )
      kind = .guarded(body: body, otherwise: otherwise)
      arrays = Self.arrays(body + otherwise)
    case .compute, .contract, .pack, .gather, .random:
      let operands = try statement.operands()
      kind = .leaf(operands)
      arrays = Set(operands.compactMap(\.scratchArray))
      leafCount += 1
    }
    leaves = start..<leafCount
  }

  private static func arrays(_ nodes: [ScratchNode]) -> Set<Int> {
    nodes.reduce(into: []) { $0.formUnion($1.arrays) }
  }

  /// The leaves from the first to the last that the array must be kept for; nil if none touches it.
  static func life(of array: Int, in body: [ScratchNode]) -> Range<Int>? {
    let users = body.filter { $0.arrays.contains(array) }
    guard let first = users.first, let last = users.last else { return nil }
    guard users.count == 1 else { return first.leaves.lowerBound..<last.leaves.upperBound }
    switch first.kind {
    case .leaf: return first.leaves
    case .loop(_, _, let body):
      let isFresh = ScratchCoverage.writesBeforeReading(array, body)
      return isFresh ? life(of: array, in: body) : first.leaves
    case .guarded(let body, let otherwise):
      let branches = [life(of: array, in: body), life(of: array, in: otherwise)].compactMap { $0 }
      return branches.count == 1 ? branches[0] : first.leaves
    }
  }
}

extension TileOperand {
  var scratchArray: Int? {
    if case .scratch(let number) = location.base { number } else { nil }
  }
}
