import Foundation

/// An axis of a chart, with round numbers at its ticks.
struct ChartAxis {
  struct Tick {
    var value: Double
    var text: String
  }

  /// What is beyond has no place on any axis, nor on a logarithmic one what is closer to zero than its
  /// reciprocal: ticks around it might be no finite numbers.
  static let limit = 1e200

  let range: ClosedRange<Double>
  let ticks: [Tick]
  let isLogarithmic: Bool
  private let (start, length): (Double, Double)

  private init(_ range: ClosedRange<Double>, _ ticks: [Tick], isLogarithmic: Bool) {
    (self.range, self.ticks, self.isLogarithmic) = (range, ticks, isLogarithmic)
    let ends = [range.lowerBound, range.upperBound].map { isLogarithmic ? log10($0) : $0 }
    (start, length) = (ends[0], ends[1] - ends[0])
  }

  /// Where a value lies: 0 at the start of the axis, 1 at its end.
  subscript(value: Double) -> Double { ((isLogarithmic ? log10(value) : value) - start) / length }
}

/// `1`, `2` or `5`, and a power of ten: what ticks are made of. Read as decimal text, so that it is the
/// nearest number there is.
private struct RoundNumber {
  var digit: Int
  var exponent: Int

  var value: Double { Double("\(digit)e\(exponent)") ?? 0 }

  var next: RoundNumber {
    switch digit {
    case 1: RoundNumber(digit: 2, exponent: exponent)
    case 2: RoundNumber(digit: 5, exponent: exponent)
    default: RoundNumber(digit: 1, exponent: exponent + 1)
    }
  }

  /// The largest one that is not above `value`, which is positive.
  init(below value: Double) {
    // A power too low, in case the logarithm was rounded up.
    self.init(digit: 1, exponent: Int(log10(value).rounded(.down)) - 1)
    while next.value <= value { self = next }
  }

  init(digit: Int, exponent: Int) {
    (self.digit, self.exponent) = (digit, exponent)
  }
}

// MARK: - Linear
extension ChartAxis {
  /// An axis over all of `values`, which lie within ``limit``.
  ///
  /// - Parameters:
  ///   - count: about how many ticks there are.
  ///   - isTight: whether it ends where the values do, and not at a tick.
  static func linear(_ values: [Double], count: Int, isTight: Bool = false) -> ChartAxis {
    var (least, greatest) = (values.min() ?? 0, values.max() ?? 1)
    let magnitude = max(abs(least), abs(greatest))
    let isWhole = isTight && values.allSatisfy { $0.rounded() == $0 }
    // What differs in the seventh digit is drawn as equal, and what is all but zero as zero.
    if greatest - least <= magnitude * 1e-6 || magnitude < 1 / limit {
      let room = magnitude < 1 / limit ? 1 : isWhole ? max(magnitude * 0.1, 1) : magnitude * 0.1
      (least, greatest) = (least - room, greatest + room)
    }
    var step = RoundNumber(below: (greatest - least) / Double(count))
    if step.value * Double(count) < (greatest - least) * (1 - 1e-9) { step = step.next }
    if isWhole && step.exponent < 0 { step = RoundNumber(digit: 1, exponent: 0) }
    let slack = isTight ? -1e-9 : 1e-9
    let first = (least / step.value + slack).rounded(isTight ? .up : .down)
    let last = (greatest / step.value - slack).rounded(isTight ? .down : .up)
    let indices = first <= last ? Array(Int(first)...Int(last)) : []
    let ticks = indices.map { index in
      let value = Double(index) * step.value
      return Tick(value: value, text: text(value, step, magnitude))
    }
    let ends = isTight ? [least, greatest] : [least, greatest] + ticks.map(\.value)
    return ChartAxis(
      (ends.min() ?? 0)...(ends.max() ?? 1), ticks, isLogarithmic: false)
  }

  /// A multiple of `step` with the digits that tell it from its neighbours.
  private static func text(_ value: Double, _ step: RoundNumber, _ magnitude: Double) -> String {
    if value == 0 { return "0" }
    if magnitude < 1e-2 || magnitude >= 1e7 {
      let exponent = RoundNumber(below: abs(value)).exponent
      return tidied(String(format: "%.\(max(exponent - step.exponent, 0))e", value))
    }
    return step.exponent < 0
      ? String(format: "%.\(-step.exponent)f", value) : grouped(Int(value.rounded()))
  }
}

// MARK: - Logarithmic
extension ChartAxis {
  /// An axis over all of `values`, which lie between ``limit`` and its reciprocal.
  static func logarithmic(_ values: [Double]) -> ChartAxis {
    let (least, greatest) = (values.min() ?? 1, values.max() ?? 10)
    var numbers = [RoundNumber(below: least)]
    while numbers[numbers.count - 1].value < greatest, numbers.count <= 9 {
      numbers.append(numbers[numbers.count - 1].next)
    }
    if numbers.count == 1 { numbers.append(numbers[0].next) }
    if numbers.count > 9 { numbers = decades(least, greatest) }
    let ticks = numbers.map { Tick(value: $0.value, text: text($0)) }
    return ChartAxis(
      numbers[0].value...numbers[numbers.count - 1].value, ticks, isLogarithmic: true)
  }

  /// Powers of ten at equal distances, at most nine, with both values between them.
  private static func decades(_ least: Double, _ greatest: Double) -> [RoundNumber] {
    let first = RoundNumber(below: least).exponent
    var last = RoundNumber(digit: 1, exponent: RoundNumber(below: greatest).exponent)
    if last.value < greatest { last.exponent += 1 }
    let step = (last.exponent - first + 6) / 7
    let start = Int((Double(first) / Double(step)).rounded(.down))
    let end = Int((Double(last.exponent) / Double(step)).rounded(.up))
    return (start...end).map { RoundNumber(digit: 1, exponent: $0 * step) }
  }

  private static func text(_ number: RoundNumber) -> String {
    let (digit, exponent) = (number.digit, number.exponent)
    guard (-3..<6).contains(exponent) else { return "\(digit)e\(exponent)" }
    return exponent < 0
      ? String(format: "%.\(-exponent)f", number.value) : grouped(Int(number.value))
  }
}

/// C's `1.50e+07` as people write it: `1.5e7`.
func tidied(_ scientific: String) -> String {
  scientific.replacing(/(\.[0-9]*?)?0*e([+-])0*([0-9]+)/) { match in
    (match.1 == "." ? "" : match.1 ?? "") + "e" + (match.2 == "-" ? "-" : "") + match.3
  }
}
