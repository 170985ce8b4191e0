import GraphIR
import GraphRegions
import TensorCore
import TileIR

// Which maps are computed where they are read, and which products are stored by their readers.

extension RegionEmission {
  /// Leaves of one expression above which it is not worth making longer.
  private static let leafLimit = 12

  /// Maps with one reader that walks over the same positions once: computed there, element by
  /// element, instead of going through scratch.
  mutating func findInlined() {
    guard lowering.options.runs(.inlineMaps) else { return }
    var leafCounts: [Int: Int] = [:]
    for member in region.members {
      let node = graph.nodes[member]
      leafCounts[member] = node.reads.count
      for read in node.reads {
        guard let producer = graph.producer(read.value), canInline(producer, member) else {
          continue
        }
        let count = leafCounts[member]! + leafCounts[producer]! - 1
        if count > Self.leafLimit { continue }
        inlined.insert(producer)
        leafCounts[member] = count
      }
    }
  }

  private func canInline(_ member: Int, _ reader: Int) -> Bool {
    guard region.members.contains(member), !region.outputs.contains(member),
      case .map = graph.nodes[member].kind, readers(member) == [reader],
      graph.nodes[reader].reads.count(where: { graph.producer($0.value) == member }) == 1
    else { return false }
    // What only a walk reads is not there after it.
    guard
      region.walks.allSatisfy({ $0.members.contains(member) == $0.members.contains(reader) })
    else { return false }
    let (own, other) = (graph.nodes[member], graph.nodes[reader])
    switch other.kind {
    case .map: return other.count == own.count
    // A reduction orders its axes anew, so what counts along them is computed before it.
    case .fold: return other.count == own.count && !expression(member).body.usesCoordinates
    default: return false
    }
  }

  /// Members that read a member's results, in order.
  func readers(_ member: Int) -> [Int] {
    region.members.filter { reader in
      graph.nodes[reader].reads.contains { graph.producer($0.value) == member }
    }
  }

  /// Products whose only reader is a map that can be computed on sums in registers.
  mutating func findMerged() {
    guard lowering.options.runs(.mergeEpilogues) else { return }
    for member in region.members {
      let product: AccessGraph.Node = graph.nodes[member]
      let columns: [Int]
      switch product.kind {
      case .product(let axes): columns = axes.columns
      case .convolution(let axes): columns = axes.result[2].map { [$0] } ?? []
      default: continue
      }
      guard !region.outputs.contains(member), let root = root(readingOnly: member),
        canMerge(member, root, columns)
      else { continue }
      merged.insert(member)
    }
  }

  /// The map that computes what a member's single reader is inlined into.
  private func root(readingOnly member: Int) -> Int? {
    var current = member
    repeat {
      let readers = readers(current)
      guard readers.count == 1, case .map = graph.nodes[readers[0]].kind,
        graph.nodes[readers[0]].reads.count(where: { graph.producer($0.value) == current }) == 1
      else { return nil }
      current = readers[0]
    } while inlined.contains(current)
    return current
  }

  private func canMerge(_ product: Int, _ root: Int, _ columns: [Int]) -> Bool {
    let (own, other) = (graph.nodes[product], graph.nodes[root])
    guard Array(own.space.prefix(own.resultRank)) == other.space else { return false }
    let (body, leaves) = expression(root)
    guard body.isCheap, !body.usesCoordinates else { return false }
    let walk = region.walks.firstIndex { $0.members.contains(product) }
    guard walk == region.walks.firstIndex(where: { $0.members.contains(root) }) else {
      return false
    }
    // Only one product can be in registers.
    let value = own.results[0]
    for leaf in leaves {
      if leaf.value == value {
        guard leaf.index.enumerated().allSatisfy({ $1.pointAxis == $0 }) else { return false }
        continue
      }
      if let producer = graph.producer(leaf.value), merged.contains(producer) { return false }
      guard readsAlong(columns, leaf, root) else { return false }
    }
    return true
  }

  /// Whether an operand lies side by side along the columns, or is the same for all of them.
  private func readsAlong(_ columns: [Int], _ read: AccessGraph.Read, _ member: Int) -> Bool {
    let used = columns.filter { axis in
      read.index.contains { $0.terms.contains { $0.axis == axis } }
    }
    if used.isEmpty { return true }
    guard used == columns else { return false }
    // The columns are the last dimensions, in order, at their own positions.
    let last = read.index.suffix(columns.count)
    guard zip(last, columns).allSatisfy({ $0.pointAxis == $1 }),
      read.index.dropLast(columns.count).allSatisfy({ access in
        access.terms.allSatisfy { !columns.contains($0.axis) }
      })
    else { return false }
    // In order in memory too: whole but for the outermost one.
    let lengths = graph.values[read.value].lengths.suffix(columns.count)
    return zip(lengths, columns).dropFirst().allSatisfy { $0 == graph.nodes[member].space[$1] }
  }

  // MARK: - Expressions
  /// What a map or fold computes of values that lie somewhere, inlined maps substituted. Indices are
  /// by the member's own axes.
  func expression(_ member: Int) -> (body: ScalarExpression, leaves: [AccessGraph.Read]) {
    var leaves: [AccessGraph.Read] = []
    let identity = graph.nodes[member].space.indices.map { DimensionAccess.point($0) }
    let body = expression(member, identity, &leaves)
    return (body, leaves)
  }

  private func expression(
    _ member: Int, _ positions: [DimensionAccess], _ leaves: inout [AccessGraph.Read]
  ) -> ScalarExpression {
    let node = graph.nodes[member]
    let body: ScalarExpression
    switch node.kind {
    case .map(let own): body = own
    case .fold(_, let own, _): body = own
    default: body = .operand(0)
    }
    let arguments = node.reads.map { read -> ScalarExpression in
      let index = read.index.map { $0.composed(positions) }
      if let producer = graph.producer(read.value), inlined.contains(producer) {
        return expression(producer, index, &leaves)
      }
      let leaf = AccessGraph.Read(read.value, index)
      if let known = leaves.firstIndex(where: { $0.value == leaf.value && $0.index == leaf.index })
      {
        return .operand(known)
      }
      leaves.append(leaf)
      return .operand(leaves.count - 1)
    }
    return body.substituting(arguments) { axis in positions[axis].asExpression }
  }
}

extension ScalarExpression {
  /// Whether a few instructions compute it, so that sums stay in registers meanwhile.
  fileprivate var isCheap: Bool {
    switch self {
    case .operand, .constant: true
    case .coordinate, .cast: false
    case .apply(let function, let list):
      switch function {
      case .add, .subtract, .multiply, .maximum, .minimum, .negate, .absolute, .relu, .square,
        .select, .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual:
        list.allSatisfy(\.isCheap)
      default: false
      }
    }
  }
}
