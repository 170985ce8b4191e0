import TensorCore

/// A softmax over many positions, and the product that sums over them, go block by block, so that a
/// task needs scratch for the scores of one block only.
///
///     m_j = max x_j    s_j = Σ exp(x_j - m_j)    o_j = Σ exp(x_j - m_j) · v_j       in block j
///     m = max_j m_j    w_j = exp(m_j - m)        y = Σ_j w_j · o_j / Σ_j w_j · s_j
///
/// Every block is a position of an axis of its own, which the nodes of the softmax and of the scores
/// get as their outermost one; a region walks along it. Each term is scaled once more than in one
/// block: one more rounding, and the error of one more exponential.
///
/// A block whose exponentials all vanish beside those of others has sums of its own before it is
/// scaled by 0. They overflow, and the result is not a number, where n values of a block do.
///
/// - Source: Milakov, Gimelshein, "Online normalizer calculation for softmax", 2018; the form with
///   blocks side by side is that of Dao et al., "Flash-Decoding", 2023.
struct BlockedSoftmax {
  private let graph: AccessGraph
  private let softmax: Softmax
  private let product: AccessGraph.Node
  /// The dimension of the exponentials that is cut, and the product's axis along it.
  private let dimension: Int
  private let summed: Int
  private let block: Int
  private let blockCount: Int
  /// Nodes that are computed block by block, with the axis that is cut.
  private var cutAxes: [Int: Int] = [:]

  /// Nil if there are few positions, or none of their dimensions has a fitting divisor.
  ///
  /// - Parameters:
  ///   - product: reads the exponentials as `operand`.
  ///   - longest: positions that need no blocks.
  init?(
    _ graph: AccessGraph, _ softmax: Softmax, _ product: AccessGraph.Node, _ operand: Int,
    longest: Int, _ readCounts: [Int]
  ) {
    let powers = product.reads[operand]
    guard graph.values[product.results[0]].element.isFloating
    else { return nil }
    let lengths = softmax.dimensions.map { graph.values[softmax.powers.value].lengths[$0] }
    let total = lengths.reduce(1, *)
    guard total > longest,
      let (dimension, block) = Self.block(softmax.dimensions, lengths, total, longest),
      let summed = powers.index[dimension].pointAxis,
      // Not of the first positions only.
      product.space[summed] == graph.values[powers.value].lengths[dimension]
    else { return nil }
    self.graph = graph
    self.softmax = softmax
    self.product = product
    self.dimension = dimension
    self.block = block
    blockCount = graph.values[softmax.powers.value].lengths[dimension] / block
    self.summed = summed
    findNodes(readCounts)
    // What another operand reads of the softmax it reads at other positions than those of the block.
    let blocked = Set(cutAxes.keys.flatMap { graph.nodes[$0].results })
    for (other, read) in product.reads.enumerated() where other != operand {
      if blocked.contains(read.value) { return nil }
    }
  }

  /// The outermost dimension that can be cut into blocks of a fitting number of positions, and how
  /// long it is in one.
  private static func block(
    _ dimensions: [Int], _ lengths: [Int], _ total: Int, _ longest: Int
  ) -> (dimension: Int, length: Int)? {
    for (dimension, length) in zip(dimensions, lengths) {
      let rest = total / length
      let most = min(length - 1, longest / 2 / rest)
      for block in stride(from: most, through: 2, by: -1) where length.isMultiple(of: block) {
        if block * rest >= longest / 8 { return (dimension, block) }
      }
    }
    return nil
  }

  /// The softmax itself, and what leads to its operand as far as nobody else reads it: maps, and the
  /// product that makes the scores.
  private mutating func findNodes(_ readCounts: [Int]) {
    for fold in [softmax.maximum, softmax.total] {
      cutAxes[fold] = graph.nodes[fold].reads[0].index[dimension].pointAxis!
    }
    for map in [softmax.difference, softmax.power] { cutAxes[map] = dimension }
    var wanted: [Int: (dimension: Int, count: Int)] = [:]
    for number in (0...softmax.power).reversed() {
      let node = graph.nodes[number]
      if cutAxes[number] == nil, let want = wanted[node.results[0]], canBeCut(node),
        readCounts[node.results[0]] == want.count
      {
        cutAxes[number] = want.dimension
      }
      guard let axis = cutAxes[number] else { continue }
      if node.isProduct { continue }
      for read in node.reads {
        let along = read.index.indices.filter { place in
          read.index[place].terms.contains { $0.axis == axis }
        }
        guard along.count == 1, read.index[along[0]].pointAxis == axis else { continue }
        let known = wanted[read.value] ?? (along[0], 0)
        if known.dimension == along[0] { wanted[read.value] = (along[0], known.count + 1) }
      }
    }
  }

  private func canBeCut(_ node: AccessGraph.Node) -> Bool {
    switch node.kind {
    case .map(let expression): !expression.usesCoordinates
    case .product: true
    default: false
    }
  }

  // MARK: - Replacing
  /// Appends the nodes that compute the product and divide it; its result keeps its value.
  ///
  /// - Parameter sum: the total as the product's result would read it.
  func replace(in result: inout AccessGraph, sum: AccessGraph.Read) {
    var blocked: [Int: Int] = [:]
    for number in cutAxes.keys.sorted() {
      let node = graph.nodes[number]
      var value = append(
        cut(node, cutAxes[number]!, blocked), element(node.results[0]), in: &result)
      if number == softmax.maximum { value = finite(value, in: &result) }
      blocked[node.results[0]] = value
    }
    let maxima = blocked[graph.nodes[softmax.maximum].results[0]]!
    let totals = blocked[graph.nodes[softmax.total].results[0]]!
    let part = append(
      cut(product, summed, blocked), element(product.results[0]), in: &result)
    let scales = scales(maxima, in: &result)
    let total = weighted(totals, scales, sum.index.indices.map { .point($0) }, in: &result)
    let whole = weighted(part, scales, sum.index, in: &result)
    var quotient = product
    quotient.kind = .map(.apply(.divide, [.operand(0), .operand(1)]))
    quotient.space = Array(product.space.prefix(product.resultRank))
    quotient.reads = [
      AccessGraph.Read(whole, quotient.space.indices.map { .point($0) }),
      AccessGraph.Read(total, sum.index),
    ]
    result.append(quotient)
  }

  private func element(_ value: Int) -> ElementType { graph.values[value].element }

  private func append(
    _ node: AccessGraph.Node, _ element: ElementType, in result: inout AccessGraph
  ) -> Int {
    var node = node
    result.values.append(
      .init(
        element: element, lengths: Array(node.space.prefix(node.resultRank)), source: .node(-1)))
    node.results = [result.values.count - 1]
    result.append(node)
    return node.results[0]
  }

  /// A node with the number of a block as its outermost axis and the positions in it instead of `axis`.
  private func cut(
    _ node: AccessGraph.Node, _ axis: Int, _ blocked: [Int: Int]
  ) -> AccessGraph.Node {
    func moved(_ access: DimensionAccess) -> DimensionAccess {
      var result = access
      result.terms = access.terms.flatMap { term -> [DimensionAccess.Term] in
        let own = DimensionAccess.Term(term.axis + 1, term.step)
        return term.axis == axis ? [.init(0, term.step * block), own] : [own]
      }
      return result
    }
    var result = node
    result.space = [blockCount] + node.space
    result.space[axis + 1] = block
    result.resultRank += 1
    result.reads = node.reads.map { read in
      if let value = blocked[read.value] {
        let index = read.index.map { $0.renamed { $0 + 1 } }
        return AccessGraph.Read(value, [.point(0)] + index)
      }
      return AccessGraph.Read(read.value, read.index.map(moved))
    }
    if case .product(let axes) = node.kind {
      result.kind = .product(
        .init(
          batch: [0] + axes.batch.map { $0 + 1 }, rows: axes.rows.map { $0 + 1 },
          columns: axes.columns.map { $0 + 1 }, summed: axes.summed.map { $0 + 1 }))
    }
    return result
  }

  /// A block may hold nothing but minus infinity, where others do not: its exponentials are then 0
  /// instead of not a number.
  private func finite(_ maxima: Int, in result: inout AccessGraph) -> Int {
    let (lengths, element) = (result.values[maxima].lengths, result.values[maxima].element)
    let lowest = -element.greatestFinite
    return append(
      map(
        .apply(.maximum, [.operand(0), .constant(lowest, element)]), lengths,
        [AccessGraph.Read(maxima, lengths.indices.map { .point($0) })]), element, in: &result)
  }

  private func map(
    _ expression: ScalarExpression, _ space: [Int], _ reads: [AccessGraph.Read]
  ) -> AccessGraph.Node {
    AccessGraph.Node(
      kind: .map(expression), space: space, resultRank: space.count, reads: reads, results: [],
      group: product.group)
  }

  /// `exp(m_j - max m)` for every block.
  private func scales(_ maxima: Int, in result: inout AccessGraph) -> Int {
    let (lengths, element) = (result.values[maxima].lengths, result.values[maxima].element)
    let kept = Array(lengths.dropFirst())
    let points = lengths.indices.map { DimensionAccess.point($0) }
    let peak = append(
      AccessGraph.Node(
        kind: .fold(.maximum, .operand(0), givesIndex: false), space: kept + [blockCount],
        resultRank: kept.count,
        reads: [.init(maxima, [.point(kept.count)] + kept.indices.map { .point($0) })],
        results: [], group: product.group), element, in: &result)
    let difference = ScalarExpression.apply(.subtract, [.operand(0), .operand(1)])
    return append(
      map(
        .apply(.exponential, [difference]), lengths,
        [.init(maxima, points), .init(peak, Array(points.dropFirst()))]), element, in: &result)
  }

  /// The sum over blocks of a value times the scale of its block.
  ///
  /// - Parameter index: where the scale lies, block aside, by the axes of the result.
  private func weighted(
    _ value: Int, _ scales: Int, _ index: [DimensionAccess], in result: inout AccessGraph
  ) -> Int {
    let kept = Array(result.values[value].lengths.dropFirst())
    let along = DimensionAccess.point(kept.count)
    return append(
      AccessGraph.Node(
        kind: .fold(.add, .apply(.multiply, [.operand(0), .operand(1)]), givesIndex: false),
        space: kept + [blockCount], resultRank: kept.count,
        reads: [
          .init(value, [along] + kept.indices.map { .point($0) }), .init(scales, [along] + index),
        ], results: [], group: product.group), result.values[value].element, in: &result)
  }
}

extension ElementType {
  /// Of a floating type.
  fileprivate var greatestFinite: Double {
    switch self {
    case .f64: .greatestFiniteMagnitude
    case .f16: 65504
    case .bf16: 0x1.fep127
    default: Double(Float.greatestFiniteMagnitude)
    }
  }
}
