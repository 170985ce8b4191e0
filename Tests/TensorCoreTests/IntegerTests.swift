import TensorCore
import Testing

@Suite("The greatest common divisor")
struct GreatestCommonDivisorTests {
  @Test(
    "is positive whatever the signs, and the other number beside 0",
    arguments: [
      (12, 18, 6), (-12, 18, 6), (12, -18, 6), (7, 13, 1), (0, 5, 5), (-5, 0, 5), (0, 0, 0),
    ])
  func value(a: Int, b: Int, expected: Int) {
    #expect(greatestCommonDivisor(a, b) == expected)
  }
}
