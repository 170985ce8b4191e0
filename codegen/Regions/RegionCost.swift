import GraphIR
import TensorCore

// What nodes cost, from shapes alone: enough to choose tiles and to weigh fusions.

extension AccessGraph {
  /// 2 x multiply-adds of a product or convolution; 0 for everything else.
  package func flops(_ node: Int) -> Int {
    switch nodes[node].kind {
    case .product: return 2 * nodes[node].count
    case .convolution(let axes):
      let window = axes.window.size.reduce(1, *) * axes.imageLengths[2] / axes.groups
      return 2 * resultCount(node) * window
    case .fold(.add, .apply(.multiply, [.operand(0), .operand(1)]), _): return 2 * nodes[node].count
    default: return 0
    }
  }

  package func resultCount(_ node: Int) -> Int {
    nodes[node].space.prefix(nodes[node].resultRank).reduce(1, *)
  }

  /// Work in units of one multiply-add's two operations; functions count as a few.
  func work(_ node: Int) -> Int {
    let count = nodes[node].count
    switch nodes[node].kind {
    case .product, .convolution: return flops(node)
    case .map(let body): return resultCount(node) * body.work
    case .fold(_, let body, _): return count * (1 + body.work)
    case .moments: return 5 * count
    case .pieces, .gather: return 2 * resultCount(node)
    case .random: return 40 * resultCount(node)
    case .reinterpret: return 0
    }
  }
}

extension ScalarExpression {
  var work: Int {
    switch self {
    case .operand, .constant, .coordinate: return 0
    case .cast(_, let x): return 1 + x.work
    case .apply(let function, let list):
      let own =
        switch function {
        case .exponential, .exponentialMinusOne, .logarithm, .logarithmPlusOne, .sine, .cosine,
          .tanh, .sigmoid, .softplus, .errorFunction, .power, .remainder:
          20
        case .divide, .squareRoot, .reciprocalSquareRoot: 8
        default: 1
        }
      return list.reduce(own) { $0 + $1.work }
    }
  }
}
