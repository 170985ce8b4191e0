import Foundation

extension ReportPage {
  /// The same model computed in several ways.
  var variants: HTML {
    let variants = report.variants
    let slowest = variants.map(\.milliseconds).max() ?? 0
    return .section(
      "Fused, unfused, artefact", id: "variants",
      "The whole model on this clip: medians of runs that take turns, everything else the same."
    ) {
      HTML.element("div", class: "wide") {
        HTML.element("table", class: "times") {
          HTML.element("thead") {
            HTML.element("tr") {
              HTML.element("th", [("scope", "col")]) { "" }
              for title in ["time", "frames a second", "of the slowest", "workspace", "difference"]
              {
                HTML.element("th", [("scope", "col"), ("class", "number")]) { title }
              }
            }
          }
          HTML.element("tbody") {
            for variant in variants {
              row(variant, slowest, isFirst: variant.name == variants[0].name)
            }
          }
        }
      }
    }
  }

  private func row(
    _ variant: SegmentationReport.Variant, _ slowest: Double, isFirst: Bool
  ) -> HTML {
    let speed = slowest / variant.milliseconds
    let cells = [
      duration(variant.milliseconds), String(format: "%.3g", variant.framesPerSecond),
      speed.isFinite ? String(format: "%.2f× as fast", speed) : "–",
      String(format: "%.3g MB", Double(variant.workspaceBytes) * 1e-6),
      isFirst
        ? "–" : variant.difference == 0 ? "same bits" : String(format: "%.1e", variant.difference),
    ]
    return .element("tr") {
      HTML.element("th", [("scope", "row")]) { variant.name }
      for cell in cells { HTML.element("td", class: "number") { cell } }
    }
  }
}
