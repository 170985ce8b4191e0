import TensorCore

/// The page of a ``TrainingReport``: how the run does, its curves, the pictures of its last
/// validation, and how to make it go on.
struct TrainingPage {
  let report: TrainingReport
  private let charts: TrainingCharts
  private let pictures: ReportPictures?

  /// Between two readings of the file while the run goes on.
  static let secondsPerRedraw = 10

  /// - Errors: those of ``ReportPictures``.
  init(_ report: TrainingReport) throws(Diagnostic) {
    self.report = report
    charts = TrainingCharts(report.curves)
    if let validation = report.validation {
      pictures = try ReportPictures(validation)
    } else {
      pictures = nil
    }
  }

  /// - Errors: those of ``HeatMap/html()``.
  var html: HTML {
    get throws(Diagnostic) {
      let latents = try pictures?.latents
      return .element("html", [("lang", "en")]) {
        head
        HTML.element("body") {
          if report.isRunning { live }
          header
          HTML.element("main") {
            HTML.notes(report.notes)
            curves
            validation
            if let latents { latents }
            HTML.element("div", class: "columns") {
              recipe
              continuation
            }
          }
          if let pictures {
            pictures.controls
            HTML.source("script", reportScript)
          }
          HTML.source("script", trainingScript)
        }
      }
    }
  }
}

// MARK: - Frame
extension TrainingPage {
  private var head: HTML {
    let films = pictures.map { [$0.styleSheet] } ?? []
    // With script the page redraws itself more carefully.
    let refresh = HTML.element("noscript") {
      HTML.element(
        "meta", [("http-equiv", "refresh"), ("content", "\(Self.secondsPerRedraw)")])
    }
    return .head(
      report.title, styles: [reportStyle, LineChart.styleSheet, trainingStyle] + films,
      report.isRunning ? refresh : .list([]))
  }

  /// In sight wherever the reader is: that there is more to come, and how to keep it away.
  private var live: HTML {
    let seconds = Self.secondsPerRedraw
    return .element("div", [("id", "live"), ("data-seconds", "\(seconds)")]) {
      HTML.element("i", [("aria-hidden", "true")])
      HTML.element("span", [("id", "state")]) {
        "Training goes on; redrawn every \(seconds) s."
      }
      HTML.element("button", [("type", "button"), ("id", "redraw"), ("hidden", "")]) {
        "Pause redrawing"
      }
    }
  }

  private var header: HTML {
    .element("header") {
      HTML.element("h1") { report.title }
      HTML.element("p", class: "source") { report.source }
      if !report.facts.isEmpty {
        HTML.element("ul", class: "facts") {
          for fact in report.facts {
            HTML.element("li") {
              HTML.element("b") { fact.text }
              " \(fact.remark)"
            }
          }
        }
      }
      HTML.element("nav", [("aria-label", "parts of this page")]) {
        for part in parts { HTML.element("a", [("href", "#\(part.id)")]) { part.title } }
      }
    }
  }

  private var parts: [(id: String, title: String)] {
    let pictures = [("clip", "Clip"), ("slots", "Object slots"), ("latents", "Latents")]
    return [("curves", "Curves")]
      + (self.pictures == nil ? [("validation", "Validation")] : pictures)
      + [("recipe", "Recipe"), ("again", "Go on")]
  }
}

// MARK: - Sections
extension TrainingPage {
  private var curves: HTML {
    let (charts, unseen) = (self.charts.charts, self.charts.unseen)
    let isDense = charts.contains(where: \.isDense)
    return .section("Curves", id: "curves", isDense ? LineChart.howManyAreDrawn : "") {
      if charts.isEmpty {
        HTML.element("p", class: "quiet") { "The log has no numbers yet." }
      }
      HTML.element("div", class: "charts") { charts.map(\.html) }
      if !unseen.isEmpty {
        HTML.element("p", class: "quiet") {
          "Without a finite number so far, and so without a curve: "
            + unseen.joined(separator: ", ") + "."
        }
      }
    }
  }

  @HTMLBuilder private var validation: HTML {
    if let pictures {
      let report = pictures.report
      let notes = (report.weightsNote.isEmpty ? [] : [report.weightsNote]) + report.notes
      HTML.notes(pictures.remarks + notes)
      pictures.players(
        [clipWords, report.source].filter { !$0.isEmpty }.joined(separator: ": "))
      pictures.slots
    } else {
      HTML.section("Validation", id: "validation", "") {
        HTML.element("p", class: "quiet") {
          report.isRunning
            ? "Pictures follow the first validation." : "This run ended before any validation."
        }
      }
    }
  }

  private var clipWords: String {
    let step = report.validationStep.map { " after step \(grouped($0))" } ?? ""
    return "The first clip of the last validation" + step
  }

  private var recipe: HTML {
    .section("Recipe", id: "recipe", "") {
      if report.recipe.isEmpty {
        HTML.element("p", class: "quiet") { "The recipe was not recorded." }
      } else {
        HTML.settings(report.recipe)
      }
    }
  }

  private var continuation: HTML {
    .section("Go on", id: "again", "") {
      if report.command.isEmpty {
        HTML.element("p", class: "quiet") { "The command was not recorded." }
      } else {
        HTML.element("p", class: "quiet") {
          report.isRunning
            ? "Should the run be stopped, this makes it go on from its last checkpoint:"
            : "This makes the run go on from its last checkpoint:"
        }
        HTML.element("pre") { HTML.element("code") { report.command } }
      }
      HTML.element("p", class: "quiet") {
        "This page is one file and needs no network. Magenta marks places that hold no number."
      }
    }
  }
}
