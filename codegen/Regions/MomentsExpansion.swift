import GraphIR
import GraphOps
import TensorCore

extension StructuredForm {
  /// Moments as a composition of sums and maps, two passes over the operand; any other form as it is.
  ///
  /// The sums and the centred values are at least f32: f16 and bf16 cannot hold most counts, and a mean
  /// rounded to them would shift the variance.
  func expandingMoments(of operands: [Tensor]) -> StructuredForm {
    guard case .moments(let axes) = self else { return self }
    let x = operands[0]
    let wide = x.element.byteCount < 4 ? x.cast(to: .f32) : x
    let mean = wide.mean(along: axes, keepingAxes: true)
    let variance = (wide - mean).squared().mean(along: axes, keepingAxes: true)
    return .decompose([mean.cast(to: x.element), variance.cast(to: x.element)])
  }
}

extension FormGraph {
  /// The result of an equal map of the same group, if there is one.
  ///
  /// A normalisation centres its operand as the moments in it do. Read by both, the centred value is
  /// wanted whole along the reduced axes, so a region gives these up; two nodes would let it cut the
  /// rows and compute their moments once per part.
  func sharedMap(
    _ form: StructuredForm, _ operands: [Int], _ resultTypes: [TensorType], group: Int
  ) -> [Int]? {
    guard case .map(let expression) = form else { return nil }
    return nodes.reversed().prefix { $0.group == group }.first { node in
      guard case .map(expression) = node.form else { return false }
      return node.operands == operands && node.results.map { types[$0] } == resultTypes
    }?.results
  }
}
