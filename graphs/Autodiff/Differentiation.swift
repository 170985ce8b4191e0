import GraphIR
import TensorCore

extension Graph {
  /// This graph with gradients: its results, and for each variable a result `gradient.NAME` of the
  /// variable's type, in their order. What only other results need is left out if they are.
  ///
  /// - Parameters:
  ///   - loss: the name of a result with one floating element.
  ///   - variables: names of inputs; by default all parameters, in order.
  ///   - keepingResults: whether the graph's own results are returned too; else the loss alone.
  /// - Errors: `gradient.no-value` for a name that is none, and those of
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
    let gradients = builder.gradients(
      of: builder.tensor(scalar.value), withRespectTo: tensors)
    for (name, gradient) in zip(variables, gradients) {
      builder.result("gradient.\(name)", gradient)
    }
    return try builder.finish().graph.pruned()
  }
}
