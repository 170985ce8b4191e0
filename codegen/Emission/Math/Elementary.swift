// Functions that are a comparison or two.

extension VectorMath {
  /// NaN if either is NaN; of equal operands the second, as in ``ScalarFunction/real2``.
  static func maximum(_ x: Lanes, _ y: Lanes) -> Lanes {
    choose(x.isNaN, x, choose(x.isGreater(y), x, y))
  }

  static func minimum(_ x: Lanes, _ y: Lanes) -> Lanes {
    choose(x.isNaN, x, choose(x.isLess(y), x, y))
  }

  /// ±1, +0 for both zeros, NaN for NaN.
  static func sign(_ x: Lanes) -> Lanes {
    let ofNumber = choose(x.isGreater(0), x.same(1), choose(x.isLess(0), x.same(-1), 0))
    return choose(x.isNaN, x, ofNumber)
  }

  /// x + x E(x²) up to 1, then 1 - e^p(|x|) with p the logarithm of 1 - erf.
  static func errorFunction(_ x: Lanes) -> Lanes {
    let f32 = x.kind == .f32
    let near = fma(
      polynomial(
        f32 ? Coefficients.errorFunctionNearZeroF32 : Coefficients.errorFunctionNearZeroF64,
        x * x), x, x)
    let size = x.magnitude
    // Beyond the cap the result is 1.
    let capped = size.capped(at: f32 ? 3.95 : 6)
    let exponent =
      f32
      ? polynomial(Coefficients.errorFunctionTailF32, capped - 2)
      : polynomial(Coefficients.errorFunctionTailF64, capped - 3)
    let far = 1 - exponentialOfModerate(exponent)
    return choose(size.isLess(1), near, far.withSign(of: x))
  }
}
