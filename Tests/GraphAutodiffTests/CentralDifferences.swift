import GraphAutodiff
import GraphIR
import GraphOps
import TensorCore

/// Gradients by reverse mode and by central differences, both in `Double`.
struct CentralDifferences {
  /// With one floating result `loss`.
  let graph: Graph
  let differentiated: Graph
  let arguments: [String: HostTensor]
  let variables: [String]

  init(_ graph: Graph, _ arguments: [String: HostTensor], _ variables: [String]) throws {
    self.graph = graph
    self.arguments = arguments
    self.variables = variables
    differentiated = try graph.differentiated(
      "loss", withRespectTo: variables, keepingResults: false)
    try Verifier.check(differentiated)
  }

  func loss(_ name: String, _ value: HostTensor) throws -> Double {
    var changed = arguments
    changed[name] = value
    return try Interpreter(.exact).run(graph, of(.argument, changed), parameters: changed)
      .last!.reals[0]
  }

  /// The values of inputs of one role.
  private func of(
    _ role: Graph.Input.Role, _ values: [String: HostTensor]
  ) -> [String: HostTensor] {
    values.filter { name, _ in graph.inputs.contains { $0.name == name && $0.role == role } }
  }

  /// The loss at the arguments and when each variable grows by half: whether it is tame.
  func losses(near variables: [String]) throws -> [Double] {
    try variables.map { try loss($0, arguments[$0]!) }
      + variables.map { try loss($0, arguments[$0]!.mappingReals { $0 * 1.5 }) }
  }

  /// The slope at element `index` of a variable, from a step of `step` to each side.
  func slope(_ name: String, _ index: Int, step: Double) throws -> Double {
    var values = arguments[name]!.reals
    let value = values[index]
    func loss(at place: Double) throws -> Double {
      values[index] = place
      return try self.loss(name, HostTensor(arguments[name]!.type, reals: values))
    }
    return (try loss(at: value + step) - loss(at: value - step)) / (2 * step)
  }

  /// The first difference in words; nil if there is none. And how many elements lie so near a corner
  /// that no step is free of it; they are skipped.
  ///
  /// Of a step's slope, Richardson's extrapolation removes the first term of curvature. What is left is
  /// allowed 1e-6 of the gradient's largest element, and what rounding of the loss makes of it. The
  /// wider steps have less rounding, the narrower ones fewer corners of one of thousands of terms.
  func difference(elements: Int = 24) throws -> (words: String?, skipped: Int) {
    let results = try Interpreter(.exact).run(
      differentiated, of(.argument, arguments), parameters: arguments)
    var skipped = 0
    for (position, name) in variables.enumerated() {
      let gradient = results[position + 1]
      guard gradient.type == arguments[name]!.type else {
        return ("the gradient of \(name) is \(gradient.type)", skipped)
      }
      let largest = gradient.reals.map(abs).max() ?? 0
      let stride = max(1, gradient.count / elements)
      for index in Swift.stride(from: 0, to: gradient.count, by: stride) {
        var isCorner = false
        var words: String?
        for step in [1e-4, 1e-5, 1e-6] {
          let (wide, narrow) = (
            try slope(name, index, step: step), try slope(name, index, step: step / 2)
          )
          let slope = (4 * narrow - wide) / 3
          let rounding = 1e-15 * abs(results[0].reals[0]) / step
          let allowed = 1e-6 * max(largest, abs(slope), 1e-3) + rounding
          isCorner = abs(wide - narrow) > allowed
          words = "\(name)[\(index)]: \(gradient.reals[index]), by differences \(slope)"
          if abs(slope - gradient.reals[index]) <= allowed { words = nil; break }
        }
        guard let words else { continue }
        if isCorner { skipped += 1 } else { return (words, skipped) }
      }
    }
    return (nil, skipped)
  }
}

extension Sample {
  /// The sample in f64, away from corners and ties, with a loss: the sum of all floating results
  /// under seeded weights. Nil where nothing floating comes in or goes out, or a number is not finite.
  func losing() throws -> CentralDifferences? {
    let operands = operands.enumerated().map { number, operand in
      guard operand.element.isFloating else { return operand }
      let noise = HostTensor.noise(TensorType(.f64, operand.shape), "away \(number)").reals
      return HostTensor(
        TensorType(.f64, operand.shape),
        reals: zip(operand.reals, noise).map { $0 + 0.01 * $1 })
    }
    guard operands.allSatisfy({ !$0.element.isFloating || $0.reals.allSatisfy(\.isFinite) })
    else { return nil }
    // Rounding to a narrower type is a staircase; reverse mode takes the ramp under it.
    let operation = operation is Cast ? Cast().setting(\.target, to: .f64) : operation
    let builder = GraphBuilder("main")
    let inputs = operands.enumerated().map { builder.argument("x\($0)", $1.type) }
    let results = builder.apply(operation, inputs).filter { $0.element.isFloating }
    let variables = operands.indices.filter { operands[$0].element.isFloating }
    guard !results.isEmpty, !variables.isEmpty else { return nil }
    let terms = results.enumerated().map { number, result in
      let weights = HostTensor.noise(result.type, "weights \(number)")
      let product = result * builder.constant(weights)
      return product.reshaped(to: [product.shape.count]).sum(along: 0).cast(to: .f64)
    }
    builder.result("loss", terms.dropFirst().reduce(terms[0], +))
    let graph = try builder.finish().graph
    let arguments = Dictionary(
      uniqueKeysWithValues: operands.enumerated().map { ("x\($0)", $1) })
    guard try Interpreter(.exact).run(graph, arguments)[0].reals[0].isFinite else { return nil }
    return try CentralDifferences(graph, arguments, variables.map { "x\($0)" })
  }
}
