import Foundation
import PageReports
import Testing

@Suite("A page that compares ways to compute the same")
struct ComparisonPageTests {
  static func page(_ medians: [Double?], limit: Double? = nil) -> ComparisonPage {
    var page = ComparisonPage(title: "A <network>", source: "made for a test")
    page.facts = [("2", "threads")]
    page.headings = ["time", "ratio"]
    page.notes = ["One remark."]
    page.command = "smalti bench a --html b"
    page.limit = limit.map { ComparisonPage.Limit($0, "the limit") }
    page.rows = medians.enumerated().map { index, median in
      ComparisonPage.Row(
        "way.\(index)", isOwn: index == 0, seconds: median.map { [$0 * 0.9, $0, $0 * 1.2] } ?? [],
        median: median, words: "words.\(index)", cells: ["time.\(index)", "ratio.\(index)"])
    }
    return page
  }

  /// Left end and width of the bars, from the top.
  private func bars(_ html: String) -> [(left: Double, width: Double)] {
    html.matches(of: #/<rect x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"/#).map {
      (Double($0.1)!, Double($0.2)!)
    }
  }

  @Test("is well-formed and complete for every number of rows", arguments: [0, 1, 3, 12])
  func isComplete(_ count: Int) {
    let html = Self.page((0..<count).map { Double($0 + 1) }, limit: 0.5).html
    #expect(markupFaults(in: html) == [])
    #expect(html.contains("A &lt;network&gt;"))
    for index in 0..<count {
      for part in ["way", "words", "time", "ratio"] { #expect(html.contains("\(part).\(index)<")) }
    }
    #expect(bars(html).count == count)
    #expect(html.contains("smalti bench a --html b"))
  }

  @Test("bars are as long as the times, from one zero")
  func barsAreTrue() {
    let bars = bars(Self.page([1, 2, 4], limit: 0.5).html)
    #expect(Set(bars.map(\.left)).count == 1)
    #expect(abs(bars[1].width / bars[0].width - 2) < 0.01)
    #expect(abs(bars[2].width / bars[0].width - 4) < 0.01)
  }

  @Test("the limit stands where a bar of its time would end, even beyond all bars")
  func limitIsTrue() throws {
    for limit in [0.5, 1, 8] {
      let html = Self.page([1, 2], limit: limit).html
      let match = try #require(html.firstMatch(of: #/class="bound">\s*<path d="M([0-9.]+) /#))
      let bar = bars(html)[0]
      let place = (try #require(Double(match.1)) - bar.left) / bar.width
      #expect(abs(place - limit) < 0.02, "\(limit)")
    }
  }

  @Test("a row without a time has words and no bar; other bars stay true")
  func failedRow() {
    let html = Self.page([1, nil, 2]).html
    #expect(bars(html).count == 2)
    #expect(html.contains("words.1<"))
    #expect(!html.contains("nan"))
    #expect(!html.contains("class=\"bound\""))
    #expect(markupFaults(in: html) == [])
  }

  @Test("refers to nothing outside itself, and has no script")
  func isSelfContained() {
    let html = Self.page([1, 2]).html
    for word in ["http", "<script", "url(", "src="] { #expect(!html.contains(word)) }
  }
}
