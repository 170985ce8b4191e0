// The reduction of huge angles, exact in integers, for the few that need it.

extension VectorMath {
  /// x modulo π/2 for 2^40 ≤ |x| < ∞; some value for any other x.
  ///
  /// |x| = M 2^E with a 53-bit integer M, and x in turns is M 2^E (2/π) / 4. Bits of 2/π above weight
  /// 2^(2-E) add whole turns and are left out. The next 192 bits W give the turn as M W / 2^192
  /// modulo 1, of which 128 bits are kept. The window starts at a whole byte; M is shifted by the
  /// 0 to 7 bits that this is too early.
  ///
  /// - Source: Payne, Hanek, "Radian reduction for trigonometric functions", SIGNUM 1983. No f64 comes
  ///   closer to a multiple of π/2 than about 2^-61 (Muller, "Elementary Functions", section 11.3),
  ///   so r keeps 60 bits and more.
  static func largeAngle(_ x: Lanes) -> ReducedAngle {
    let bits = x.magnitude.bits
    let fraction = bits & 0xf_ffff_ffff_ffff | 0x10_0000_0000_0000
    // E - 2 + 16 with E = exponent - 1075; negative where x is not large.
    let distance = bits.shiftedRight(52) &- 1061
    let bitIndex = choose(distance.isLessInteger(0), distance.same(0), distance)
    let factor = fraction.shiftedLeft(bitIndex & 7).zeroExtended(to: .i128)
    let words = bitWindow(byteIndex: bitIndex.shiftedRight(3))
      .map { $0.zeroExtended(to: .i128) &* factor }

    let turn = words[2].shiftedLeft(64) &+ words[1] &+ words[0].shiftedRight(64)
    let eighth = x.body.broadcast("42535295865117307932921825928971026432", .i128)  // 2^125
    let quadrant = (turn &+ eighth).shiftedRight(126).lowBits(.i64)
    let (high, low) = fraction128(turn.shiftedLeft(2))

    let (r, lost) = exactProduct(high, high.same(0x1.921fb54442d18p0))
    let rest = lost + fma(high, 0x1.1a62633145c07p-54, low * 0x1.921fb54442d18p0)
    // The angle of -x has the opposite of both.
    let isNegative = x.isLess(0)
    return ReducedAngle(
      quadrant: choose(isNegative, 0 &- quadrant, quadrant),
      r: choose(isNegative, -r, r),
      rest: choose(isNegative, -rest, rest))
  }

  /// A signed fraction of 2^128 as the sum of two reals: four parts of 32 bits are exact.
  private static func fraction128(_ value: Lanes) -> (high: Lanes, low: Lanes) {
    let (upper, lower) = (value.shiftedRight(64).lowBits(.i64), value.lowBits(.i64))
    let first = upper.shiftedRightKeepingSign(32).real(.f64) * 0x1p-32
    let second = (upper & 0xffff_ffff).real(.f64) * 0x1p-64
    let third = lower.shiftedRight(32).real(.f64) * 0x1p-96
    let fourth = (lower & 0xffff_ffff).real(.f64) * 0x1p-128
    let (upperSum, upperRest) = exactSumOfOrdered(first, second)
    let (lowerSum, lowerRest) = exactSumOfOrdered(third, fourth)
    let (high, rest) = exactSum(upperSum, upperRest + lowerSum)
    return (high, rest + lowerRest)
  }

  /// 192 bits of 2/π, lowest word first. The table stands in reverse, so that a little-endian load
  /// has the bits in order.
  private static func bitWindow(byteIndex: Lanes) -> [Lanes] {
    let body = byteIndex.body
    return (0..<3).map { word in
      let place = (twoOverPiBytes.count - 24 + 8 * word) &- byteIndex
      let pointers = body.laneCount == 1 ? "ptr" : "<\(body.laneCount) x ptr>"
      let address = body.append(
        "getelementptr inbounds i8, ptr \(twoOverPi.name), "
          + "\(body.spelling(.i64)) \(place.text)")
      if body.laneCount == 1 { return body.append(.i64, "load i64, ptr \(address), align 1") }
      let type = body.spelling(.i64)
      return body.append(
        .i64,
        "call \(type) @llvm.masked.gather.v\(body.laneCount)i64.v\(body.laneCount)p0("
          + "\(pointers) \(address), i32 1, \(body.spelling(.i1)) splat (i1 true), "
          + "\(type) poison)")
    }
  }

  /// The bytes of `twoOverPiBytes`, last first.
  static let twoOverPi: VectorHelper = {
    let bytes = twoOverPiBytes.reversed().map { byte in
      (byte < 16 ? "\\0" : "\\") + String(byte, radix: 16, uppercase: true)
    }
    let name = "@smalti.two_over_pi"
    return VectorHelper(
      name: name,
      definition: """
        \(name) = internal unnamed_addr constant [\(bytes.count) x i8] c"\(bytes.joined())"

        """)
  }()

  /// Two bytes of zero, then the first 1184 bits of 2/π, highest first.
  ///
  /// - Source: floor(2/π · 2^1184), by mpmath.
  static let twoOverPiBytes: [UInt8] = [
    0x00, 0x00, 0xa2, 0xf9, 0x83, 0x6e, 0x4e, 0x44, 0x15, 0x29, 0xfc, 0x27, 0x57, 0xd1, 0xf5,
    0x34, 0xdd, 0xc0, 0xdb, 0x62, 0x95, 0x99, 0x3c, 0x43, 0x90, 0x41, 0xfe, 0x51, 0x63, 0xab,
    0xde, 0xbb, 0xc5, 0x61, 0xb7, 0x24, 0x6e, 0x3a, 0x42, 0x4d, 0xd2, 0xe0, 0x06, 0x49, 0x2e,
    0xea, 0x09, 0xd1, 0x92, 0x1c, 0xfe, 0x1d, 0xeb, 0x1c, 0xb1, 0x29, 0xa7, 0x3e, 0xe8, 0x82,
    0x35, 0xf5, 0x2e, 0xbb, 0x44, 0x84, 0xe9, 0x9c, 0x70, 0x26, 0xb4, 0x5f, 0x7e, 0x41, 0x39,
    0x91, 0xd6, 0x39, 0x83, 0x53, 0x39, 0xf4, 0x9c, 0x84, 0x5f, 0x8b, 0xbd, 0xf9, 0x28, 0x3b,
    0x1f, 0xf8, 0x97, 0xff, 0xde, 0x05, 0x98, 0x0f, 0xef, 0x2f, 0x11, 0x8b, 0x5a, 0x0a, 0x6d,
    0x1f, 0x6d, 0x36, 0x7e, 0xcf, 0x27, 0xcb, 0x09, 0xb7, 0x4f, 0x46, 0x3f, 0x66, 0x9e, 0x5f,
    0xea, 0x2d, 0x75, 0x27, 0xba, 0xc7, 0xeb, 0xe5, 0xf1, 0x7b, 0x3d, 0x07, 0x39, 0xf7, 0x8a,
    0x52, 0x92, 0xea, 0x6b, 0xfb, 0x5f, 0xb1, 0x1f, 0x8d, 0x5d, 0x08, 0x56, 0x03, 0x30, 0x46,
  ]
}
