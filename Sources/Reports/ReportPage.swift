import TensorCore

/// The page of a ``SegmentationReport``: puts the sections together.
struct ReportPage {
  let report: SegmentationReport
  let pictures: ReportPictures
  private let studies: LatentStudies?

  /// - Errors: those of ``ReportPictures``.
  init(_ report: SegmentationReport) throws(Diagnostic) {
    self.report = report
    pictures = try ReportPictures(report)
    studies =
      report.studies.isEmpty ? nil : try LatentStudies(report.studies, pictures.strip)
  }
}

// MARK: - Page
extension ReportPage {
  /// - Errors: those of ``HeatMap/html()``.
  var html: HTML {
    get throws(Diagnostic) {
      let latents = try pictures.latents
      return .element("html", [("lang", "en")]) {
        HTML.head(report.title, styles: styles)
        HTML.element("body") {
          header
          HTML.element("main") {
            HTML.notes(pictures.remarks + report.notes)
            pictures.players("What went in, and what the model made of it.")
            pictures.slots
            if let studies { studies.html }
            latents
            if !report.variants.isEmpty { variants }
            times
            HTML.element("div", class: "columns") {
              options
              reproduction
            }
          }
          pictures.controls
          HTML.source("script", reportScript)
        }
      }
    }
  }

  private var styles: [String] {
    [reportStyle, pictures.styleSheet] + (studies.map { [studyStyle, $0.styleSheet] } ?? [])
  }

  private var header: HTML {
    let model = report.model
    let (frames, slots, height, width) = report.lengths
    return .element("header") {
      HTML.element("h1") { report.title }
      HTML.element("p", class: "source") { report.source }
      HTML.element("ul", class: "facts") {
        HTML.element("li") {
          HTML.element("b") { model.name }
          " preset \(model.preset)"
        }
        HTML.element("li") {
          HTML.element("b") { grouped(model.parameterCount) }
          " parameters"
        }
        HTML.element("li") {
          HTML.element("b") { "\(frames)" }
          frames == 1 ? " frame of \(width) × \(height)" : " frames of \(width) × \(height)"
        }
        HTML.element("li") {
          HTML.element("b") { "\(slots)" }
          slots == 1 ? " slot" : " slots"
        }
        for fact in report.facts {
          HTML.element("li") {
            HTML.element("b") { fact.text }
            " \(fact.remark)"
          }
        }
      }
      if !report.weightsNote.isEmpty {
        HTML.element("p", [("class", "warning"), ("role", "note")]) {
          HTML.element("b") { "About the weights. " }
          report.weightsNote
        }
      }
    }
  }
}

/// `10998788` as `10,998,788`.
func grouped(_ number: Int) -> String {
  var digits = Array(String(number.magnitude))
  for index in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: index) }
  return (number < 0 ? "-" : "") + String(digits)
}
