import Foundation
import Goldens
import PageReports
import Testing

@Suite("A chart of curves")
struct LineChartTests {
  typealias Point = LineChart.Point

  private func text(_ series: [LineChart.Series], isLogarithmic: Bool = false) -> String {
    let chart = LineChart(
      title: "Loss", xLabel: "step", yLabel: "nats", isLogarithmic: isLogarithmic, series: series)
    var text = ""
    chart.html.write(to: &text)
    return text
  }

  private func text(_ points: [Point], isLogarithmic: Bool = false) -> String {
    text([LineChart.Series("train", points)], isLogarithmic: isLogarithmic)
  }

  /// The numbers at ticks, left of the vertical axis or below the horizontal one, and where they are.
  private func ticks(_ text: String, isVertical: Bool) -> [(value: Double, place: Double)] {
    let anchor = isVertical ? "end" : "middle"
    return text.matches(
      of: /<text x="([0-9.]+)" y="([0-9.]+)" text-anchor="([a-z]+)">([-0-9.,e]+)</
    ).filter { $0.3 == anchor }.map { match in
      let value = Double(match.4.replacing(",", with: "")) ?? .nan
      // A label stands 4 below its line.
      return (value, isVertical ? Double(match.2)! - 4 : Double(match.1)!)
    }
  }

  /// The corners of the lines of all curves, run by run.
  private func lines(_ text: String) -> [[(x: Double, y: Double)]] {
    text.matches(of: /<path d="M([0-9. ML]+L[0-9. ML]+)"/).flatMap { match in
      match.1.split(separator: "M").map { run in
        run.split(separator: "L").map { corner in
          let parts = corner.split(separator: " ").map { Double($0)! }
          return (parts[0], parts[1])
        }
      }
    }
  }

  @Test("is the picture that was looked at")
  func golden() throws {
    let train = (0...20).map { step -> Point in
      let loss = step == 7 ? .nan : 2 / (1 + Double(step)) + (step.isMultiple(of: 2) ? 0.05 : 0)
      return Point(Double(step * 50), loss)
    }
    let chart = LineChart(
      title: "Loss <1>", remark: "on a logarithmic axis", xLabel: "step", yLabel: "nats",
      isLogarithmic: true,
      series: [
        LineChart.Series("train", train),
        LineChart.Series("validation", [Point(0, 2.5), Point(500, 0), Point(1000, 0.2)]),
      ])
    var text = ""
    chart.html.write(to: &text)
    // A line for each element, so that a difference shows.
    #expect(
      try Golden("chart.html.txt").mismatch(text.replacing("><", with: ">\n<") + "\n") == nil)
    #expect(markupFaults(in: text) == [])
  }
}

// MARK: - Axes
extension LineChartTests {
  static let ranges: [(least: Double, greatest: Double)] = [
    (0, 1), (0.1, 2.3), (-5, 7), (0, 999), (-1e200, 1e200), (0, 1e-300), (1e-12, 3e-12),
    (1e15, 1e15 + 1e12), (0.00123, 0.00456), (123_456, 123_789), (-3, -2), (99.999, 100.001),
    (1e-5, 2e7),
  ]

  @Test("has round ticks at equal distances that cover the data", arguments: ranges)
  func linearTicks(_ least: Double, _ greatest: Double) throws {
    let text = text([Point(0, least), Point(1, greatest), Point(2, least)])
    let ticks = ticks(text, isVertical: true)
    try #require((3...8).contains(ticks.count), "\(ticks)")
    let step = ticks[1].value - ticks[0].value
    #expect(ticks[0].value <= least + step * 1e-6)
    #expect(ticks[ticks.count - 1].value >= greatest - step * 1e-6)
    let digits = String(format: "%.6e", step)
    #expect(["1.0000", "2.0000", "5.0000"].contains { digits.hasPrefix($0) }, "\(digits)")
    for (left, right) in zip(ticks, ticks.dropFirst()) {
      #expect(abs(right.value - left.value - step) <= abs(step) * 1e-6)
    }
    // The curve meets its values where the numbers say.
    let line = try #require(lines(text).first)
    let (low, high) = (ticks[0], ticks[ticks.count - 1])
    for (corner, value) in zip(line, [least, greatest, least]) {
      let part = (value - low.value) / (high.value - low.value)
      #expect(abs(corner.y - (low.place + part * (high.place - low.place))) < 0.11)
    }
  }

  @Test(
    "has at most nine round ticks on a logarithmic axis, and they cover the data",
    arguments: [
      (1e-30, 1e30), (1, 1), (0.3, 2), (1e-200, 1e200), (5, 7), (1e-3, 2e3), (0.02, 20), (3, 3e9),
      (1, 2e9), (2e-9, 1), (0.999, 1.001),
    ] as [(Double, Double)])
  func logarithmicTicks(_ least: Double, _ greatest: Double) throws {
    let text = text([Point(0, least), Point(1, greatest)], isLogarithmic: true)
    let ticks = ticks(text, isVertical: true)
    try #require((2...9).contains(ticks.count), "\(ticks)")
    #expect(ticks[0].value <= least && ticks[ticks.count - 1].value >= greatest)
    for tick in ticks {
      #expect(["1.0e", "2.0e", "5.0e"].contains(String(format: "%.1e", tick.value).prefix(4)))
    }
    let line = try #require(lines(text).first)
    let (low, high) = (ticks[0], ticks[ticks.count - 1])
    for (corner, value) in zip(line, [least, greatest]) {
      let part = (log10(value) - log10(low.value)) / (log10(high.value) - log10(low.value))
      #expect(abs(corner.y - (low.place + part * (high.place - low.place))) < 0.11)
    }
  }

  @Test(
    "writes numbers as people do, and no digit more than tells them apart",
    arguments: [
      (0, 1e-4, ["0", "2e-5", "4e-5", "6e-5", "8e-5", "1e-4"]),
      (1, 3e7, ["0", "1e7", "2e7", "3e7"]),
      (0, 5e4, ["0", "10,000", "20,000", "30,000", "40,000", "50,000"]),
      (-0.5, 0.5, ["-0.4", "-0.2", "0", "0.2", "0.4"]),
    ] as [(Double, Double, [String])])
  func tickText(_ least: Double, _ greatest: Double, _ expected: [String]) {
    let text = text([Point(0, least), Point(1, greatest)])
    for label in expected { #expect(text.contains("text-anchor=\"end\">\(label)<"), "\(label)") }
  }

  @Test("numbers steps by whole numbers, and lets them end where the data ends")
  func wholeSteps() throws {
    for last in [1, 2, 3, 7, 999, 1_000_000] {
      let text = text([Point(0, 1), Point(Double(last), 2)])
      let ticks = ticks(text, isVertical: false)
      #expect(ticks.count >= 2)
      for tick in ticks {
        #expect(tick.value == tick.value.rounded() && tick.value <= Double(last))
      }
      let line = try #require(lines(text).first)
      #expect(line[0].x == ticks[0].place)
      #expect(line[1].x == 868)
    }
  }
}

// MARK: - Curves
extension LineChartTests {
  @Test("shows one point as a dot within its axes", arguments: [0, 5, -1e200, 1e200, 5e-324])
  func onePoint(_ value: Double) throws {
    let text = text([Point(3, value)])
    #expect(lines(text).isEmpty)
    let dot = try #require(text.firstMatch(of: /<circle cx="([0-9.]+)" cy="([0-9.]+)"/))
    #expect((60...868).contains(Double(dot.1)!) && (12...270).contains(Double(dot.2)!))
    #expect(ticks(text, isVertical: true).count >= 3)
    #expect(text.contains("train: 1 point, step 3 to 3"))
    #expect(markupFaults(in: text) == [])
  }

  @Test("draws a constant as a level line in the middle")
  func constant() throws {
    for value in [0, 1, -7.5, 1e12] {
      for isLogarithmic in [false, true] where value > 0 || !isLogarithmic {
        let text = text((0..<50).map { Point(Double($0), value) }, isLogarithmic: isLogarithmic)
        let line = try #require(lines(text).first)
        #expect(line.count == 50)
        #expect(Set(line.map(\.y)).count == 1)
      }
    }
  }

  @Test("has no curve without points, and says so")
  func empty() {
    for points in [[], [Point(0, .nan)], [Point(.infinity, 1)]] {
      for series in [[], [LineChart.Series("a", points)]] {
        let text = text(series)
        #expect(text.contains(">no points<"))
        #expect(!text.contains("<circle") && lines(text).isEmpty)
        #expect(ticks(text, isVertical: true).isEmpty)
        #expect(markupFaults(in: text) == [])
      }
    }
  }

  @Test("leaves gaps where numbers are missing, and counts them")
  func gaps() {
    var points = (0..<100).map { Point(Double($0), Double($0 % 7 + 1)) }
    points[10].y = .nan
    points[50].y = -.infinity
    points[51].y = 1e201
    points[80].y = 0
    points[82].y = -1
    let linear = text(points)
    #expect(lines(linear).map(\.count) == [10, 39, 48])
    #expect(linear.contains("train: 3 points without a finite number, not drawn."))
    #expect(!linear.contains("at or below zero"))
    let logarithmic = text(points, isLogarithmic: true)
    #expect(lines(logarithmic).map(\.count) == [10, 39, 28, 17])
    #expect(logarithmic.contains("train: 2 points at or below zero, not drawn"))
    // Point 81 is alone.
    #expect(logarithmic.matches(of: /<circle/).count == 1)
  }

  @Test("draws many points as means in a band from the least to the greatest")
  func manyPoints() throws {
    // A spike that thinning would lose.
    let points = (0..<100_000).map { step in
      Point(Double(step), step == 54_321 ? 40 : Double(step % 2) * 2)
    }
    let text = text(points)
    let line = try #require(lines(text).first)
    #expect(line.count == 400)
    let ticks = ticks(text, isVertical: true)
    let (low, high) = (ticks[0], ticks[ticks.count - 1])
    func height(_ value: Double) -> Double {
      low.place + (value - low.value) / (high.value - low.value) * (high.place - low.place)
    }
    for (index, corner) in line.enumerated() where index != 54_321 / 250 {
      #expect(abs(corner.y - height(1)) < 0.11)
    }
    let band = try #require(text.firstMatch(of: /class="band" d="M([^"]+)Z"/))
    let edge = band.1.split(separator: "L").map { Double($0.split(separator: " ")[1])! }
    #expect(edge.count == 800)
    #expect(abs((edge.min() ?? 0) - height(40)) < 0.11)
    #expect(abs((edge.max() ?? 0) - height(0)) < 0.11)
    #expect(edge[..<400].allSatisfy { $0 <= height(2) + 0.11 })
    #expect(text.utf8.count < 40_000)
    #expect(text.contains("Of more than 1,000 points"))
  }

  @Test("keeps gaps among many points where nothing else lies, and only there")
  func manyGaps() {
    let points = (0..<40_000).map { step in
      let isMissing = (10_000..<20_000).contains(step) || step.isMultiple(of: 3)
      return Point(Double(step), isMissing ? .nan : 1 + Double(step % 5))
    }
    let text = text(points)
    #expect(lines(text).map(\.count) == [100, 200])
    #expect(text.contains("20,001 points without a finite number"))
  }

  @Test(
    "is as wide as its page wants it, and silent about what that page says", arguments: [560, 900])
  func width(_ width: Int) throws {
    let points = (0...1000).map { Point(Double($0), 1 + Double($0)) }
    var chart = LineChart(
      title: "Loss", xLabel: "step", yLabel: "nats", series: [LineChart.Series("a", points)])
    chart.width = width
    chart.saysHowManyAreDrawn = false
    var text = ""
    chart.html.write(to: &text)
    #expect(text.contains("viewBox=\"0 0 \(width) 312\""))
    #expect(!text.contains("Of more than"))
    let ticks = ticks(text, isVertical: false)
    #expect(ticks.last?.value == 1000 && ticks.last?.place == Double(width - 32))
    #expect((4...12).contains(ticks.count))
  }

  @Test("gives every curve a look of its own, and the legend the last number")
  func looks() {
    let series = (0..<18).map { index in
      LineChart.Series("<s\(index)>", [Point(0, 1), Point(1, Double(index))])
    }
    let text = text(series)
    let legend = text.matches(of: /<path class="(curve[^"]+)" d="M1 5H23">/).map { String($0.1) }
    #expect(legend.count == 18 && Set(legend).count == 18)
    for look in legend { #expect(text.contains("<g class=\"\(look)\">")) }
    #expect(text.contains("&lt;s17&gt;<span>17</span>"))
    #expect(markupFaults(in: text) == [])
  }
}
