import GraphIR
import TensorCore

extension Graph {
  /// This graph with gradients: its results, and for each variable a result `gradient.NAME` of the
  /// variable's type, in their order; what the graph replaces, it replaces still. What only other results
  /// and updates need is left out if they are.
  ///
  /// - Parameters:
  ///   - loss: the name of a result with one floating element.
  ///   - variables: names of inputs; by default all parameters, in order.
  ///   - keepingResults: whether the graph's own results are returned and its updates made too; else the
  ///     loss alone is returned.
  /// - Errors: `gradient.no-value` for a name that is none, `graph.result-repeated` where the graph has
  ///   a result of a gradient's name, as one that was differentiated before, and those of
  ///   `GraphBuilder.gradients(of:withRespectTo:)`.
  public func differentiated(
    _ loss: String, withRespectTo variables: [String]? = nil, keepingResults: Bool = true
  ) throws(Diagnostic) -> Graph {
    let variables = variables ?? parameters.map(\.name)
    guard let scalar = results.first(where: { $0.name == loss }) else {
      throw .gradientUnknown("result", loss, known: results.map(\.name))
    }
    let builder = GraphBuilder(continuing: self)
    var tensors: [Tensor] = []
    for name in variables {
      guard let input = inputs.first(where: { $0.name == name }) else {
        throw .gradientUnknown("input", name, known: inputs.map(\.name))
      }
      tensors.append(builder.tensor(input.value))
    }
    for result in results where keepingResults || result.name == loss {
      builder.result(result.name, builder.tensor(result.value))
    }
    for update in updates where keepingResults {
      builder.update(builder.tensor(update.input), with: builder.tensor(update.value))
    }
    let gradients = builder.gradients(
      of: builder.tensor(scalar.value), withRespectTo: tensors)
    for (name, gradient) in zip(variables, gradients) {
      builder.result("gradient.\(name)", gradient)
    }
    return try builder.finish().graph.pruned()
  }
}
