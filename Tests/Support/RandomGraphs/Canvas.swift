import GraphIR
import GraphOps
import TensorCore

/// A graph while it is drawn: each value is computed as soon as it is made, so that no operation
/// leaves the range in which a comparison of results means something.
struct Canvas {
  /// A value that exists: where it stands in the graph, and what it is.
  struct Item {
    var tensor: Tensor
    var value: HostTensor
    /// Holds no rounded sum or product, so that every way of computing it gives the same bits.
    var isExact: Bool
    var place: Int

    var shape: [Int] { value.shape.dimensions }
    var element: ElementType { value.element }
    var rank: Int { shape.count }
  }

  /// This operation does not go here; another one will.
  struct Stuck: Error {}

  let seed: UInt64
  let builder: GraphBuilder
  var stream: RandomStream
  /// The floating type of most values.
  let element: ElementType
  /// Lengths of axes, few of them, so that values fit each other.
  let lengths: [Int]
  private(set) var items: [Item] = []
  private(set) var useCounts: [Int] = []
  private(set) var nodeCount = 0
  /// Multiply-adds and elements that may still be spent.
  private(set) var budget: Int
  /// Whether a value has a few thousand rows.
  let isLarge: Bool
  private let largestCount: Int
  private var argumentCount = 0
  private var parameterCount = 0

  init(
    seed: UInt64, _ stream: RandomStream, element: ElementType, lengths: [Int], isLarge: Bool
  ) {
    self.seed = seed
    self.stream = stream
    self.element = element
    self.lengths = lengths
    self.isLarge = isLarge
    budget = isLarge ? 2_500_000 : 120_000
    largestCount = budget / 8
    builder = GraphBuilder("s\(seed)")
  }
}

// MARK: - Inputs
extension Canvas {
  mutating func argument(_ element: ElementType, _ dimensions: [Int]) throws(Stuck) -> Item {
    let name = "x\(argumentCount)"
    let item = try input(name, .argument, element, dimensions) {
      $0.argument(name, element, dimensions)
    }
    argumentCount += 1
    return item
  }

  /// A parameter whose path is no other graph's.
  mutating func parameter(_ element: ElementType, _ dimensions: [Int]) throws(Stuck) -> Item {
    let name = "s\(seed).w\(parameterCount)"
    let item = try input(name, .parameter, element, dimensions) {
      $0.parameter(name, element, dimensions, .zeros)
    }
    parameterCount += 1
    return item
  }

  private mutating func input(
    _ name: String, _ role: Graph.Input.Role, _ element: ElementType, _ dimensions: [Int],
    _ make: (GraphBuilder) -> Tensor
  ) throws(Stuck) -> Item {
    guard let shape = try? Shape(checking: dimensions), shape.count <= largestCount else {
      throw Stuck()
    }
    let value = RandomGraph.value(of: name, role, TensorType(element, shape), seed: seed)
    return append(make(builder), value, isExact: true)
  }

  private mutating func append(_ tensor: Tensor, _ value: HostTensor, isExact: Bool) -> Item {
    let item = Item(tensor: tensor, value: value, isExact: isExact, place: items.count)
    items.append(item)
    useCounts.append(0)
    return item
  }
}

// MARK: - Nodes
extension Canvas {
  /// The results of `operation`, unless it refuses its operands, costs too much, or its result
  /// leaves the range.
  mutating func apply(_ operation: any Operation, _ operands: [Item]) throws(Stuck) -> [Item] {
    let types = operands.map(\.value.type)
    guard let results = try? operation.resultTypes(of: types),
      results.allSatisfy({ $0.shape.count <= largestCount }),
      Domain.holds(operation, operands.map(\.value))
    else { throw Stuck() }
    let cost = Self.cost(operation, types, results)
    guard cost <= budget else { throw Stuck() }
    let values = operation.evaluate(operands.map(\.value))
    guard values.allSatisfy(Domain.isSane) else { throw Stuck() }
    budget -= cost
    nodeCount += 1
    for operand in operands { useCounts[operand.place] += 1 }
    let isExact = operands.allSatisfy(\.isExact) && Domain.isExact(operation, results[0].element)
    let tensors = builder.apply(operation, operands.map(\.tensor))
    return zip(tensors, values).map { append($0, $1, isExact: isExact) }
  }

  mutating func one(_ operation: any Operation, _ operands: Item...) throws(Stuck) -> Item {
    try apply(operation, operands)[0]
  }

  mutating func map(_ function: ScalarFunction, _ operands: Item...) throws(Stuck) -> Item {
    try apply(Elementwise(function), operands)[0]
  }

  /// A constant of the element type of `item`, as a scalar.
  mutating func scalar(_ number: Double, like item: Item) throws(Stuck) -> Item {
    try one(Constant(HostTensor(TensorType(item.element, []), repeating: number)))
  }

  /// A value that is read no more is no result by itself.
  mutating func markUsed(_ item: Item) { useCounts[item.place] += 1 }

  /// Elements and multiply-adds, roughly.
  private static func cost(
    _ operation: any Operation, _ operands: [TensorType], _ results: [TensorType]
  ) -> Int {
    let elements = (operands + results).reduce(0) { $0 + $1.shape.count }
    let (result, first) = (results[0].shape, operands.first?.shape ?? [])
    switch operation {
    case let contract as Contract:
      guard let axes = try? contract.parsed() else { return elements }
      return axes.lengths(operands[0].shape, operands[1].shape).values.reduce(1, *)
    case is Convolution:
      let kernel = operands[1].shape
      return result.count * kernel[0] * kernel[1] * kernel[2]
    case let pool as AveragePool: return result.count * pool.size[0] * pool.size[1]
    case is Attention:
      let keys = operands[1].shape[operands[1].rank - 2]
      return elements + (first.count + result.count) * keys
    default: return elements
    }
  }
}
