// x to the power y as e^(y log x), with the logarithm to more digits than the result.

extension VectorMath {
  /// C's `pow` with all its limits, as in ``ScalarFunction/real2``.
  static func power(_ x: Lanes, _ y: Lanes) -> Lanes {
    let size = x.magnitude
    let value = x.kind == .f32 ? f32Power(size, y) : f64Power(size, y)
    let ofSize = choose(size.isEqual(1), 1, value)

    // A negative base keeps its sign under odd powers and has no others but whole ones.
    let isWhole = y.floor.isEqual(y)
    let half = y * 0.5
    let signed = choose(half.floor.isEqual(half), ofSize, ofSize.withSign(of: x))
    let ofFraction = choose(size.isEqual(.infinity), ofSize, choose(x.isLess(0), .nan, ofSize))
    return choose(y.isEqual(0), 1, choose(isWhole, signed, ofFraction))
  }

  /// log 0 and log ∞, so that y log x has the right limit.
  private static func withPowerLimits(_ logarithm: Lanes, of x: Lanes) -> Lanes {
    let finite = choose(x.isLess(.infinity), logarithm, x)
    return choose(x.isEqual(0), -.infinity, finite)
  }

  /// In f64, where every f32 is normal and 2^-37 in y log x is enough.
  private static func f32Power(_ x: Lanes, _ y: Lanes) -> Lanes {
    let wide = x.widened
    let exponent = y.widened * withPowerLimits(shortLogarithm(wide), of: wide)

    // e^-150 and e^130 are zero and infinity in f32.
    let reduced = ReducedExponent(exponent.capped(at: 130).raised(to: -150))
    let r = reduced.r
    let fraction = fma(polynomial(Coefficients.exponentialShortF64, r), r * r, r)
    return ((fraction + 1) * reduced.power).narrowed(to: .f32)
  }

  /// y log x as the sum of two f64.
  private static func f64Power(_ x: Lanes, _ y: Lanes) -> Lanes {
    let isSmall = x.isLess(0x1p-1022)
    let parts = ReducedLogarithm(choose(isSmall, x * 0x1p54, x))
    let k = parts.k.real(.f64) + choose(isSmall, x.same(-54), 0)
    let (high, low) = longLogarithm(k: k, significand: parts.significand)

    let product = y * withPowerLimits(high, of: x)
    let rest = fma(y, low, fma(y, high, -product))
    let capped = product.capped(at: 710).raised(to: -746)
    // Where the cap acts, or the product is not finite, there is nothing to correct.
    let correction = choose(capped.isEqual(product), rest, 0)
    var reduced = ReducedExponent(capped)
    reduced.r = reduced.r + correction
    return reduced.scaling(reduced.fraction + 1)
  }

  /// log x to about 64 bits: 2s + (2/3) s³ in pairs of f64, the tail in one.
  ///
  /// - Source: the plan is that of FreeBSD's `e_pow.c` (Sun Microsystems, 1993), without its table.
  private static func longLogarithm(
    k: Lanes, significand: Lanes
  ) -> (high: Lanes, low: Lanes) {
    // s = f / (1 + significand) as a pair.
    let f = significand - 1
    let (divisor, divisorRest) = exactSum(significand, significand.same(1))
    let s = f / divisor
    let sRest = (fma(-s, divisor, f) - s * divisorRest) / divisor
    // z = s² and s z (2/3) as pairs.
    let (z, zLost) = exactProduct(s, s)
    let zRest = fma(s * 2, sRest, zLost)
    let (cube, cubeLost) = exactProduct(s, z)
    let cubeRest = cubeLost + fma(s, zRest, sRest * z)
    let (third, thirdLost) = exactProduct(cube, cube.same(0x1.5555555555555p-1))
    let thirdRest =
      thirdLost + fma(cube, 0x1.5555555555555p-55, cubeRest * 0x1.5555555555555p-1)
    let tail = cube * z * polynomial(Coefficients.logarithmOfRatioTailF64, z)
    // k ln 2 with 42 bits of ln 2 is exact.
    let (first, firstLost) = exactSumOfOrdered(k * 0x1.62e42fefa38p-1, s * 2)
    let (second, secondLost) = exactSumOfOrdered(first, third)
    let small = fma(k, 0x1.ef35793c7673p-45, fma(sRest, 2, thirdRest + tail))
    let (high, low) = exactSumOfOrdered(second, firstLost + secondLost + small)
    return (high, low)
  }
}
