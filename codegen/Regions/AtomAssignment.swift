import GraphIR
import TensorCore

/// Which operand of which node of a ``FormGraph``.
package struct ReadKey: Hashable {
  package var node: Int
  package var operand: Int

  package init(node: Int, operand: Int) {
    self.node = node
    self.operand = operand
  }
}

/// Gives every dimension of a graph its atoms.
///
/// Goes through the nodes in order and ties each operand's dimensions to those of the result that
/// walk over the same positions. Where factors do not match, that one read goes through a
/// reinterpretation of the finished operand, whose dimensions start anew.
package struct AtomAssignment {
  private let graph: FormGraph
  package private(set) var atoms = ShapeAtoms()
  /// By value, then by dimension.
  private var dimensions: [[[Int]]]
  private var reinterpreted: [ReadKey: [[Int]]] = [:]
  /// Reshapes without common factors.
  package private(set) var opaqueReshapes: Set<Int> = []

  package init(_ graph: FormGraph) {
    self.graph = graph
    dimensions = [[[Int]]](repeating: [], count: graph.types.count)
    for input in graph.inputs { define(input) }
    for node in graph.nodes.indices { assign(node) }
  }

  /// Atoms of each dimension of a value.
  package func dimensions(_ value: Int) -> [[Int]] { dimensions[value].map(atoms.resolved) }

  /// Atoms of each dimension as one operand reads it; nil if it reads the value as it is.
  package func reinterpretation(_ key: ReadKey) -> [[Int]]? {
    reinterpreted[key].map { $0.map(atoms.resolved) }
  }

  // MARK: - Constraints
  private func shape(_ value: Int) -> Shape { graph.types[value].shape }

  private mutating func define(_ value: Int) {
    dimensions[value] = fresh(value)
  }

  private mutating func fresh(_ value: Int) -> [[Int]] {
    shape(value).dimensions.map { atoms.dimension($0) }
  }

  /// Keeps dimensions of an operand whole and ties others to atoms of the node.
  private mutating func constrain(
    _ node: Int, _ operand: Int, whole: [Int] = [], ties: [(dimension: Int, to: [Int])]
  ) {
    let value = graph.nodes[node].operands[operand]
    if satisfies(dimensions[value], whole, ties) { return }
    let own = fresh(value)
    guard satisfies(own, whole, ties) else {
      preconditionFailure("internal: a new dimension does not take the factors of another")
    }
    reinterpreted[ReadKey(node: node, operand: operand)] = own
  }

  private mutating func satisfies(
    _ dimensions: [[Int]], _ whole: [Int], _ ties: [(dimension: Int, to: [Int])]
  ) -> Bool {
    atoms.trying { atoms in
      whole.allSatisfy { atoms.keepWhole(dimensions[$0]) }
        && ties.allSatisfy { atoms.unify(dimensions[$0.dimension], $0.to) }
    }
  }

  // MARK: - Nodes
  private mutating func assign(_ number: Int) {
    let node = graph.nodes[number]
    let result = node.results[0]
    define(result)
    for other in node.results.dropFirst() { dimensions[other] = dimensions[result] }
    let own = dimensions[result]
    switch node.form {
    case .map:
      for (position, operand) in node.operands.enumerated() {
        let lead = shape(result).rank - shape(operand).rank
        let ties = (0..<shape(operand).rank).filter { shape(operand)[$0] != 1 }
        constrain(number, position, ties: ties.map { ($0, own[$0 + lead]) })
      }
    case .reduce(let reduction):
      // An index counts along one axis.
      assignKept(number, without: reduction.axes, whole: reduction.givesIndex)
    case .moments(let axes): assignKept(number, without: axes, whole: false)
    case .contract(let contraction): assign(number, contraction)
    case .window(let window): assign(number, window)
    case .move(.reshape):
      let operand = node.operands[0]
      let flat = dimensions[operand].flatMap { $0 }
      if shape(operand).count == 0 || !atoms.unify(flat, own.flatMap { $0 }) {
        opaqueReshapes.insert(number)
      }
    case .move(.pieces(let pieces, _)): assign(number, pieces)
    case .gather(let axis):
      let (rank, picked) = (shape(node.operands[0]).rank, shape(node.operands[1]).rank)
      let ties = (0..<rank).filter { $0 != axis }
        .map { (dimension: $0, to: own[$0 < axis ? $0 : $0 + picked - 1]) }
      constrain(number, 0, whole: [axis], ties: ties)
      constrain(number, 1, ties: (0..<picked).map { ($0, own[axis + $0]) })
    case .random, .constant, .decompose: break
    }
  }

  private mutating func assignKept(_ number: Int, without axes: [Int], whole: Bool) {
    let node = graph.nodes[number]
    let (operand, own) = (shape(node.operands[0]), dimensions[node.results[0]])
    let keepsAxes = own.count == operand.rank
    var next = 0
    var ties: [(dimension: Int, to: [Int])] = []
    for dimension in 0..<operand.rank {
      if axes.contains(dimension) {
        if keepsAxes { next += 1 }
        continue
      }
      ties.append((dimension, own[next]))
      next += 1
    }
    constrain(number, 0, whole: whole ? axes : [], ties: ties)
  }

  private mutating func assign(_ number: Int, _ contraction: Contraction) {
    let own = dimensions[graph.nodes[number].results[0]]
    func ties(_ labels: [Character]) -> [(dimension: Int, to: [Int])] {
      labels.enumerated().compactMap { position, label in
        contraction.result.firstIndex(of: label).map { (position, own[$0]) }
      }
    }
    constrain(number, 0, ties: ties(contraction.left))
    let left = current(number, 0)
    let summed = contraction.summed.map { label in
      (
        dimension: contraction.right.firstIndex(of: label)!,
        to: left[contraction.left.firstIndex(of: label)!]
      )
    }
    constrain(number, 1, ties: ties(contraction.right) + summed)
  }

  private func current(_ node: Int, _ operand: Int) -> [[Int]] {
    reinterpreted[ReadKey(node: node, operand: operand)]
      ?? dimensions[graph.nodes[node].operands[operand]]
  }

  /// Windows slide along whole rows and columns.
  private mutating func assign(_ number: Int, _ window: Window) {
    let own = dimensions[graph.nodes[number].results[0]]
    switch window.kind {
    case .convolution:
      keepWhole(own[1...])
      constrain(number, 0, whole: [1, 2, 3], ties: [(0, own[0])])
      constrain(number, 1, whole: [0, 1, 2, 3], ties: [])
    case .average:
      keepWhole(own[1...2])
      constrain(number, 0, whole: [1, 2], ties: [(0, own[0]), (3, own[3])])
    }
  }

  private mutating func keepWhole(_ dimensions: ArraySlice<[Int]>) {
    for dimension in dimensions where !atoms.keepWhole(dimension) {
      preconditionFailure("internal: a new dimension is not whole")
    }
  }

  private mutating func assign(_ number: Int, _ pieces: [Move.Piece]) {
    let node = graph.nodes[number]
    let result = shape(node.results[0])
    let own = dimensions[node.results[0]]
    for piece in pieces {
      for axis in 0..<result.rank where piece.lengths[axis] != result[axis] {
        keepWhole([own[axis]])
      }
      let operandShape = shape(node.operands[piece.operand])
      for (dimension, index) in piece.dimensions.enumerated() {
        let length = operandShape[dimension]
        if let axis = index.axis, piece.lengths[axis] > 1,
          index.start != 0 || index.step != 1 || length != result[axis]
        {
          keepWhole([own[axis]])
        }
      }
    }
    for operand in node.operands.indices {
      var whole: [Int] = []
      var ties: [(dimension: Int, to: [Int])] = []
      for piece in pieces where piece.operand == operand && !piece.lengths.contains(0) {
        for (dimension, index) in piece.dimensions.enumerated() {
          guard let axis = index.axis, piece.lengths[axis] > 1 else { continue }
          if index.start == 0, index.step == 1, piece.lengths[axis] == result[axis],
            shape(node.operands[operand])[dimension] == result[axis]
          {
            ties.append((dimension, own[axis]))
          } else {
            whole.append(dimension)
          }
        }
      }
      constrain(number, operand, whole: whole, ties: ties)
    }
  }
}
