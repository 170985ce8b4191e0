import ExecutionPlan
import GraphIR
import GraphLowering
import GraphRegions
import TensorCore
import TileIR

/// One graph, its values, and what its results must be.
struct Case {
  let drawn: RandomGraph
  let judge: RoundingAnalysis
  private let level: TargetLevel
  private let arguments: [String: HostTensor]
  private let parameters: [String: HostTensor]

  init(_ drawn: RandomGraph, _ judge: RoundingAnalysis, _ level: TargetLevel) {
    self.drawn = drawn
    self.judge = judge
    self.level = level
    arguments = drawn.values(.argument)
    parameters = drawn.values(.parameter)
  }

  /// Both interpreters against the analysis, which evaluates another graph: the expanded one.
  func checkInterpreters() throws {
    for rounding in [Interpreter.Rounding.exact, .perOperation] {
      let results = try Interpreter(rounding).run(drawn.graph, arguments, parameters: parameters)
      try check(results, Variant(isInterpreted: true), "interpreter, \(rounding): ")
    }
  }

  /// Regions and plans obey their laws, and every kernel stays inside what its step binds.
  func checkLaws(_ entry: EntryPlan, _ variant: Variant) throws {
    if let problem = RegionVerifier.problems(in: entry.partition).first {
      throw Finding(.brokenPlan, variant, level, "\(problem)\n\(entry.partition)", drawn)
    }
    for plan in [entry.run, entry.prepare] {
      if let problem = PlanVerifier.problems(in: plan).first {
        throw Finding(.brokenPlan, variant, level, "\(problem)", drawn)
      }
      for step in plan.steps {
        guard let kernel = entry.kernels.first(where: { $0.name == step.kernel }) else { continue }
        let counts = zip(step.bindings, kernel.program.buffers).map { binding, buffer in
          binding.byteCount / buffer.element.byteCount
        }
        do {
          try TileVerifier.check(kernel.program, bufferCounts: counts)
        } catch {
          let message = "\(plan.name), \(step.name): \(error)\n\(kernel.program)"
          throw Finding(.brokenPlan, variant, level, message, drawn)
        }
      }
    }
  }

  /// Machine code: results, and the same bits on one and two threads, or on many.
  func check(_ code: Code, _ entry: EntryPlan, _ variant: Variant, many: Bool) throws {
    let runs = try code.results(
      entry, arguments: arguments, parameters: parameters, many: many)
    for other in runs.dropFirst() where other != runs[0] {
      throw Finding(.otherBits, variant, level, difference(runs[0], other), drawn)
    }
    let outputs = runs[0].suffix(drawn.graph.results.count)
    let results = try outputs.enumerated().map { try tensor($0.offset, $0.element) }
    try check(results, variant)
  }

  /// The tile interpreter on the same plan.
  func checkTiles(_ entry: EntryPlan, _ variant: Variant) throws {
    var variant = variant
    variant.isInterpreted = true
    let results = try PlanInterpreter.run(
      entry, drawn.graph, arguments, parameters: parameters)
    try check(results, variant)
  }
}

// MARK: - Judging
extension Case {
  private func check(_ results: [HostTensor], _ variant: Variant, _ who: String = "") throws {
    guard judge.undecided == nil else { return }
    for (index, result) in results.enumerated() {
      let positions = judge.differences(result, result: index)
      guard let position = positions.first else { continue }
      throw Finding(
        .wrongResult, variant, level,
        "\(who)\(place(index, position)): \(shown(result, position)) instead of "
          + "\(shown(judge.exact[index], position)), "
          + "tolerance \(judge.tolerances[index][position]); "
          + "\(positions.count) of \(result.count) elements differ",
        drawn)
    }
  }

  private func difference(_ first: [[UInt8]], _ second: [[UInt8]]) -> String {
    let weights = first.count - drawn.graph.results.count
    let index = first.indices.first { first[$0] != second[$0] } ?? 0
    let byte = zip(first[index], second[index]).prefix { $0 == $1 }.count
    let others = "more threads, or in a second run"
    guard index >= weights, let a = try? tensor(index - weights, first[index]),
      let b = try? tensor(index - weights, second[index])
    else { return "prepared weights: byte \(byte) differs on one thread and on \(others)" }
    let position = byte / a.element.byteCount
    return place(index - weights, position)
      + ": \(shown(a, position)) on one thread, \(shown(b, position)) on \(others)"
  }

  private func tensor(_ index: Int, _ bytes: [UInt8]) throws -> HostTensor {
    try HostTensor(drawn.graph.type(drawn.graph.results[index].value), bytes: bytes)
  }

  private func shown(_ tensor: HostTensor, _ position: Int) -> String {
    position < tensor.count ? "\(tensor.numbers[position])" : "nothing"
  }

  /// `y0[2, 3] of f32[4, 4]`.
  private func place(_ index: Int, _ position: Int) -> String {
    let result = drawn.graph.results[index]
    let type = drawn.graph.type(result.value)
    var rest = position
    let coordinates = type.shape.strides.map { stride in
      defer { rest %= stride }
      return rest / stride
    }
    return "\(result.name)\(coordinates) of \(type)"
  }
}
