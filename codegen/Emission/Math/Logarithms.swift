// log x and log(1 + x), in the type of x.

extension VectorMath {
  /// log x = k ln 2 + log(1 + f).
  static func logarithm(_ x: Lanes) -> Lanes {
    let f32 = x.kind == .f32
    // A subnormal x is scaled to a normal number first.
    let isSmall = x.isLess(f32 ? 0x1p-126 : 0x1p-1022)
    let scaled = choose(isSmall, x * (f32 ? 0x1p24 : 0x1p54), x)
    let offset = choose(isSmall, x.same(f32 ? -24 : -54), 0)
    let parts = ReducedLogarithm(scaled)
    let result = logarithm(k: parts.k.real(x.kind) + offset, f: parts.significand - 1)
    return withLogarithmLimits(result, of: x)
  }

  /// log of a positive normal f64 with a relative error of about 2^-43.
  static func shortLogarithm(_ x: Lanes) -> Lanes {
    let parts = ReducedLogarithm(x)
    let f = parts.significand - 1
    let s = f / (f + 2)
    let z = s * s
    let tail = polynomial(Coefficients.logarithmOfRatioShortF64, z)
    return fma(parts.k.real(.f64), logarithmOfTwo(.f64).high, fma(s * z, tail, s * 2))
  }

  /// With u = 1 + x rounded and k of u, f = x 2^-k + (2^-k - 1) is 1 + x over 2^k, less 1, rounded
  /// once: what u lost comes back. Tiny x is its own result, with its sign.
  static func logarithmPlusOne(_ x: Lanes) -> Lanes {
    let u = x + 1
    let result = withLogarithmLimits(logarithmOfOnePlus(x, u), of: u)
    let isTiny = x.magnitude.isLess(x.kind == .f32 ? 0x1p-25 : 0x1p-54)
    return choose(isTiny, x, result)
  }

  /// log(1 + x) for 0 ≤ x ≤ 1; NaN passes.
  static func logarithmOfOnePlusProper(_ x: Lanes) -> Lanes { logarithmOfOnePlus(x, x + 1) }

  /// 2^-k is two factors, because 2^-128 is no normal f32.
  private static func logarithmOfOnePlus(_ x: Lanes, _ u: Lanes) -> Lanes {
    let kind = x.kind
    let k = ReducedLogarithm(u).k
    let half = k.shiftedRightKeepingSign(1)
    let first = (kind.exponentBias &- half).shiftedLeft(kind.fractionBitCount).asReal(kind)
    let second = (kind.exponentBias &- (k &- half)).shiftedLeft(kind.fractionBitCount)
      .asReal(kind)
    return logarithm(k: k.real(kind), f: fma(x * first, second, first * second - 1))
  }

  /// x = 2^k significand, √½ ≤ significand < √2, for normal x; without a conversion.
  struct ReducedLogarithm {
    var k: Lanes
    var significand: Lanes

    init(_ x: Lanes) {
      let kind = x.kind
      let bits = x.bits
      let rootOfHalf = kind == .f32 ? 0x3f35_04f3 : 0x3fe6_a09e_667f_3bcd
      k = (bits &- rootOfHalf).shiftedRightKeepingSign(kind.fractionBitCount)
      significand = (bits &- k.shiftedLeft(kind.fractionBitCount)).asReal(kind)
    }
  }

  /// k ln 2 + log(1 + f) for √½ ≤ 1 + f ≤ √2.
  ///
  /// f32: f - f²/2 + f³ p(f). f64: with s = f / (2 + f), log(1 + f) = 2 atanh(s), written so that f
  /// itself is the leading term.
  ///
  /// - Source: the f64 form is that of FreeBSD's `e_log.c` (Sun Microsystems, 1993).
  private static func logarithm(k: Lanes, f: Lanes) -> Lanes {
    let (high, low) = logarithmOfTwo(f.kind)
    let square = f * f
    let rest: Lanes
    if f.kind == .f32 {
      let p = polynomial(Coefficients.logarithmF32, f)
      rest = fma(square, -0.5, fma(p, f * square, k * low))
    } else {
      let s = f / (f + 2)
      let z = s * s
      let tail = z * polynomial(Coefficients.logarithmOfRatioF64, z)
      let half = square * 0.5
      rest = fma(s, half + tail, k * low) - half
    }
    return fma(k, high, f + rest)
  }

  /// log 0 = -∞, NaN below, +∞ and NaN stay.
  private static func withLogarithmLimits(_ result: Lanes, of x: Lanes) -> Lanes {
    let finite = choose(x.isLess(.infinity), result, x)
    let proper = choose(x.isLess(0), .nan, finite)
    return choose(x.isEqual(0), -.infinity, proper)
  }
}
