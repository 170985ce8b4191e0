import GraphIR
import TensorCore

/// A graph that a seed made, or that came from a file, with the seed of its values.
package struct RandomGraph: Sendable, CustomStringConvertible {
  package var seed: UInt64
  package var graph: Graph
  /// What was woven in on purpose, each once, alphabetically.
  package var patterns: [GraphPattern] = []

  package init(seed: UInt64, _ graph: Graph, patterns: [GraphPattern] = []) {
    self.seed = seed
    self.graph = graph
    self.patterns = patterns
  }

  package var description: String { "seed \(seed)" }

  /// The values of the arguments, or of the parameters, by name.
  package func values(_ role: Graph.Input.Role) -> [String: HostTensor] {
    var values: [String: HostTensor] = [:]
    for input in graph.inputs where input.role == role {
      values[input.name] = Self.value(of: input.name, role, graph.type(input.value), seed: seed)
    }
    return values
  }

  /// The table of parameters; where they start plays no part.
  package var parameters: [Parameter] {
    graph.parameters.map {
      Parameter(path: $0.name, type: graph.type($0.value), initialiser: .zeros)
    }
  }

  /// The value of an input: a function of seed, name and type, so that a graph as text says all.
  ///
  /// Arguments are standard normal, parameters uniform with the deviation that keeps a product's
  /// result as large as its operand; integers are small, so that they index and compare.
  static func value(
    of name: String, _ role: Graph.Input.Role, _ type: TensorType, seed: UInt64
  ) -> HostTensor {
    let key = Key(seed).folded("\(role.rawValue) \(name)")
    let count = type.shape.count
    if type == .u64([]) { return .u64([], [key.folded(0).bits]) }
    if type.element == .bool {
      return HostTensor(type, integers: (0..<count).map { key.uniform(at: $0) < 0.5 ? 0 : 1 })
    }
    guard type.element.isFloating else {
      let low = type.element.isUnsigned ? 0.0 : -9
      return HostTensor(
        type, integers: (0..<count).map { Int64(low + (19 * key.uniform(at: $0)).rounded(.down)) })
    }
    if role == .argument { return HostTensor(type, converting: (0..<count).map(key.normal(at:))) }
    let outputs = type.shape.dimensions.last ?? 1
    let fanIn = type.rank > 1 ? count / max(outputs, 1) : 8
    let bound = (3 / Double(max(fanIn, 1))).squareRoot()
    return HostTensor(type, converting: (0..<count).map { bound * (2 * key.uniform(at: $0) - 1) })
  }
}
