import Foundation

/// Curves over one axis: losses and rates over the steps of a run.
///
/// Says in words what it shows, for whoever does not see it, and which points it does not.
package struct LineChart: Sendable {
  package struct Point: Sendable, Hashable {
    package var x: Double
    package var y: Double

    package init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
  }

  package struct Series: Sendable {
    package var name: String
    /// In the order in which they are joined.
    package var points: [Point]

    package init(_ name: String, _ points: [Point]) { (self.name, self.points) = (name, points) }
  }

  package var title: String
  package var remark: String
  /// What the axes are, with units.
  package var xLabel: String
  package var yLabel: String
  package var isLogarithmic: Bool
  package var series: [Series]
  /// Of the drawing, in units of which a page shows one as a pixel where it has room.
  package var width = 900
  /// Whether the chart itself says how many points are drawn; else its page does, once.
  package var saysHowManyAreDrawn = true

  package init(
    title: String, remark: String = "", xLabel: String, yLabel: String,
    isLogarithmic: Bool = false, series: [Series]
  ) {
    (self.title, self.remark, self.xLabel, self.yLabel) = (title, remark, xLabel, yLabel)
    (self.isLogarithmic, self.series) = (isLogarithmic, series)
  }

  package var html: HTML {
    .element("figure", class: "chart") {
      HTML.element("figcaption") {
        HTML.element("b") { title }
        if !remark.isEmpty { HTML.text(" – \(remark)") }
      }
      if series.count > 1 || !series.allSatisfy(\.name.isEmpty) { legend }
      HTML.element("div", class: "wide") { drawing }
      for note in notes { HTML.element("p", class: "quiet") { note } }
    }
  }
}

// MARK: - Words
extension LineChart {
  private func drawn(_ series: Series) -> [Point] {
    series.points.filter { $0.hasPlace(isLogarithmic: isLogarithmic) }
  }

  private var legend: HTML {
    .element("ul", class: "curves") {
      for (index, one) in series.enumerated() {
        HTML.element("li") {
          HTML.element("svg", [("viewBox", "0 0 24 10"), ("aria-hidden", "true")]) {
            HTML.element("path", [("class", Self.style(index)), ("d", "M1 5H23")])
          }
          one.name
          if let last = drawn(one).last { HTML.element("span") { Self.digits(last.y) } }
        }
      }
    }
  }

  private var words: String {
    let sentences = series.map { one in
      let points = drawn(one)
      let (x, y) = (points.map(\.x), points.map(\.y))
      guard let last = y.last, let first = x.min(), let end = x.max(), let least = y.min(),
        let greatest = y.max()
      else { return "\(one.name): no points." }
      return "\(one.name): \(Self.counted(points.count, "point")), \(xLabel) \(Self.digits(first)) "
        + "to \(Self.digits(end)), \(yLabel) \(Self.digits(least)) to \(Self.digits(greatest)), "
        + "at last \(Self.digits(last))."
    }
    return sentences.joined(separator: " ")
  }

  private var notes: [String] {
    var notes: [String] = []
    for one in series {
      let unseen = one.points.count { !$0.isDrawable }
      let low = one.points.count { $0.isDrawable && !$0.hasPlace(isLogarithmic: isLogarithmic) }
      if unseen > 0 {
        notes.append(
          "\(one.name): \(Self.counted(unseen, "point")) without a finite number, not drawn.")
      }
      if low > 0 {
        notes.append(
          "\(one.name): \(Self.counted(low, "point")) at or below zero, not drawn, since a "
            + "logarithmic axis has no place for them.")
      }
    }
    return isDense && saysHowManyAreDrawn ? notes + [Self.howManyAreDrawn] : notes
  }

  /// Whether a curve has too many points to join one by one.
  var isDense: Bool { series.contains { $0.points.count > ChartCurve.mostJoined } }

  static var howManyAreDrawn: String {
    "Of more than \(grouped(ChartCurve.mostJoined)) points, the line shows means of neighbours, and "
      + "the band behind it reaches from their least to their greatest."
  }

  private static func counted(_ count: Int, _ word: String) -> String {
    grouped(count) + " " + word + (count == 1 ? "" : "s")
  }

  private static func digits(_ value: Double) -> String {
    abs(value) < 1e6 && value == value.rounded()
      ? grouped(Int(value)) : tidied(String(format: "%.4g", value))
  }
}

// MARK: - Drawing
extension LineChart {
  private static let (top, bottom) = (12.0, 270.0)
  private var right: Double { Double(width - 32) }

  /// The classes of a curve: its colour, and from the seventh on its dashes.
  private static func style(_ index: Int) -> String {
    let round = index / Palette.curves.count
    let colour = "curve curve-\(index % Palette.curves.count)"
    return round == 0 ? colour : colour + " dashed-\(min(round, 2))"
  }

  private var drawing: HTML {
    let points = series.flatMap(drawn)
    let x = ChartAxis.linear(points.map(\.x), count: width / 90, isTight: true)
    let heights = points.map(\.y)
    let y =
      isLogarithmic ? ChartAxis.logarithmic(heights) : ChartAxis.linear(heights, count: 5)
    // Room for the longest number beside the label.
    let left = 34 + 7.6 * Double(y.ticks.map(\.text.count).max() ?? 1)
    let frame = Frame(left: left, right: right, top: Self.top, bottom: Self.bottom)
    let box = "0 0 \(width) 312"
    return .element("svg", [("class", "plot"), ("viewBox", box), ("role", "img")]) {
      HTML.element("title") { title }
      HTML.element("desc") { words }
      grid(frame, points.isEmpty ? [] : x.ticks, points.isEmpty ? [] : y.ticks, x, y)
      if points.isEmpty {
        caption("no points", (left + right) / 2, (Self.top + Self.bottom) / 2, "middle")
      }
      // The first series is what the chart is about: it lies above the others.
      for (index, one) in series.enumerated().reversed() {
        curve(ChartCurve(one.points, x: x, y: y), frame, index)
      }
    }
  }

  /// Where fractions lie in the picture.
  private struct Frame {
    var (left, right, top, bottom): (Double, Double, Double, Double)

    init(left: Double, right: Double, top: Double, bottom: Double) {
      (self.left, self.right, self.top, self.bottom) = (left, right, top, bottom)
    }

    func x(_ part: Double) -> String { place(left + part * (right - left)) }
    func y(_ part: Double) -> String { place(bottom + part * (top - bottom)) }
  }

  private func grid(
    _ frame: Frame, _ columns: [ChartAxis.Tick], _ rows: [ChartAxis.Tick], _ x: ChartAxis,
    _ y: ChartAxis
  ) -> HTML {
    let (left, bottom) = (place(frame.left), place(frame.bottom))
    return .element("g", class: "grid") {
      for tick in rows {
        let height = frame.y(y[tick.value])
        HTML.element("path", [("d", "M\(left) \(height)H\(place(frame.right))")])
        caption(tick.text, frame.left - 8, (Double(height) ?? 0) + 4, "end")
      }
      for tick in columns {
        let place = frame.x(x[tick.value])
        HTML.element("path", [("class", "axis"), ("d", "M\(place) \(bottom)v5")])
        caption(tick.text, Double(place) ?? 0, frame.bottom + 20, "middle")
      }
      HTML.element("path", [("class", "axis"), ("d", "M\(left) \(bottom)H\(place(frame.right))")])
      caption(xLabel, (frame.left + frame.right) / 2, frame.bottom + 38, "middle")
      HTML.element(
        "text",
        [
          ("transform", "translate(14 \(place((frame.top + frame.bottom) / 2))) rotate(-90)"),
          ("text-anchor", "middle"),
        ]
      ) { yLabel }
    }
  }

  private func curve(_ curve: ChartCurve, _ frame: Frame, _ index: Int) -> HTML {
    let lines = curve.runs.filter { $0.count > 1 }
    let places = curve.runs.flatMap { $0 }
    // Alone a point would not be seen; few are seen as what they are.
    let dots = places.count <= 30 ? places : curve.runs.filter { $0.count == 1 }.flatMap { $0 }
    func path(_ places: some Collection<(Double, Double)>) -> String {
      "M" + places.map { "\(frame.x($0.0)) \(frame.y($0.1))" }.joined(separator: "L")
    }
    return .element("g", [("class", Self.style(index))]) {
      if curve.isDense && !lines.isEmpty {
        let bands = lines.map { run in
          path(run.map { ($0.x, $0.high) } + run.reversed().map { ($0.x, $0.low) }) + "Z"
        }
        HTML.element("path", [("class", "band"), ("d", bands.joined())])
      }
      if !lines.isEmpty {
        HTML.element("path", [("d", lines.map { path($0.map { ($0.x, $0.y) }) }.joined())])
      }
      for dot in dots {
        HTML.element("circle", [("cx", frame.x(dot.x)), ("cy", frame.y(dot.y)), ("r", "3")])
      }
    }
  }

  private func caption(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> HTML {
    .element("text", [("x", place(x)), ("y", place(y)), ("text-anchor", anchor)]) { text }
  }
}

// MARK: - Look
extension LineChart {
  /// What a page with charts adds to the look of a report; colours for light and for dark.
  package static var styleSheet: String {
    func colours(isDark: Bool) -> String {
      Palette.curves.indices.map { index in
        "--curve-\(index):\(Palette.curve(index, isDark: isDark).css)"
      }.joined(separator: ";")
    }
    let rules = Palette.curves.indices.map { ".curve-\($0){--curve:var(--curve-\($0))}" }
    return """
      .chart{\(colours(isDark: false))}
      @media (prefers-color-scheme:dark){.chart{\(colours(isDark: true))}}
      \(rules.joined())
      .chart{margin-top:20px;max-width:1000px;break-inside:avoid}
      .chart .plot{display:block;width:100%;min-width:560px;height:auto;margin-top:6px}
      .chart .plot text{font-size:13px;fill:var(--quiet);font-variant-numeric:tabular-nums}
      .chart .grid path{fill:none;stroke:var(--line)}
      .chart .grid .axis{stroke:var(--quiet)}
      .curve,.curve path{fill:none;stroke:var(--curve);stroke-width:1.8;stroke-linejoin:round;
        stroke-linecap:round;print-color-adjust:exact;-webkit-print-color-adjust:exact}
      .curve .band{fill:var(--curve);fill-opacity:.2;stroke:none}
      .curve circle{fill:var(--curve);stroke:none}
      .dashed-1,.dashed-1 path{stroke-dasharray:7 4}
      .dashed-2,.dashed-2 path{stroke-dasharray:2 4}
      .curves{list-style:none;display:flex;flex-wrap:wrap;gap:2px 20px;margin:6px 0 0;padding:0;
        font-size:14px}
      .curves svg{width:24px;height:10px;margin-right:7px}
      .curves span{color:var(--quiet);margin-left:7px;font-variant-numeric:tabular-nums}
      .chart .quiet{margin:4px 0 0;font-size:13px}
      """
  }
}
