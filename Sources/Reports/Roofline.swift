import Foundation

/// Rates over arithmetic intensity, both axes logarithmic, under the limits of a machine.
///
/// Source: Williams, Waterman, Patterson, "Roofline: an insightful visual performance model for
/// multicore architectures", CACM 52(4), 2009.
struct Roofline {
  struct Point {
    var label: String
    var name: String
    var flopsPerByte: Double
    var gigaflops: Double
    /// In [0, 1].
    var timeShare: Double
  }

  let points: [Point]
  let roof: RegionPage.Roof
  private let x: LogAxis
  private let y: LogAxis

  /// - Parameter points: one or more, with positive coordinates.
  init(_ points: [Point], _ roof: RegionPage.Roof) {
    self.points = points
    self.roof = roof
    let ridge = roof.peak.value / roof.bandwidth.value
    // Both parts of the roof are seen: a decade on each side of the ridge.
    x = LogAxis(points.map(\.flopsPerByte) + [ridge / 10, ridge * 10], from: 64, to: 880)
    y = LogAxis(
      points.map(\.gigaflops) + [roof.peak.value * 1e-9, roof.peak.value * 1e-10], from: 392, to: 24
    )
  }

  var html: HTML {
    let words =
      "Roofline of \(points.count) regions under \(roof.peak.text) and \(roof.bandwidth.text)"
    return .element(
      "svg",
      [
        ("class", "plot"), ("viewBox", "0 0 900 440"), ("role", "img"), ("aria-label", words),
      ]
    ) {
      grid
      limit
      // The largest first, so that small ones lie above them.
      for point in points.sorted(by: { $0.timeShare > $1.timeShare }) { dot(point) }
      names
    }
  }

  private var grid: HTML {
    .element("g", class: "grid") {
      for (value, text) in x.decades {
        HTML.element("path", [("d", "M\(place(x[value])) 24V392")])
        caption(text, x[value], 410, "middle")
      }
      for (value, text) in y.decades {
        HTML.element("path", [("d", "M64 \(place(y[value]))H880")])
        caption(text, 58, y[value] + 4, "end")
      }
      caption("FLOP per byte moved", 472, 432, "middle")
      HTML.element(
        "text",
        [("transform", "translate(14 208) rotate(-90)"), ("text-anchor", "middle")]
      ) { "GFLOP/s" }
    }
  }

  /// The slope of the bandwidth up to the ridge, then the level of the peak.
  private var limit: HTML {
    let (peak, bandwidth) = (roof.peak.value * 1e-9, roof.bandwidth.value * 1e-9)
    let ridge = peak / bandwidth
    // The slope starts where it leaves the picture, at the left or at the bottom.
    let start = max(x.range.lowerBound, y.range.lowerBound / bandwidth)
    let angle =
      atan2(y[peak] - y[start * bandwidth], x[ridge] - x[start]) * 180 / .pi
    let middle = (start * ridge).squareRoot()
    return .element("g", class: "limit") {
      HTML.element(
        "path",
        [
          (
            "d",
            "M\(place(x[start])) \(place(y[start * bandwidth]))L\(place(x[ridge])) "
              + "\(place(y[peak]))H880"
          )
        ])
      caption(roof.peak.text, 876, y[peak] - 7, "end")
      HTML.element(
        "text",
        [
          (
            "transform",
            "translate(\(place(x[middle])) \(place(y[middle * bandwidth]))) "
              + "rotate(\(place(angle))) translate(0 -7)"
          ), ("text-anchor", "middle"),
        ]
      ) { roof.bandwidth.text }
    }
  }

  private func dot(_ point: Point) -> HTML {
    let radius = 3.5 + 14 * max(point.timeShare, 0).squareRoot()
    return .element("g", class: "point") {
      HTML.element(
        "circle",
        [
          ("cx", place(x[point.flopsPerByte])), ("cy", place(y[point.gigaflops])),
          ("r", place(radius)),
        ]
      ) {
        HTML.element("title") {
          "\(point.label) \(point.name): \(threeDigits(point.flopsPerByte)) FLOP/byte, "
            + "\(threeDigits(point.gigaflops)) GFLOP/s, \(threeDigits(point.timeShare * 100)) % "
            + "of the time"
        }
      }
    }
  }

  private var names: HTML {
    .element("g", class: "names") {
      for point in named {
        caption(point.label, x[point.flopsPerByte], y[point.gigaflops] + 4, "middle")
      }
    }
  }

  /// Points whose numbers do not lie on each other; of those that would, the slowest region's.
  private var named: [Point] {
    points.sorted { $0.timeShare > $1.timeShare }.reduce(into: []) { named, point in
      let isFree = named.allSatisfy { other in
        abs(x[other.flopsPerByte] - x[point.flopsPerByte]) >= 15
          || abs(y[other.gigaflops] - y[point.gigaflops]) >= 12
      }
      if isFree { named.append(point) }
    }
  }

  private func caption(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> HTML {
    .element("text", [("x", place(x)), ("y", place(y)), ("text-anchor", anchor)]) { text }
  }
}

/// A logarithmic axis over whole decades.
struct LogAxis {
  let range: ClosedRange<Double>
  private let (first, last): (Double, Double)
  private let (from, to): (Double, Double)

  /// - Parameter values: positive, one or more; the axis covers them.
  init(_ values: [Double], from: Double, to: Double) {
    first = log10(values.min() ?? 1).rounded(.down)
    last = max(log10(values.max() ?? 1).rounded(.up), first + 1)
    range = pow(10, first)...pow(10, last)
    (self.from, self.to) = (from, to)
  }

  /// Where a value lies between `from` and `to`.
  subscript(value: Double) -> Double {
    from + (log10(value) - first) / (last - first) * (to - from)
  }

  var decades: [(value: Double, text: String)] {
    (Int(first)...Int(last)).map { exponent in
      let value = pow(10, Double(exponent))
      return (value, exponent < 5 ? threeDigits(value) : "1e\(exponent)")
    }
  }
}

/// A coordinate with a tenth of a pixel; what is no number lies at the edge.
func place(_ value: Double) -> String { String(format: "%.1f", value.isFinite ? value : 0) }
