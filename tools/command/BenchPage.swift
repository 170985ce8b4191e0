import Foundation
import ModelRequests
import Smalti

// The rows of `bench` as a picture: words and numbers for PageReports, which knows no engine.

extension BenchReport {
  var page: ComparisonPage {
    var page = ComparisonPage(
      title: "\(model), \(part)",
      source: [MachinePage.processor, conditions].compactMap(\.self).joined(separator: ", "))
    page.facts = [
      (Quantity.flops(unfusedFlops), "a run, unfused"),
      ("\(Quantity.digits(peakGigaflops)) GFLOP/s", "measured peak"),
      ("\(threads)", threads == 1 ? "thread" : "threads"),
      (Self.date, ""),
    ]
    page.remark =
      "Medians of runs that took turns on one machine; the thin line goes from the fastest to the "
      + "slowest. Shorter is better."
    page.headings = (rows.first.map { cells($0) } ?? []).map(\.heading)
    page.rows = rows.map { row in
      ComparisonPage.Row(
        name(row), isOwn: row.engine == BenchRow.own, seconds: row.seconds,
        median: row.medianSeconds,
        words: row.failure.map { "failed: \($0)" }
          ?? row.medianSeconds.map(Quantity.seconds) ?? "",
        cells: cells(row).map(\.text))
    }
    page.limit = ComparisonPage.Limit(
      Double(unfusedFlops) / peakGigaflops * 1e-9, "the unfused FLOPs at the peak")
    page.notes = notes
    page.command = SegmentationPage.command
    return page
  }

  private func name(_ row: Row) -> String { "\(row.engine) \(row.modeText)" }

  private var notes: [String] {
    [
      "The ratio is to the first row's time. Every engine is credited with the FLOPs of our unfused "
        + "plan; our own rows with those of their plans. The difference is the largest of an "
        + "output to that of the unfused plan."
    ] + (engines.isEmpty ? [] : ["With " + engines.joined(separator: "; ") + "."])
  }

  private static var date: String {
    Date.now.formatted(.iso8601.year().month().day())
  }
}
