import GraphIR
import GraphRegions
import TensorCore
import TileIR

// Statements of maps, and of products that they are merged into.

extension RegionEmission {
  mutating func emitMap(_ member: Int) {
    let node = graph.nodes[member]
    let (body, leaves) = expression(member)
    for leaf in leaves {
      guard let producer = graph.producer(leaf.value), merged.contains(producer) else { continue }
      let others = leaves.filter { $0.value != leaf.value }
      if !others.allSatisfy({ liesAlongColumns($0, member, producer) }) {
        // An operand is stored across the columns, so the sums go through scratch after all.
        merged.remove(producer)
        emit(producer)
        break
      }
      // Operand 0 is the sum; the others follow in order.
      var next = 0
      let arguments = leaves.map { read -> ScalarExpression in
        if read.value == leaf.value { return .operand(0) }
        next += 1
        return .operand(next)
      }
      let epilogue = Epilogue(reads: others, expression: body.substituting(arguments))
      switch graph.nodes[producer].kind {
      case .product(let axes): return emitProduct(producer, axes, into: member, epilogue)
      case .convolution(let axes): return emitConvolution(producer, axes, into: member, epilogue)
      default: preconditionFailure("internal: only products are merged")
      }
    }
    let sources = leaves.map { access(member, $0) }
    let place = target(member, rowRank: multipliedRank(member))
    let origins = node.resultAxes.map { start(member, $0) }
    append(
      .compute(
        TileCompute(
          extents: extents(member, node.resultAxes), target: access(member, place),
          sources: sources, expression: body, origins: body.usesCoordinates ? origins : [])))
    write(member)
  }

  /// Whether an operand lies side by side along the columns of a product that the map stores, or is
  /// the same for all of them.
  private mutating func liesAlongColumns(
    _ read: AccessGraph.Read, _ member: Int, _ product: Int
  ) -> Bool {
    let columns: [Int]
    switch graph.nodes[product].kind {
    case .product(let axes): columns = axes.columns
    case .convolution(let axes): columns = axes.result[2].map { [$0] } ?? []
    default: return false
    }
    let strides = access(member, read).strides
    if columns.allSatisfy({ strides[$0] == 0 }) { return true }
    var next = 1
    for axis in columns.reversed() {
      guard strides[axis] == next else { return false }
      next *= graph.nodes[member].space[axis]
    }
    return true
  }

  /// What a product does to its sums before it stores them.
  struct Epilogue {
    var reads: [AccessGraph.Read]
    var expression: ScalarExpression
  }

  /// How many of the innermost dimensions a product inside sums over, reading the result as its left
  /// operand; nil if none does.
  func multipliedRank(_ member: Int) -> Int? {
    for reader in readers(member) {
      guard case .product(let axes) = graph.nodes[reader].kind,
        graph.producer(graph.nodes[reader].reads[0].value) == member
      else { continue }
      return axes.summed.count
    }
    return nil
  }
}
