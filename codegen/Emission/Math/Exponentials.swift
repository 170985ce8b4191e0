// e^x and what is made of it. Everything stays in the type of x.

extension VectorMath {
  /// x = n ln 2 + r with |r| ≤ ln 2 / 2; `biased` holds n + 2 bias in its low bits.
  ///
  /// Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits of the sum: no conversion
  /// that a huge or undefined x could make undefined. `n ln 2` is subtracted in two parts by fma;
  /// the first difference is exact, because both lie on the grid of the first part.
  struct ReducedExponent {
    var n: Lanes
    var biased: Lanes
    var r: Lanes

    /// - Source: Cody, Waite, "Software manual for the elementary functions", 1980, chapter 6;
    ///   the rounding trick is common.
    init(_ x: Lanes) {
      let kind = x.kind
      let shift = 0x1.8p0 * (kind == .f32 ? 0x1p23 : 0x1p52) + Double(2 * kind.exponentBias)
      let sum = fma(x, 0x1.71547652b82fep0, shift)
      n = sum - shift
      biased = sum.bits
      let (high, low) = VectorMath.logarithmOfTwo(kind)
      r = fma(n, -low, fma(n, -high, x))
    }

    /// e^r - 1.
    var fraction: Lanes {
      let f32 = r.kind == .f32
      let q = polynomial(f32 ? Coefficients.exponentialF32 : Coefficients.exponentialF64, r)
      return fma(q, r * r, r)
    }

    /// 2^n for n from 1 - bias to bias.
    var power: Lanes {
      let kind = r.kind
      return (biased &- kind.exponentBias).shiftedLeft(kind.fractionBitCount).asReal(kind)
    }

    /// `value` times 2^n, in two steps, so that results may be subnormal or overflow. The first
    /// product is exact.
    func scaling(_ value: Lanes) -> Lanes {
      let kind = r.kind
      let half = biased.shiftedRight(1)
      let first = half.shiftedLeft(kind.fractionBitCount).asReal(kind)
      let second = (biased &- half).shiftedLeft(kind.fractionBitCount).asReal(kind)
      return value * first * second
    }
  }

  /// ln 2 as a number of the kind and what is left of it.
  static func logarithmOfTwo(_ kind: LaneKind) -> (high: Double, low: Double) {
    kind == .f32
      ? (0x1.62e43p-1, -0x1.05c61p-29)
      : (0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56)
  }

  /// The least x whose e^x is not zero, a little lower; and the least x whose e^x overflows, a
  /// little higher.
  private static func range(_ kind: LaneKind) -> (low: Double, high: Double) {
    kind == .f32 ? (-104, 89) : (-746, 710)
  }

  static func exponential(_ x: Lanes) -> Lanes {
    exponentialOfCapped(x.capped(at: range(x.kind).high))
  }

  /// e^x for x that does not overflow; NaN passes.
  private static func exponentialOfCapped(_ x: Lanes) -> Lanes {
    let parts = ReducedExponent(x.raised(to: range(x.kind).low))
    return parts.scaling(parts.fraction + 1)
  }

  /// e^x where e^x is a normal number.
  static func exponentialOfModerate(_ x: Lanes) -> Lanes {
    let parts = ReducedExponent(x)
    return (parts.fraction + 1) * parts.power
  }

  /// 2^n (e^r - 1) + (2^n - 1), with half of 2^n so that n may be bias + 1.
  ///
  /// Below the low bound the result is -1. Tiny x is its own result, with its sign.
  static func exponentialMinusOne(_ x: Lanes) -> Lanes {
    let f32 = x.kind == .f32
    let moderate = x.capped(at: range(x.kind).high).raised(to: f32 ? -18 : -38)
    let parts = ReducedExponent(moderate)
    let half = parts.power(minus: 1)
    let result = fma(half, parts.fraction, half - 0.5) * 2
    return choose(x.magnitude.isLess(f32 ? 0x1p-25 : 0x1p-54), x, result)
  }

  /// z / (1 + z) or 1 / (1 + z) with z = e^-|x|: nothing overflows, small values keep their digits.
  ///
  /// What 1 + z lost by rounding is taken off the quotient (to first order, for 1 + z near 1, where
  /// it counts): without that f32 is off by 2.3 units in the last place.
  static func sigmoid(_ x: Lanes) -> Lanes {
    let z = exponentialOfCapped(-x.magnitude)
    let (divisor, lost) = exactSumOfOrdered(x.same(1), z)
    let quotient = choose(x.isLess(0), z, 1) / divisor
    return fma(-quotient, lost, quotient)
  }

  /// Near zero a polynomial, from 0.55 on 1 - 2 / (e^2|x| + 1), in which the error of the
  /// exponential shrinks with the fraction.
  static func tanh(_ x: Lanes) -> Lanes {
    let f32 = x.kind == .f32
    let size = x.magnitude
    let z = size * size
    let near = fma(
      size * z,
      polynomial(f32 ? Coefficients.tanhNearZeroF32 : Coefficients.tanhNearZeroF64, z), size)
    // Beyond the cap the result is 1.
    let capped = size.capped(at: f32 ? 9.5 : 19.5)
    let far = 1 - 2 / (exponentialOfModerate(capped * 2) + 1)
    return choose(size.isLess(0.55), near, far).withSign(of: x)
  }

  /// max(x, 0) + log(1 + e^-|x|).
  static func softplus(_ x: Lanes) -> Lanes {
    let z = exponentialOfCapped(-x.magnitude)
    return choose(x.isGreater(0), x, 0) + logarithmOfOnePlusProper(z)
  }
}

extension VectorMath.ReducedExponent {
  /// 2^(n - offset).
  func power(minus offset: Int) -> Lanes {
    let kind = r.kind
    return (biased &- (kind.exponentBias + offset)).shiftedLeft(kind.fractionBitCount)
      .asReal(kind)
  }
}
