import GraphIR
import GraphOps
import TensorCore

/// What rounding can do to the results of a graph, found by letting it happen.
///
/// The graph is expanded into single operations and evaluated in `Double`: once exactly, and
/// ``runCount`` times with every result moved by a random amount as large as the error that
/// computing it once in its element type may have. With u the unit roundoff of the type, n the
/// number of terms and t the terms, that is
///
///     u · 2|y|                   for an elementwise function (budgets: docs/vector-math.md)
///     u · (1 + sqrt(n)/2) Σ|t|   for a sum or product of n terms in any order
///     u · (1 + n/2) Σ|t|         for one of equal terms, whose errors do not cancel; of terms of which
///                                a share is equal, that share of n
///     u · |y|                    for a cast to the type; moves and whole numbers are exact
///
/// So correlations, cancellation and amplification along all paths are those of the graph itself,
/// where worst-case bounds grow without limit in a chain of products. The tolerance at i is
///
///     tolerance[i] = c · (d[i] + mean(d) + u|y[i]|)
///
/// where d[i] is the largest deviation at i of the runs. Its mean over the tensor stands beside it
/// because a few samples of one position can all be near 0; c = ``factor``. Where the mean is small
/// too, all but one in c to the power of ``runCount`` positions are judged right: with three runs and
/// thousands of positions, a correct softmax was found wrong in 70,000 graphs.
///
/// A jump (comparison, `floor`, arg max, a cast to integers) whose operand lies within this band of
/// where it jumps makes the graph *undecided*: its values are not compared, and it is counted.
///
/// - Source: stochastic arithmetic: Parker, "Monte Carlo arithmetic", 1997; running errors of sums:
///   Higham, "Accuracy and stability of numerical algorithms", §3.1 and §4.2.
package struct RoundingAnalysis: Sendable {
  static let runCount = 5
  static let factor = 16.0

  /// The exact results, in the graph's order.
  package private(set) var exact: [HostTensor] = []
  /// How far each element of each result may be from exact.
  package private(set) var tolerances: [[Double]] = []
  /// Why values say nothing, or nil.
  package private(set) var undecided: String?

  /// - Errors: those of expanding compositions, which are mistakes of the operations.
  package init(_ drawn: RandomGraph) throws(Diagnostic) {
    let graph = try drawn.graph.expanded()
    var noise = Noise(seed: drawn.seed)
    var states = [State?](repeating: nil, count: graph.values.count)
    let values = [
      Graph.Input.Role.argument: drawn.values(.argument), .parameter: drawn.values(.parameter),
    ]
    for input in graph.inputs {
      let value = values[input.role]![input.name]!
      states[input.value.index] = State(
        exact: value, runs: [HostTensor](repeating: value, count: Self.runCount), isExact: true)
    }
    for node in graph.nodes {
      let operands = node.operands.map { states[$0.index]! }
      if undecided == nil, Domain.jumps(node.operation, operands.map(\.exact.type)),
        !operands.allSatisfy(\.isExact), Self.jumpIsNear(node.operation, operands)
      {
        undecided = "\(node.operation.name) jumps within the error of its operand"
      }
      let results = Self.results(node.operation, operands, &noise)
      for (id, result) in zip(node.results, results) { states[id.index] = result }
    }
    for result in graph.results {
      let state = states[result.value.index]!
      exact.append(state.exact)
      tolerances.append(state.tolerances)
      if case .reals(let values) = state.exact.storage, undecided == nil {
        let largest = state.exact.element == .f16 ? 60_000.0 : 1e30
        if !values.allSatisfy({ abs($0) < largest }) {
          undecided = "\(result.name) leaves the range of its type"
        }
      }
    }
  }

  /// Where `values`, computed in some way, differ from the exact ones by more than they may.
  package func differences(_ values: HostTensor, result: Int) -> [Int] {
    let tolerance = tolerances[result]
    switch (values.storage, exact[result].storage) {
    case (.reals(let actual), .reals(let expected)):
      // Not `>`: a NaN differs.
      return actual.indices.filter { !(abs(actual[$0] - expected[$0]) <= tolerance[$0]) }
    case (.integers(let actual), .integers(let expected)):
      return actual.indices.filter { actual[$0] != expected[$0] }
    default: preconditionFailure("internal: result \(result) has another type")
    }
  }
}

// MARK: - One value
extension RoundingAnalysis {
  private struct State {
    var exact: HostTensor
    var runs: [HostTensor]
    var isExact: Bool

    var tolerances: [Double] {
      guard case .reals(let values) = exact.storage else {
        return [Double](repeating: 0, count: exact.count)
      }
      if isExact { return [Double](repeating: 0, count: exact.count) }
      var deviations = [Double](repeating: 0, count: values.count)
      for run in runs {
        let moved = run.reals
        for index in values.indices {
          deviations[index] = max(deviations[index], abs(moved[index] - values[index]))
        }
      }
      let mean = deviations.reduce(0, +) / Double(max(deviations.count, 1))
      let unit = exact.element.unitRoundoff
      return values.indices.map {
        factor * (deviations[$0] + mean + unit * abs(values[$0])) + exact.element.smallest
      }
    }
  }

  /// The results of one operation in all runs, each run with rounding of its own.
  private static func results(
    _ operation: any Operation, _ operands: [State], _ noise: inout Noise
  ) -> [State] {
    let exact = operation.evaluate(operands.map(\.exact))
    let isExact =
      operands.allSatisfy(\.isExact) && Domain.isExact(operation, exact[0].element)
    if isExact {
      return exact.map {
        State(exact: $0, runs: [HostTensor](repeating: $0, count: runCount), isExact: true)
      }
    }
    let sizes = errorSizes(operation, operands.map(\.exact), exact)
    var runs = [[HostTensor]](repeating: [], count: exact.count)
    for run in 0..<runCount {
      let values = operation.evaluate(operands.map { $0.runs[run] })
      for (index, value) in values.enumerated() {
        runs[index].append(noise.moved(value, by: sizes[index]))
      }
    }
    return zip(exact, runs).map { State(exact: $0, runs: $1, isExact: !$0.element.isFloating) }
  }

  /// How far rounding moves each element of each result; nil for not at all.
  private static func errorSizes(
    _ operation: any Operation, _ operands: [HostTensor], _ results: [HostTensor]
  ) -> [[Double]?] {
    guard operation is Moments else {
      let others = [[Double]?](repeating: nil, count: results.count - 1)
      return [errorSize(operation, operands, results[0])] + others
    }
    let unit = results[0].element.unitRoundoff
    let count = Double(operands[0].count) / Double(max(results[0].count, 1))
    let means = sumError(operation, operands, unit, count) ?? []
    // What the mean is off by enters the variance squared.
    let variances = zip(results[1].reals, means).map {
      unit * (2 + count.squareRoot() / 2) * $0 + $1 * $1
    }
    return [means, variances]
  }

  private static func errorSize(
    _ operation: any Operation, _ operands: [HostTensor], _ result: HostTensor
  ) -> [Double]? {
    guard case .reals(let values) = result.storage else { return nil }
    let unit = result.element.unitRoundoff
    switch operation {
    case let reduce as Reduce where reduce.combiner == .sum || reduce.combiner == .product:
      let count = Double(operands[0].count) / Double(max(result.count, 1))
      return sumError(operation, operands, unit, count)
    case let contract as Contract:
      guard let axes = try? contract.parsed() else { return nil }
      let lengths = axes.lengths(operands[0].shape, operands[1].shape)
      return sumError(
        operation, operands, unit, Double(axes.summed.reduce(1) { $0 * lengths[$1]! }))
    case is Convolution:
      let kernel = operands[1].shape
      return sumError(operation, operands, unit, Double(kernel[0] * kernel[1] * kernel[2]))
    case let pool as AveragePool:
      return sumError(operation, operands, unit, Double(pool.size[0] * pool.size[1]))
    case is Cast: return values.map { unit * abs($0) }
    case is Elementwise where !Domain.isExact(operation, result.element),
      is RandomNormal:
      return values.map { 2 * unit * abs($0) }
    default: return nil
    }
  }

  private static func sumError(
    _ operation: any Operation, _ operands: [HostTensor], _ unit: Double, _ count: Double
  ) -> [Double]? {
    let magnitudes = operation.evaluate(operands.map { $0.mappingReals(abs) })[0].reals
    let size = unit * (1 + count.squareRoot() / 2)
    if count < 64 { return magnitudes.map { size * $0 } }
    let squares = operation.evaluate(operands.map { $0.mappingReals { $0 * $0 } })[0].reals
    let scale = operation is Moments ? 1 : count
    let share = operands.reduce(1) { $0 * $1.largestEqualShare }
    let mixed = max(size, unit * (1 + share * count / 2))
    return zip(magnitudes, squares).map { magnitude, square in
      // Cauchy and Schwarz: as small as this only where all terms are equal.
      let isEqual = scale * square <= magnitude * magnitude * (1 + 1e-6)
      return (isEqual ? unit * (1 + count / 2) : mixed) * magnitude
    }
  }
}

extension HostTensor {
  /// The share of the elements that have the most frequent value but zero, which adds no error.
  fileprivate var largestEqualShare: Double {
    guard case .reals(let values) = storage else { return 1 }
    var (longest, length, last) = (0, 0, Double.nan)
    for value in values.sorted() where value != 0 {
      length = value == last ? length + 1 : 1
      (longest, last) = (max(longest, length), value)
    }
    return Double(longest) / Double(max(values.count, 1))
  }
}

// MARK: - Jumps
extension RoundingAnalysis {
  /// Whether an operand could be rounded so that the operation jumps.
  private static func jumpIsNear(_ operation: any Operation, _ operands: [State]) -> Bool {
    // Equality holds at one point only, which moving past it would miss.
    var operation = operation
    if let equality = operation as? Elementwise, [.equal, .notEqual].contains(equality.function) {
      operation = Elementwise(.less)
    }
    let results = operation.evaluate(operands.map(\.exact))
    let bands = operands.map(\.tolerances)
    let isChoice = operation is ReduceWithIndex
    for sign in [-1.0, 1] {
      var moved = operands.map(\.exact)
      for index in moved.indices {
        guard case .reals(let values) = moved[index].storage else { continue }
        // Operands move against each other, so that a comparison shows.
        let direction = index == 0 ? sign : -sign
        moved[index] = HostTensor(
          moved[index].type,
          reals: values.indices.map { position in
            // Neighbours move against each other, so that the order of extrema shows.
            let flip = isChoice && position % 2 == 1 ? -1.0 : 1
            return values[position] + direction * flip * bands[index][position]
          })
      }
      let others = operation.evaluate(moved)
      if let remainder = operation as? Elementwise, remainder.function == .remainder {
        // A remainder jumps by the divisor.
        for (x, y) in zip(results[0].reals, others[0].reals) where abs(x - y) > 0.25 {
          return true
        }
      } else if results.last != others.last {
        return true
      }
    }
    return false
  }
}

/// Random signs and sizes of rounding errors; the same for the same seed.
private struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// Uniform in (-1, 1). Quality does not matter here, speed does.
  private mutating func next() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(Int64(bitPattern: state)) * 0x1p-63
  }

  mutating func moved(_ value: HostTensor, by size: [Double]?) -> HostTensor {
    guard let size, case .reals(let values) = value.storage else { return value }
    return HostTensor(
      value.type,
      reals: values.indices.map { index in
        let step = next() * size[index]
        // Infinities are exact.
        return values[index].isFinite ? values[index] + step : values[index]
      })
  }
}

extension ElementType {
  /// Half the distance from 1 to the next larger value.
  var unitRoundoff: Double {
    switch self {
    case .f64: 0x1p-53
    case .f32: 0x1p-24
    case .f16: 0x1p-11
    case .bf16: 0x1p-8
    default: 0
    }
  }

  /// Where relative errors end: the smallest normal number.
  var smallest: Double {
    switch self {
    case .f64: 0x1p-1022
    case .f16: 0x1p-14
    default: 0x1p-126
    }
  }
}
