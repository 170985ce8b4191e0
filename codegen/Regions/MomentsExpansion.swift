import GraphIR
import TensorCore

extension FormGraph {
  /// Mean and variance as sums and maps, two passes over the operand; where moments are a form of
  /// their own, only their casts.
  ///
  /// Sums and centred values are at least f32: f16 and bf16 cannot hold most counts, and a mean
  /// rounded to them would shift the variance.
  mutating func expandMoments(
    along axes: [Int], of operand: Int, _ resultType: TensorType, group: Int
  ) -> [Int] {
    let type = types[operand]
    let element = type.element.byteCount < 4 ? ElementType.f32 : type.element
    let full = TensorType(element, type.shape)
    let kept = TensorType(element, resultType.shape)
    let count = axes.reduce(1) { $0 * type.shape[$1] }
    let divisor = ScalarExpression.constant(element.rounding(Double(count)), element)

    func map(_ expression: ScalarExpression, _ operands: [Int], _ type: TensorType) -> Int {
      add(.map(expression), operands, [type], group: group)[0]
    }
    func mean(_ value: Int) -> Int {
      let sum = add(.reduce(Reduction(.sum, axes: axes)), [value], [kept], group: group)
      return map(.apply(.divide, [.operand(0), divisor]), sum, kept)
    }
    func cast(_ value: Int, to target: TensorType) -> Int {
      if types[value] == target { return value }
      return map(.cast(target.element, .operand(0)), [value], target)
    }
    let wide = cast(operand, to: full)
    if !expandsMoments {
      let parts = add(.moments(axes: axes), [wide], [kept, kept], group: group)
      return parts.map { cast($0, to: resultType) }
    }
    let centre = mean(wide)
    let centred = map(.ofOperands(.subtract), [wide, centre], full)
    let variance = mean(map(.ofOperands(.square), [centred], full))
    return [cast(centre, to: resultType), cast(variance, to: resultType)]
  }

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
