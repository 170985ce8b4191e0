// sin x and cos x for every x, in f64; f32 is widened, so that one reduction serves both.

extension VectorMath {
  /// x less the nearest multiple of π/2, in [-π/4, π/4].
  struct ReducedAngle {
    /// Modulo 4, as an integer of f64's width.
    var quadrant: Lanes
    var r: Lanes
    /// What r lost by rounding.
    var rest: Lanes
  }

  static func sine(_ x: Lanes) -> Lanes {
    let wide = x.widened
    let value = sine(of: reduced(wide), short: x.kind == .f32)
    // Tiny x is its own result, with its sign.
    let result = choose(wide.magnitude.isLess(0x1p-27), wide, value)
    return withAngleLimits(result, of: wide).narrowed(to: x.kind)
  }

  static func cosine(_ x: Lanes) -> Lanes {
    let wide = x.widened
    var angle = reduced(wide)
    angle.quadrant = angle.quadrant &+ 1  // cos x = sin(x + π/2)
    let result = sine(of: angle, short: x.kind == .f32)
    return withAngleLimits(result, of: wide).narrowed(to: x.kind)
  }

  private static func withAngleLimits(_ result: Lanes, of x: Lanes) -> Lanes {
    choose(x.magnitude.isLess(.infinity), result, .nan)
  }

  /// The short form leaves out `rest` and errs by 2^-37.
  static func sine(of angle: ReducedAngle, short: Bool) -> Lanes {
    let (r, rest) = (angle.r, angle.rest)
    let z = r * r
    let sine: Lanes
    let cosine: Lanes
    if short {
      sine = fma(r * z, polynomial(Coefficients.sineShortF64, z), r)
      cosine = fma(fma(polynomial(Coefficients.cosineShortF64, z), z, -0.5), z, 1)
    } else {
      sine = r + fma(r * z, polynomial(Coefficients.sineF64, z), rest)
      // 1 - z/2 loses bits; they are added to the small terms.
      let half = z * 0.5
      let leading = 1 - half
      let lost = 1 - leading - half
      let tail = z * z * polynomial(Coefficients.cosineF64, z) - r * rest
      cosine = leading + (lost + tail)
    }
    let chosen = choose((angle.quadrant & 1).isNotZero(), cosine, sine)
    return (chosen.bits ^ (angle.quadrant & 2).shiftedLeft(62)).asReal(.f64)
  }

  /// Cody–Waite to 2^40, beyond that ``largeAngle(_:)``, where any lane needs it.
  private static func reduced(_ x: Lanes) -> ReducedAngle {
    let usual = moderateAngle(x)
    let isLarge = x.magnitude.isAtLeast(0x1p40)
    let values = x.body.replacing([usual.quadrant, usual.r, usual.rest], where: isLarge) {
      let large = largeAngle(x)
      return [large.quadrant, large.r, large.rest]
    }
    return ReducedAngle(quadrant: values[0], r: values[1], rest: values[2])
  }

  /// π/2 in three parts of 53 bits: x - n part₁ is exact, n part₂ is subtracted with its error kept,
  /// and n part₄ is below 2^-123 for |x| < 2^40.
  ///
  /// - Source: Cody, Waite, 1980, chapter 8; the exact sum of two numbers is Knuth's (TAOCP 4.2.2).
  private static func moderateAngle(_ x: Lanes) -> ReducedAngle {
    let shift = 0x1.8p52
    let sum = fma(x, 0x1.45f306dc9c883p-1, shift)
    let n = sum - shift
    let first = fma(n, -0x1.921fb54442d18p0, x)
    let (product, productRest) = exactProduct(n, n.same(-0x1.1a62633145c07p-54))
    let (r, lost) = exactSum(first, product)
    let rest = fma(n, 0x1.f1976b7ed8fbcp-110, lost + productRest)
    return ReducedAngle(quadrant: sum.bits, r: r, rest: rest)
  }

  /// The rounded sum and what it lost.
  static func exactSum(_ a: Lanes, _ b: Lanes) -> (sum: Lanes, rest: Lanes) {
    let sum = a + b
    let second = sum - a
    return (sum, (a - (sum - second)) + (b - second))
  }

  /// The same if |a| ≥ |b| or a is 0.
  ///
  /// - Source: Dekker, "A floating-point technique for extending the available precision", 1971.
  static func exactSumOfOrdered(_ a: Lanes, _ b: Lanes) -> (sum: Lanes, rest: Lanes) {
    let sum = a + b
    return (sum, b - (sum - a))
  }

  /// The rounded product and what it lost.
  static func exactProduct(_ a: Lanes, _ b: Lanes) -> (product: Lanes, rest: Lanes) {
    let product = a * b
    return (product, fma(a, b, -product))
  }
}
