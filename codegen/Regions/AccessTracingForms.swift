import GraphIR
import TensorCore

// What each structured form becomes.

extension AccessTracing {
  mutating func add(_ number: Int) {
    let node = form.nodes[number]
    let result = type(node.results[0])
    if case .constant(let tensor) = node.form { return addConstant(node.results[0], tensor) }
    if result.shape.count == 0 {
      // Nothing to compute; readers still need to know where nothing lies.
      for value in node.results { define(value, .node(-1)) }
      return
    }
    switch node.form {
    case .constant, .decompose: break
    case .map(let body): addMap(number, body)
    case .reduce(let reduction): addReduction(number, reduction)
    case .moments(let axes): addMoments(number, axes)
    case .contract(let contraction): addContraction(number, contraction)
    case .window(let window): addWindow(number, window)
    case .move(.reshape): addReshape(number)
    case .move(.pieces(let pieces, let fill)): addPieces(number, pieces, fill)
    case .gather(let axis): addGather(number, axis)
    case .random(let draw):
      let reads = node.operands.indices.map { read(number, $0, []) }
      append(number, .random(draw), reads)
    }
  }

  private mutating func addConstant(_ value: Int, _ tensor: HostTensor) {
    if let splat = Constant(tensor).splat {
      literals[value] = splat
    } else {
      define(value, .constant(tensor))
    }
  }

  // MARK: - Maps and reductions
  private mutating func addMap(_ number: Int, _ body: ScalarExpression) {
    let node = form.nodes[number]
    let own = axes(node.results[0])
    var reads: [AccessGraph.Read] = []
    let arguments = node.operands.enumerated().map { position, operand -> ScalarExpression in
      if let literal = literals[operand] { return .constant(literal, type(operand).element) }
      let lead = own.count - type(operand).shape.rank
      let positions = operandAxes(number, position).enumerated().map { dimension, atoms in
        atoms.isEmpty ? [] : own[dimension + lead].map { DimensionAccess.point($0) }
      }
      let read = read(number, position, positions)
      if let known = reads.firstIndex(where: { $0.value == read.value && $0.index == read.index }) {
        return .operand(known)
      }
      reads.append(read)
      return .operand(reads.count - 1)
    }
    let lengths = lengths(node.results[0])
    let body = body.substituting(arguments) { axis in
      .position(along: own[axis].map { ($0, lengths[$0]) })
    }
    append(number, .map(body), reads)
  }

  /// Positions of an operand whose dimensions `axes` are walked by inner axes; the rest, in order,
  /// are those of the result. Also the lengths of the inner axes.
  private func keptAndInner(
    _ number: Int, _ axes: [Int]
  ) -> (positions: [[DimensionAccess]], inner: [Int]) {
    let lengths = operandLengths(number, 0)
    let rank = self.lengths(form.nodes[number].results[0]).count
    var (kept, inner) = (0, [Int]())
    let positions = operandAxes(number, 0).enumerated().map { dimension, atoms in
      atoms.map { atom -> DimensionAccess in
        if axes.contains(dimension) {
          inner.append(lengths[atom])
          return .point(rank + inner.count - 1)
        }
        kept += 1
        return .point(kept - 1)
      }
    }
    return (positions, inner)
  }

  private mutating func addReduction(_ number: Int, _ reduction: Reduction) {
    let (positions, inner) = keptAndInner(number, reduction.axes)
    let combiner = reduction.combiner.scalarFunction
    if inner.isEmpty {
      // One element to combine: it is the result, at index 0.
      let source = read(number, 0, positions)
      let (rank, results) = (lengths(form.nodes[number].results[0]), form.nodes[number].results)
      let group = form.nodes[number].group
      let copy = append(
        .map(.operand(0)), type(results[0]).element, space: rank, [source], group: group)
      located[results[0]] = .init(copy, rank.indices.map { .point($0) })
      if reduction.givesIndex { literals[results[1]] = 0 }
      return
    }
    if inner.contains(0) {
      let identity = combiner == .multiply ? 1.0 : 0
      literals[form.nodes[number].results[0]] = identity
      return
    }
    append(
      number, .fold(combiner, .operand(0), givesIndex: reduction.givesIndex), inner: inner,
      [read(number, 0, positions)])
  }

  private mutating func addMoments(_ number: Int, _ axes: [Int]) {
    let (positions, inner) = keptAndInner(number, axes)
    if inner.isEmpty {
      let results = form.nodes[number].results
      let copy = append(
        .map(.operand(0)), type(results[0]).element, space: lengths(results[0]),
        [read(number, 0, positions)], group: form.nodes[number].group)
      located[results[0]] = .init(copy, lengths(results[0]).indices.map { .point($0) })
      literals[results[1]] = 0
      return
    }
    append(number, .moments, inner: inner, [read(number, 0, positions)])
  }

  // MARK: - Products
  private mutating func addContraction(_ number: Int, _ contraction: Contraction) {
    let node = form.nodes[number]
    let own = axes(node.results[0])
    let rank = lengths(node.results[0]).count
    let leftLengths = operandLengths(number, 0)
    let leftAxes = operandAxes(number, 0)
    var inner: [Int] = []
    var places: [Character: [Int]] = [:]
    for (label, range) in zip(contraction.result, own) { places[label] = Array(range) }
    for label in contraction.summed {
      let atoms = leftAxes[contraction.left.firstIndex(of: label)!]
      places[label] = atoms.indices.map { rank + inner.count + $0 - atoms.startIndex }
      inner += atoms.map { leftLengths[$0] }
    }
    if inner.contains(0) {
      literals[node.results[0]] = 0
      return
    }
    func positions(_ labels: [Character], _ operand: Int) -> [[DimensionAccess]] {
      labels.map { places[$0]!.map { DimensionAccess.point($0) } }
    }
    let left = read(number, 0, positions(contraction.left, 0))
    let right = read(number, 1, positions(contraction.right, 1))
    func numbered(_ labels: [Character]) -> [Int] { labels.flatMap { places[$0]! } }
    var roles = AccessGraph.ProductAxes(
      batch: numbered(contraction.batch), rows: numbered(contraction.rows),
      columns: numbered(contraction.columns), summed: numbered(contraction.summed))
    var reads = [left, right]
    // The columns should be what lies innermost in the result.
    if let last = contraction.result.last(where: { !places[$0]!.isEmpty }),
      contraction.rows.contains(last)
    {
      swap(&roles.rows, &roles.columns)
      reads = [right, left]
    }
    let space = lengths(node.results[0]) + inner
    func count(_ axes: [Int]) -> Int { axes.reduce(1) { $0 * space[$1] } }
    let element = type(node.operands[0]).element
    if element == .f32 || element == .f64, count(roles.rows) >= 2, count(roles.columns) >= 2,
      !roles.summed.isEmpty
    {
      append(number, .product(roles), inner: inner, reads)
    } else {
      let body = ScalarExpression.apply(.multiply, [.operand(0), .operand(1)])
      append(
        number, inner.isEmpty ? .map(body) : .fold(.add, body, givesIndex: false), inner: inner,
        reads)
    }
  }

  // MARK: - Moves
  private mutating func addReshape(_ number: Int) {
    let node = form.nodes[number]
    let (operand, result) = (node.operands[0], node.results[0])
    if let literal = literals[operand] {
      literals[result] = literal
      return
    }
    if atoms.opaqueReshapes.contains(number) {
      located[result] = reinterpreted(operand, lengths(result), group: node.group)
    } else {
      // The same atoms in the same order.
      located[result] = locate(operand)
    }
  }

  private mutating func addPieces(_ number: Int, _ pieces: [Move.Piece], _ fill: Double) {
    let node = form.nodes[number]
    let result = node.results[0]
    let shape = type(result).shape
    let pieces = pieces.filter { !$0.lengths.contains(0) }
    if pieces.count == 1, pieces[0].lengths == shape.dimensions {
      if let literal = literals[node.operands[pieces[0].operand]] {
        literals[result] = literal
        return
      }
      let read = read(number, pieces[0])
      located[result] = read
      if isResult(result), !isIdentity(read, lengths(result)) {
        let copy = append(
          .map(.operand(0)), type(result).element, space: lengths(result), [read],
          group: node.group)
        located[result] = .init(copy, lengths(result).indices.map { .point($0) })
      }
      return
    }
    if pieces.isEmpty {
      literals[result] = fill
      return
    }
    let own = axes(result)
    let lengths = lengths(result)
    let boxes = pieces.map { piece in
      var box = AccessGraph.Box(offset: lengths.map { _ in 0 }, lengths: lengths)
      for axis in 0..<shape.rank where piece.lengths[axis] != shape[axis] {
        box.offset[own[axis].lowerBound] = piece.offset[axis]
        box.lengths[own[axis].lowerBound] = piece.lengths[axis]
      }
      return box
    }
    append(number, .pieces(boxes, fill: fill), pieces.map { read(number, $0) })
  }

  /// How the result's positions read a piece's operand.
  private mutating func read(_ number: Int, _ piece: Move.Piece) -> AccessGraph.Read {
    let result = form.nodes[number].results[0]
    let own = axes(result)
    let lengths = operandLengths(number, piece.operand)
    let positions = operandAxes(number, piece.operand).enumerated().map { dimension, atoms in
      let index = piece.dimensions[dimension]
      guard let axis = index.axis, piece.lengths[axis] > 1 else {
        return Self.digits(index.start, atoms.map { lengths[$0] })
      }
      if index.start == 0, index.step == 1, atoms.count == own[axis].count,
        piece.offset[axis] == 0
      {
        return own[axis].map { DimensionAccess.point($0) }
      }
      let start = index.start - index.step * piece.offset[axis]
      return [DimensionAccess(start: start, [.init(own[axis].lowerBound, index.step)])]
    }
    return read(number, piece.operand, positions)
  }

  /// A position along a dimension, by its atoms.
  private static func digits(_ position: Int, _ lengths: [Int]) -> [DimensionAccess] {
    var rest = position
    let digits = lengths.reversed().map { length -> DimensionAccess in
      defer { rest /= length }
      return DimensionAccess(start: rest % length)
    }
    return digits.reversed()
  }

  private mutating func addGather(_ number: Int, _ axis: Int) {
    let node = form.nodes[number]
    if let number = literals[node.operands[0]] {
      // Whatever the index, it picks the same.
      literals[node.results[0]] = number
      return
    }
    let own = axes(node.results[0])
    let picked = type(node.operands[1]).shape.rank
    let ranges = operandAxes(number, 0)
    if ranges[axis].isEmpty {
      // One slice to pick from.
      let positions = ranges.indices.map { dimension -> [DimensionAccess] in
        dimension == axis
          ? [] : own[dimension < axis ? dimension : dimension + picked - 1].map { .point($0) }
      }
      let read = read(number, 0, positions)
      append(number, .map(.operand(0)), [read])
      return
    }
    let indices = read(
      number, 1,
      operandAxes(number, 1).indices.map { own[axis + $0].map { DimensionAccess.point($0) } })
    let source = materializedOperand(number, 0)
    let positions = ranges.indices.flatMap { dimension -> [DimensionAccess] in
      if dimension == axis { return [.indirect] }
      return own[dimension < axis ? dimension : dimension + picked - 1].map { .point($0) }
    }
    append(
      number, .gather(dimension: ranges[axis].lowerBound), [.init(source, positions), indices])
  }

  /// An operand in row-major order, as the node sees its dimensions.
  private mutating func materializedOperand(_ number: Int, _ operand: Int) -> Int {
    let node = form.nodes[number]
    let value = node.operands[operand]
    if atoms.reinterpretation(ReadKey(node: number, operand: operand)) != nil {
      return reinterpreted(value, operandLengths(number, operand), group: node.group).value
    }
    return materialized(value, group: node.group)
  }
}

extension ScalarExpression {
  /// Operand n replaced by `arguments[n]`, and coordinates by what `position` gives for their axis.
  package func substituting(
    _ arguments: [ScalarExpression],
    _ position: (Int) -> ScalarExpression = { .coordinate(axis: $0) }
  ) -> ScalarExpression {
    switch self {
    case .operand(let index): arguments[index]
    case .constant: self
    case .coordinate(let axis): position(axis)
    case .cast(let element, let x): .cast(element, x.substituting(arguments, position))
    case .apply(let function, let list):
      .apply(function, list.map { $0.substituting(arguments, position) })
    }
  }

  package var usesCoordinates: Bool {
    switch self {
    case .coordinate: true
    case .operand, .constant: false
    case .cast(_, let x): x.usesCoordinates
    case .apply(_, let list): list.contains(where: \.usesCoordinates)
    }
  }

  /// The position along a dimension of these axes, outermost first.
  static func position(along axes: [(axis: Int, length: Int)]) -> ScalarExpression {
    axes.reduce(nil as ScalarExpression?) { sum, next in
      guard let sum else { return .coordinate(axis: next.axis) }
      let scaled = ScalarExpression.apply(
        .multiply, [sum, .constant(Double(next.length), .i64)])
      return .apply(.add, [scaled, .coordinate(axis: next.axis)])
    } ?? .constant(0, .i64)
  }
}

extension Reduction.Combiner {
  package var scalarFunction: ScalarFunction {
    switch self {
    case .sum: .add
    case .product: .multiply
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }
}
