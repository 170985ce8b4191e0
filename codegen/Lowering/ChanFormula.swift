import TensorCore

/// Two counts, means and sums of squared distances as one.
///
/// - Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
///   variances", 1979.
enum ChanFormula {
  /// Maps, in order, that change `own` (count, mean, squares) to what it is with `other` added.
  /// `delta` is room for the distance of the means.
  static func merge<Place>(
    _ own: [Place], with other: [Place], delta: Place
  ) -> [(target: Place, sources: [Place], expression: ScalarExpression)] {
    func apply(_ function: ScalarFunction, _ list: ScalarExpression...) -> ScalarExpression {
      .apply(function, list)
    }
    // The other's share of the count; nothing merged with nothing is nothing.
    let share = apply(
      .divide, .operand(2),
      apply(.maximum, apply(.add, .operand(1), .operand(2)), .constant(1, .f64)))
    return [
      (delta, [other[1], own[1]], apply(.subtract, .operand(0), .operand(1))),
      (
        own[2], [own[2], own[0], other[0], delta, other[2]],
        apply(
          .add, apply(.add, .operand(0), .operand(4)),
          apply(.multiply, apply(.square, .operand(3)), apply(.multiply, .operand(1), share)))
      ),
      (
        own[1], [own[1], own[0], other[0], delta],
        apply(
          .add, .operand(0),
          apply(
            .multiply, .operand(3), share))
      ),
      (own[0], [own[0], other[0]], apply(.add, .operand(0), .operand(1))),
    ]
  }
}
