import RealModule

/// How far a result is from an exact value.
enum ErrorInUnits {
  /// |result - exact| in units in the last place of the result's type at `exact`: of its binade, or of
  /// the subnormal numbers. Infinite where NaN, an infinity or the sign of zero is wrong.
  ///
  /// `Wide` must have at least ten bits more than `Narrow`.
  static func of<Narrow: BinaryFloatingPoint, Wide: BinaryFloatingPoint>(
    _ result: Narrow, _ exact: Wide
  ) -> Double {
    if exact.isNaN || result.isNaN { return exact.isNaN == result.isNaN ? 0 : .infinity }
    let rounded = Narrow(exact)
    if rounded.isInfinite || rounded == 0 || result.isInfinite {
      let isSame = rounded == result && (exact != 0 || exact.sign == result.sign)
      // What rounds to zero may come out as the least number or as zero of either sign.
      let isTiny = exact != 0 && abs(result) <= .leastNonzeroMagnitude
      return isSame ? 0 : rounded == 0 && isTiny ? 1 : .infinity
    }
    let unit = max(Narrow(abs(exact)).binade.ulp, .leastNonzeroMagnitude)
    // Rounding up to the next binade would halve the error.
    let exactUnit = Wide(unit) * (abs(exact) < Wide(rounded.magnitude.binade) ? 0.5 : 1)
    return Double(abs(Wide(result) - exact) / max(exactUnit, Wide(Narrow.leastNonzeroMagnitude)))
  }
}

/// The largest error of a sweep, and where.
struct LargestError<Number: BinaryFloatingPoint & Sendable>: CustomStringConvertible {
  private(set) var units = 0.0
  private var place = "nowhere"

  mutating func add(
    _ error: Double, at operands: @autoclosure () -> [Number], _ result: Number
  ) {
    guard error > units else { return }
    units = error
    place = "\(operands()) -> \(result)"
  }

  var description: String { "\(units) units in the last place at \(place)" }
}

extension LargestError<Float> {
  /// The same as with ``ErrorInUnits``, which is asked only where the error may be the largest.
  ///
  /// A unit is more than 2^-24 of the exact value, so that an error below that many units of the
  /// largest one cannot exceed it. Zeros and infinities are always asked about.
  mutating func add(_ result: Float, _ exact: Double, at x: Float) {
    let size = abs(exact)
    let isBelow = abs(Double(result) - exact) < units * 0x1p-24 * size
    if isBelow && size < Double(Float.greatestFiniteMagnitude) { return }
    add(ErrorInUnits.of(result, exact), at: [x], result)
  }
}
