import TensorCore

/// The numbers of one named quantity of one clip: number `i` is a function of the clip's key, the
/// name and `i`, whatever else is drawn.
struct Draw {
  let key: Key

  init(_ clip: Key, _ name: String) { key = clip.folded(name) }

  func number(_ index: Int) -> Double { key.uniform(at: index) }

  func number(in range: ClosedRange<Double>, at index: Int = 0) -> Double {
    range.lowerBound + number(index) * (range.upperBound - range.lowerBound)
  }

  /// A draw of 24 bits is below 1 by more than rounding, so the largest is `upperBound`.
  func integer(in range: ClosedRange<Int>, at index: Int = 0) -> Int {
    range.lowerBound + Int(number(index) * Double(range.count))
  }

  /// One of `count` numbers that are evenly spaced from end to end of `range`; the first if it is
  /// the only one.
  func step(in range: ClosedRange<Double>, of count: Int, at index: Int) -> Double {
    let part = Double(integer(in: 0...count - 1, at: index)) / Double(max(1, count - 1))
    return range.lowerBound + part * (range.upperBound - range.lowerBound)
  }

  /// `count` numbers from 0 to `total - 1`; distinct ones are distributed as if every draw were
  /// repeated until it gives a number not yet taken, and need no repetition.
  ///
  /// - Precondition: distinct numbers are no more than `total`.
  func integers(_ count: Int, below total: Int, areDistinct: Bool) -> [Int] {
    var numbers: [Int] = []
    var taken: [Int] = []  // ascending
    for index in 0..<count {
      var number = integer(in: 0...total - 1 - taken.count, at: index)
      // The number-th of those that are not taken.
      for earlier in taken where earlier <= number { number += 1 }
      numbers.append(number)
      if areDistinct { taken.insert(number, at: taken.firstIndex { $0 > number } ?? taken.count) }
    }
    return numbers
  }

  /// The element of `choices` that draw `index` names; each is equally likely.
  func choice<Element>(of choices: [Element], at index: Int) -> Element {
    choices[integer(in: 0...choices.count - 1, at: index)]
  }

  func angle(_ index: Int) -> Double { 2 * .pi * number(index) }

  func pair(in range: ClosedRange<Double>, at index: Int) -> SIMD2<Double> {
    SIMD2(number(in: range, at: 2 * index), number(in: range, at: 2 * index + 1))
  }
}

/// Red, green and blue of a hue in turns, a saturation and a value, all in [0, 1].
///
/// - Source: Smith, "Color gamut transform pairs", SIGGRAPH 1978 (the hexcone).
func rgb(hue: Double, saturation: Double, value: Double) -> SIMD3<Double> {
  func channel(_ offset: Double) -> Double {
    let sector = (offset + 6 * hue).truncatingRemainder(dividingBy: 6)
    return value * (1 - saturation * max(0, min(sector, 4 - sector, 1)))
  }
  return SIMD3(channel(5), channel(3), channel(1))
}
