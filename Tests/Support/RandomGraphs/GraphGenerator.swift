import GraphIR
import GraphOps
import TensorCore

/// Draws valid graphs over the whole catalogue, with many readers of one value and the patterns of
/// ``GraphPattern`` woven in.
///
/// Mostly small shapes, among them lengths of 0 and 1, primes, up to eight axes; now and then a few
/// thousand rows, so that there are several tiles and lanes. The same seed gives the same graph.
package struct GraphGenerator {
  private var stream: RandomStream
  private let seed: UInt64

  package init(seed: UInt64) {
    self.seed = seed
    stream = RandomStream(seed: seed)
  }

  /// The graph of the seed.
  package mutating func graph() -> RandomGraph {
    let isLarge = stream.chance(3)
    let element = stream.pick(weighted: [
      (ElementType.f32, 86), (.f64, 6), (.bf16, 4), (.f16, 4),
    ])
    var lengths = (0..<stream.number(in: 2...4)).map { _ in Self.length(&stream) }
    if stream.chance(12) { lengths = lengths.map { min($0, 3) } + [2] }
    if stream.chance(4) { lengths.append(0) }
    if isLarge { lengths = lengths.map { min($0, 8) } }
    // Most graphs are small, a few have 40 nodes.
    let target = 3 + stream.number(in: 0...stream.pick([2, 4, 6, 8, 10, 14, 37]))
    var canvas = Canvas(
      seed: seed, stream, element: element, lengths: lengths, isLarge: isLarge)
    var patterns: Set<GraphPattern> = []
    Self.begin(&canvas, isLarge: isLarge, rows: 1000 + 7 * stream.number(500))
    Self.grow(&canvas, to: target, &patterns)
    Self.end(&canvas, &patterns)
    guard let graph = try? canvas.builder.finish().graph else {
      preconditionFailure("internal: seed \(seed) drew a graph that its builder refuses")
    }
    return RandomGraph(seed: seed, graph, patterns: patterns.sorted())
  }

  private static func length(_ stream: inout RandomStream) -> Int {
    stream.pick(weighted: [
      (1, 4), (2, 6), (3, 8), (4, 8), (5, 6), (6, 5), (7, 6), (8, 8), (9, 3), (12, 3), (13, 4),
      (16, 5), (17, 3), (24, 2), (31, 2), (32, 2), (33, 2), (47, 1), (64, 1), (65, 1),
    ])
  }

  // MARK: - Stages
  private static func begin(_ canvas: inout Canvas, isLarge: Bool, rows: Int) {
    if isLarge { _ = try? canvas.argument(canvas.element, [rows, canvas.length()]) }
    if canvas.stream.chance(6) {
      // Many axes, all of them short.
      let rank = canvas.stream.number(in: 5...8)
      var shape = [Int](repeating: 1, count: rank)
      for axis in shape.indices { shape[axis] = canvas.stream.pick([1, 2, 2, 3]) }
      _ = try? canvas.argument(canvas.element, shape)
    }
    for _ in 0..<canvas.stream.number(in: 1...3) {
      let rank = canvas.stream.number(in: 1...4)
      var shape = [Int](repeating: 1, count: rank)
      for axis in shape.indices { shape[axis] = canvas.length() }
      _ = try? canvas.argument(canvas.element, shape)
    }
    if canvas.items.isEmpty { _ = try? canvas.argument(canvas.element, [3, 4]) }
  }

  private static func grow(
    _ canvas: inout Canvas, to target: Int, _ patterns: inout Set<GraphPattern>
  ) {
    let steps = Step.allCases.map { ($0, $0.weight) }
    // What does not fit costs a try, so that every seed ends.
    for _ in 0..<6 * target where canvas.nodeCount < target {
      if canvas.stream.chance(18) {
        let pattern = canvas.stream.pick(GraphPattern.allCases)
        let before = canvas.nodeCount
        if (try? canvas.draw(pattern)) != nil, canvas.nodeCount > before {
          patterns.insert(pattern)
        }
      } else {
        let step = canvas.stream.pick(weighted: steps)
        _ = try? canvas.draw(step)
      }
    }
  }

  /// Every value that nothing reads is returned, and a few others: from the middle of a chain, a
  /// view of one, an input.
  private static func end(_ canvas: inout Canvas, _ patterns: inout Set<GraphPattern>) {
    if canvas.stream.chance(25), let made = try? canvas.existing(where: { !$0.isExact }) {
      let view =
        canvas.stream.chance(50) ? try? canvas.transposed(made) : try? canvas.sliced(made)
      if view != nil { patterns.insert(.viewAsOutput) }
    }
    let inputs = Set(canvas.items.filter { $0.isExact }.map(\.place))
    var ends = canvas.items.filter { canvas.useCounts[$0.place] == 0 }
    if ends.count > 8 { ends = Array(ends.suffix(8)) }
    if canvas.stream.chance(35) {
      for item in canvas.items
      where canvas.useCounts[item.place] > 0 && !inputs.contains(item.place)
        && canvas.stream.chance(12) && ends.count < 10
      {
        ends.append(item)
        patterns.insert(.middleOfChainAsOutput)
      }
    }
    if canvas.stream.chance(6) {
      ends.append(canvas.items[0])
      patterns.insert(.inputAsOutput)
    }
    for (index, item) in canvas.stream.shuffled(ends).enumerated() {
      canvas.builder.result("y\(index)", item.tensor)
    }
  }
}
