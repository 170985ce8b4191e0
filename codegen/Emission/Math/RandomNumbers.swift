// The random stream of `Key`, many elements at a time.

import TensorCore

extension VectorMath {
  /// `{<N x i32>, <N x i32>} @smalti.philox.vN(i64 %key, <N x i64> %counters)`: words 0 and 1 of the
  /// blocks at the counters; the upper half of the 128-bit counter is zero.
  package static func philox(lanes: Int) -> VectorHelper {
    let body = HelperBody(laneCount: lanes)
    let (first, second) = philoxWords(body)
    let word = body.spelling(.i32)
    let pair = "{ \(word), \(word) }"
    let half = body.append("insertvalue \(pair) poison, \(word) \(first.text), 0")
    let whole = body.append("insertvalue \(pair) \(half), \(word) \(second.text), 1")
    return helper(
      "philox.v\(lanes)", pair, "i64 %key, \(body.spelling(.i64)) %counters",
      body.finish("ret \(pair) \(whole)"))
  }

  /// `<N x float> @smalti.uniform.vNf32(<N x i32> %word0)`: in [0, 1), the top 24 bits of the word
  /// times 2^-24, exact.
  package static func uniform(lanes: Int) -> VectorHelper {
    let body = HelperBody(laneCount: lanes)
    let value = fraction(body, "word0").real(.f32) * 0x1p-24
    return helper(
      "uniform.v\(lanes)f32", body.spelling(.f32), "\(body.spelling(.i32)) %word0",
      body.finish(returning: value))
  }

  /// `<N x float> @smalti.normal.vNf32(<N x i32> %word0, <N x i32> %word1)`: Box–Muller on words 0 and
  /// 1 of a block, as ``Key/normal(at:)``, computed in f64 to about 2^-37 and rounded once: within
  /// f32 both factors and the product would add up to 3.3 units in the last place.
  package static func normal(lanes: Int) -> VectorHelper {
    let body = HelperBody(laneCount: lanes)
    let value = radius(fraction(body, "word0")) * cosineOfTurn(fraction(body, "word1"))
    let word = body.spelling(.i32)
    return helper(
      "normal.v\(lanes)f32", body.spelling(.f32), "\(word) %word0, \(word) %word1",
      body.finish(returning: value.narrowed(to: .f32)))
  }

  /// The 24 bits of a word that random numbers are made of.
  private static func fraction(_ body: HelperBody, _ word: String) -> Lanes {
    body.argument(word, .i32).shiftedRight(8)
  }

  /// sqrt(-2 log(1 - u)) for u = bits 2^-24, in f64. 1 - u is exact, so the logarithm has all its
  /// digits near u = 0.
  private static func radius(_ bits: Lanes) -> Lanes {
    let complement = (0x100_0000 &- bits).real(.f64) * 0x1p-24
    return (shortLogarithm(complement) * -2).squareRoot
  }

  /// cos(2π bits 2^-24), in f64. Quadrant and remainder are exact in integers.
  private static func cosineOfTurn(_ bits: Lanes) -> Lanes {
    let quadrant = (bits &+ 0x20_0000).shiftedRight(22)
    let r = (bits &- quadrant.shiftedLeft(22)).real(.f64) * 0x1.921fb54442d18p-22
    // cos x = sin(x + π/2)
    let ahead = (quadrant &+ 1).zeroExtended(to: .i64)
    return sine(of: ReducedAngle(quadrant: ahead, r: r, rest: r.same(0)), short: true)
  }

  /// The ten rounds on 64-bit lanes whose upper halves are zero: a product of two words is one
  /// instruction. The key is the same in every lane, so its schedule stays scalar.
  private static func philoxWords(_ body: HelperBody) -> (first: Lanes, second: Lanes) {
    let lowHalf = 0xffff_ffff
    let counters = body.argument("counters", .i64)
    var keys = (body.append("and i64 %key, \(lowHalf)"), body.append("lshr i64 %key, 32"))
    let zero = counters.same(0)
    var (c0, c1, c2, c3) = (counters & lowHalf, counters.shiftedRight(32), zero, zero)
    for round in 0..<Philox.roundCount {
      let left = c0 &* Int(Philox.multipliers.0)
      let right = c2 &* Int(Philox.multipliers.1)
      let (key0, key1) = (body.broadcast(keys.0, .i64), body.broadcast(keys.1, .i64))
      (c0, c1, c2, c3) = (
        right.shiftedRight(32) ^ c1 ^ key0, right & lowHalf,
        left.shiftedRight(32) ^ c3 ^ key1, left & lowHalf
      )
      if round < Philox.roundCount - 1 {
        keys.0 = nextKey(keys.0, Philox.increments.0, body)
        keys.1 = nextKey(keys.1, Philox.increments.1, body)
      }
    }
    return (c0.lowBits(.i32), c1.lowBits(.i32))
  }

  private static func nextKey(_ key: String, _ increment: UInt32, _ body: HelperBody) -> String {
    let sum = body.append("add i64 \(key), \(increment)")
    return body.append("and i64 \(sum), 4294967295")
  }
}
