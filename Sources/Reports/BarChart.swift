/// A bar for each row from zero to its median, a line from its fastest to its slowest repetition,
/// and a dashed line at the limit. The axis starts at zero, so lengths compare as times do.
struct BarChart {
  private let rows: [ComparisonPage.Row]
  private let limit: ComparisonPage.Limit?
  /// The longest time that has a place.
  private let longest: Double

  private static let (left, right, rowHeight, top) = (210.0, 760.0, 34.0, 28.0)

  init(_ rows: [ComparisonPage.Row], _ limit: ComparisonPage.Limit?) {
    self.rows = rows
    self.limit = limit.flatMap { $0.seconds.isPlottable ? $0 : nil }
    let times: [Double] = rows.flatMap { $0.seconds + [$0.median ?? 0] }
    longest = (times + [self.limit?.seconds ?? 0]).filter { $0.isPlottable }.max() ?? 1
  }

  private func x(_ seconds: Double) -> Double {
    Self.left + (Self.right - Self.left) * min(max(seconds / longest, 0), 1)
  }

  var html: HTML {
    let height = Self.top + Double(rows.count) * Self.rowHeight + 8
    return .element(
      "svg",
      [
        ("class", "plot"), ("viewBox", "0 0 900 \(place(height))"), ("role", "img"),
        (
          "aria-label", "Times of " + rows.map { "\($0.name): \($0.words)" }.joined(separator: ", ")
        ),
      ]
    ) {
      for (index, row) in rows.enumerated() {
        bar(row, Self.top + Double(index) * Self.rowHeight)
      }
      if let limit { line(limit, height) }
    }
  }

  private func bar(_ row: ComparisonPage.Row, _ top: Double) -> HTML {
    let middle = top + Self.rowHeight / 2
    let end = x(row.median ?? 0)
    let slowest = x(row.seconds.max() ?? 0)
    return .element("g", class: row.isOwn ? "bars own" : "bars") {
      text(row.name, Self.left - 10, middle + 4, [("text-anchor", "end"), ("class", "way")])
      if row.median != nil {
        HTML.element(
          "rect",
          [
            ("x", place(Self.left)), ("y", place(top + 5)), ("width", place(end - Self.left)),
            ("height", place(Self.rowHeight - 10)), ("rx", "2"),
          ])
      }
      if let least = row.seconds.min() {
        HTML.element(
          "path", [("d", "M\(place(x(least))) \(place(middle))H\(place(slowest))")])
      }
      text(row.words, max(end, slowest) + 8, middle + 4, [])
    }
  }

  private func line(_ limit: ComparisonPage.Limit, _ height: Double) -> HTML {
    let x = x(limit.seconds)
    let isLeft = x < (Self.left + Self.right) / 2
    return .element("g", class: "bound") {
      HTML.element("path", [("d", "M\(place(x)) \(place(Self.top - 6))V\(place(height - 8))")])
      text(limit.words, x, Self.top - 12, [("text-anchor", isLeft ? "start" : "end")])
    }
  }

  private func text(
    _ words: String, _ x: Double, _ y: Double, _ attributes: [(String, String)]
  ) -> HTML {
    .element("text", [("x", place(x)), ("y", place(y))] + attributes) { words }
  }
}

/// What a page of comparisons adds to the look of a report.
let comparisonStyle = """
  .plot{display:block;width:100%;min-width:640px;height:auto;margin-top:6px}
  .plot text{font-size:13px;fill:var(--quiet);font-variant-numeric:tabular-nums}
  .plot .way{fill:var(--ink)}
  .bars rect{fill:var(--quiet);fill-opacity:.55}
  .bars.own rect{fill:var(--accent);fill-opacity:1}
  .bars path{stroke:var(--ink);stroke-width:2}
  .bound path{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:5 4;fill:none}
  .bound text{fill:var(--ink)}
  .bars,.bound{print-color-adjust:exact;-webkit-print-color-adjust:exact}
  .times .name{white-space:nowrap}
  .note{border-left-color:var(--accent)}
  @media print{.wide{overflow:visible}.plot{min-width:0}}
  """
