import Foundation

// The sections of text: times, options, how to make the page again.

extension ReportPage {
  var times: HTML {
    let times = report.times
    let longest = times.map(\.milliseconds).filter(\.isFinite).max() ?? 0
    let hasRates = times.contains { $0.gigaflopsPerSecond != nil }
    let hasPeak = times.contains { $0.percentOfPeak != nil }
    return .section("Times", id: "times", report.machine) {
      if times.isEmpty {
        HTML.element("p", class: "quiet") { "No times were taken." }
      } else {
        HTML.element("div", class: "wide") {
          HTML.element("table", class: "times") {
            HTML.element("thead") {
              HTML.element("tr") {
                heading("step")
                heading("time", class: "number")
                heading("beside the longest")
                if hasRates { heading("GFLOP/s", class: "number") }
                if hasPeak { heading("of peak", class: "number") }
              }
            }
            HTML.element("tbody") {
              for time in times { row(time, longest, hasRates: hasRates, hasPeak: hasPeak) }
            }
          }
        }
      }
    }
  }

  private func row(
    _ time: SegmentationReport.Time, _ longest: Double, hasRates: Bool, hasPeak: Bool
  ) -> HTML {
    let part = longest > 0 ? min(max(time.milliseconds / longest, 0), 1) * 100 : 0
    let width = String(format: "width:%.1f%%", part.isNaN ? 0 : part)
    return .element("tr") {
      HTML.element("th", [("scope", "row")]) { time.name }
      HTML.element("td", class: "number") { duration(time.milliseconds) }
      HTML.element("td", class: "bar") { HTML.element("i", [("style", width)]) }
      if hasRates {
        HTML.element("td", class: "number") { number(time.gigaflopsPerSecond, "%.1f") }
      }
      if hasPeak {
        HTML.element("td", class: "number") { number(time.percentOfPeak, "%.0f %%") }
      }
    }
  }

  private func heading(_ text: String, class style: String = "") -> HTML {
    .element("th", [("scope", "col")] + (style.isEmpty ? [] : [("class", style)])) { text }
  }

  private func number(_ value: Double?, _ format: String) -> String {
    guard let value, value.isFinite else { return "–" }
    return String(format: format, value)
  }

  /// `12,345 ms`, `123 ms`, `1.23 ms`, `0.0123 ms`.
  func duration(_ milliseconds: Double) -> String {
    guard milliseconds.isFinite, abs(milliseconds) < 1e15 else { return "–" }
    if milliseconds >= 100 { return grouped(Int(milliseconds.rounded())) + " ms" }
    return String(format: "%.3g ms", milliseconds)
  }

  var options: HTML {
    let model = report.model
    return .section("Options", id: "options", "") {
      if model.options.isEmpty {
        HTML.element("p", class: "quiet") { "Those of the preset \(model.preset)." }
      } else {
        HTML.settings(model.options.map { ($0.name, $0.value) })
      }
    }
  }

  var reproduction: HTML {
    .section("Make this page again", id: "again", "") {
      if report.command.isEmpty {
        HTML.element("p", class: "quiet") { "The command was not recorded." }
      } else {
        HTML.element("pre") { HTML.element("code") { report.command } }
      }
      HTML.element("p", class: "quiet") {
        "This page is one file and needs no network. Magenta marks places that hold no number."
      }
    }
  }
}
