import Foundation

/// A page about ways to compute the same: a bar for each, and a table. Knows neither engines nor
/// units of work: whoever has measured says both in words.
public struct ComparisonPage: Sendable {
  /// One way: its times, or why there are none.
  public struct Row: Sendable {
    public var name: String
    /// Whether it is what the page is about; the others are what it is compared with.
    public var isOwn: Bool
    /// Of each repetition, in seconds; empty when it failed.
    public var seconds: [Double]
    public var median: Double?
    /// The median in words, or why there is none.
    public var words: String
    /// One for each of the page's headings.
    public var cells: [String]

    public init(
      _ name: String, isOwn: Bool, seconds: [Double], median: Double?, words: String,
      cells: [String]
    ) {
      (self.name, self.isOwn, self.seconds) = (name, isOwn, seconds)
      (self.median, self.words, self.cells) = (median, words, cells)
    }
  }

  /// A time that nothing can beat, and what it is.
  public struct Limit: Sendable {
    public var seconds: Double
    public var words: String

    public init(_ seconds: Double, _ words: String) {
      (self.seconds, self.words) = (seconds, words)
    }
  }

  public var title: String
  public var source: String
  /// Bold text and what follows it.
  public var facts: [(text: String, remark: String)] = []
  /// What the chart shows, in a sentence or two.
  public var remark = ""
  public var headings: [String] = []
  public var rows: [Row] = []
  public var limit: Limit?
  /// One paragraph each.
  public var notes: [String] = []
  /// The command that makes this page again.
  public var command = ""

  public init(title: String, source: String) {
    self.title = title
    self.source = source
  }
}

// MARK: - The page
extension ComparisonPage {
  public var html: String {
    HTML.element("html", [("lang", "en")]) {
      HTML.head(title, styles: [reportStyle, comparisonStyle])
      HTML.element("body") {
        header
        HTML.element("main") {
          chart
          table
          HTML.notes(notes)
          again
        }
      }
    }.page
  }

  private var header: HTML {
    .element("header") {
      HTML.element("h1") { title }
      HTML.element("p", class: "source") { source }
      HTML.element("ul", class: "facts") {
        for fact in facts {
          HTML.element("li") {
            HTML.element("b") { fact.text }
            " " + fact.remark
          }
        }
      }
    }
  }

  private var chart: HTML {
    .section("Time", id: "time", remark) {
      HTML.element("div", class: "wide") { BarChart(rows, limit).html }
    }
  }

  private var table: HTML {
    .section("Figures", id: "figures", "") {
      HTML.element("div", class: "wide") {
        HTML.element("table", class: "times") {
          HTML.element("thead") {
            HTML.element("tr") {
              HTML.element("th", [("scope", "col")])
              for heading in headings {
                HTML.element("th", [("scope", "col"), ("class", "number")]) { heading }
              }
            }
          }
          HTML.element("tbody") {
            for row in rows {
              HTML.element("tr") {
                HTML.element("th", [("scope", "row"), ("class", "name")]) { row.name }
                for cell in row.cells { HTML.element("td", class: "number") { cell } }
              }
            }
          }
        }
      }
    }
  }

  private var again: HTML {
    .section("Make this page again", id: "again", "") {
      if !command.isEmpty { HTML.element("pre") { HTML.element("code") { command } } }
      HTML.element("p", class: "quiet") {
        "This page is one file and needs neither network nor script."
      }
    }
  }
}
