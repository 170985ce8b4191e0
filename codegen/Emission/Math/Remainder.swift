// The remainder of floor division, exact like C's `fmod` before its sign is mended.

extension VectorMath {
  /// Of y's sign, as in Python and PyTorch; NaN for y = 0 and for infinite x.
  static func remainder(_ x: Lanes, _ y: Lanes) -> Lanes {
    let (wideX, wideY) = (x.widened, y.widened)
    let divisor = wideY.magnitude
    var rest = wideX.magnitude
    if x.kind == .f64 {
      // The quotient must not overflow: first modulo y 2^1600, then y 2^800. A multiple that
      // is infinite leaves the rest as it is.
      let larger = divisor * 0x1p800
      rest = truncatedRemainder(rest, larger * 0x1p800)
      rest = truncatedRemainder(rest, larger)
    }
    rest = truncatedRemainder(rest, divisor)
    rest = choose(wideX.magnitude.isLess(.infinity), rest, .nan)
    rest = choose(divisor.isGreater(0), rest, .nan)
    rest = choose(y.isNaN, .nan, rest).withSign(of: wideX)

    let differs = (rest.bits ^ wideY.bits).isLessInteger(0)
    let mended = choose(rest.isEqual(0), rest, rest + wideY)
    return choose(differs, mended, rest).narrowed(to: x.kind)
  }

  /// rest modulo divisor, both f64 and not negative, rest / divisor finite.
  ///
  /// q is the quotient, rounded and cut to an integer; rest - q divisor is exact in one fma, because
  /// what a rounded quotient leaves fits in a number (Boldo, Daumas, "Representable correcting terms
  /// for possibly underflowing floating point operations", ARITH 2003). If q was rounded up, the
  /// integer before it is taken. Each turn shrinks the quotient by 2^52 or ends.
  private static func truncatedRemainder(_ start: Lanes, _ divisor: Lanes) -> Lanes {
    start.body.repeating(start, while: { $0.isAtLeast(divisor) }) { rest in
      let q = (rest / divisor).truncated
      let before = (q.bits &- 1).asReal(.f64).truncated
      let usual = fma(-q, divisor, rest)
      return choose(usual.isLess(0), fma(-before, divisor, rest), usual)
    }
  }
}
