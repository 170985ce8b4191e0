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
    switch nodes[node].kind {
    case .product, .convolution: return flops(node)
    case .map(let body): return resultCount(node) * body.work
    case .fold(_, let body, _): return nodes[node].count * (1 + body.work)
    case .moments: return 5 * nodes[node].count
    case .pieces, .gather: return 2 * resultCount(node)
    // Rounds of multiplications, a logarithm, an angle: about 50 cycles of a core for each number.
    case .random: return 800 * resultCount(node)
    case .reinterpret: return 0
    }
  }
}

extension AccessGraph {
  /// Terms and elements that a graph may have altogether: hours of the fastest machine, and few enough
  /// that no cost overflows.
  static let mostTerms = 0x1p54

  /// - Errors: `graph.too-much-work`.
  func checkCost() throws(Diagnostic) {
    var total = 0.0
    for (number, node) in nodes.enumerated() {
      let terms: Double
      if case .convolution(let axes) = node.kind {
        let window = axes.window.size + [axes.imageLengths[2] / axes.groups]
        terms = window.reduce(Double(resultCount(number))) { $0 * Double($1) }
      } else {
        terms = node.space.reduce(1) { $0 * Double($1) }
      }
      total += terms
      guard total <= Self.mostTerms else {
        throw .tooMuchWork(terms, of: total).placed(at: label(number))
      }
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
