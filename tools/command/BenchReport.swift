import Foundation
import ModelRequests
import Smalti

/// What `bench` found: rows that share a model, a machine and its peak.
struct BenchReport {
  struct Row {
    var engine: String
    var mode: String
    /// What a training step of ours keeps.
    var memory: String?
    /// Of a peer: its version and what it chose.
    var detail: String
    /// Of each repetition.
    var seconds: [Double]
    /// Nil when there was no answer.
    var firstCallSeconds: Double?
    /// Of the plan of this mode; of a peer, those of our unfused plan.
    var flops: Int
    var peakResidentBytes: Int
    /// Largest relative difference to the outputs of the unfused plan, or of a step to those of the one
    /// that keeps everything; NaN without outputs.
    var difference: Double
    /// Why there are no times, in words.
    var failure: String?

    /// `fused low`.
    var modeText: String { [mode, memory].compactMap(\.self).joined(separator: " ") }

    /// Nil for a row that failed.
    var medianSeconds: Double? {
      guard failure == nil, !seconds.isEmpty else { return nil }
      let sorted = seconds.sorted()
      let middle = sorted.count / 2
      return sorted.count.isMultiple(of: 2)
        ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
    var gigaflops: Double? { medianSeconds.map { Double(flops) / $0 * 1e-9 } }
    /// How far the fastest and the slowest repetition are apart, in percent of the median.
    var spread: Double? {
      guard let median = medianSeconds, let least = seconds.min(), let most = seconds.max() else {
        return nil
      }
      return (most - least) / median * 100
    }
  }

  var model: String
  var part: String
  var precision: String
  var level: String
  var threads: Int
  /// The largest that was seen: all rows ran on one machine.
  var peakGigaflops: Double
  var unfusedFlops: Int
  var rows: [Row]

  func percentOfPeak(_ row: Row) -> Double? { row.gigaflops.map { $0 / peakGigaflops * 100 } }

  /// How many times the median of the first row, which is our default where it was asked for.
  func ratio(_ row: Row) -> Double? {
    guard let time = row.medianSeconds, let first = rows.first?.medianSeconds else { return nil }
    return time / first
  }
}

// MARK: - For programs
extension BenchReport {
  /// An array of objects whose keys have this order. What a failed row lacks is null.
  var json: String {
    let objects = rows.map { row in
      "  {\n" + fields(row).map { "    \"\($0)\" : \($1)" }.joined(separator: ",\n") + "\n  }"
    }
    return "[\n" + objects.joined(separator: ",\n") + "\n]"
  }

  private func fields(_ row: Row) -> [(key: String, value: String)] {
    [
      ("model", JSONText.of(model)),
      ("part", JSONText.of(part)),
      ("engine", JSONText.of(row.engine)),
      ("mode", JSONText.of(row.mode)),
      ("precision", JSONText.of(precision)),
      // What a training step keeps; inference has no such choice.
      ("memory", JSONText.of(row.memory)),
      ("threads", JSONText.of(threads)),
      ("median_s", JSONText.of(row.medianSeconds)),
      ("min_s", JSONText.of(row.seconds.min())),
      ("max_s", JSONText.of(row.seconds.max())),
      ("gflops", JSONText.of(row.gigaflops)),
      ("peak_gflops", JSONText.of(peakGigaflops)),
      ("percent_of_peak", JSONText.of(percentOfPeak(row))),
      ("peak_rss_bytes", JSONText.of(row.peakResidentBytes)),
      ("first_call_s", JSONText.of(row.firstCallSeconds)),
      ("max_relative_difference", JSONText.of(row.difference.isNaN ? nil : row.difference)),
    ]
  }
}

// MARK: - For people
extension BenchReport {
  /// Model, part, precision, level, threads and peak, in words.
  var conditions: String {
    "\(precision), \(level), \(threads) \(threads == 1 ? "thread" : "threads"), "
      + "peak \(Quantity.digits(peakGigaflops)) GFLOP/s"
  }

  var text: String {
    let headings = rows.first.map { cells($0).map(\.heading) } ?? []
    var table = TextTable(
      heads: [("engine", .left), ("mode", .left)] + headings.map { ($0, .right) })
    table.rows = rows.map { row in [row.engine, row.modeText] + cells(row).map(\.text) }
    let failures = rows.compactMap { row in
      row.failure.map { "\n  \(row.engine) \(row.modeText) failed: \($0)" }
    }
    let engines = engines.isEmpty ? "" : "\n  with " + engines.joined(separator: "; ")
    return "\(model), \(part): \(conditions)\n\(table.text())" + failures.joined() + engines
  }

  /// Versions and choices of the peers, each once.
  var engines: [String] {
    rows.map(\.detail).reduce(into: []) { if !$1.isEmpty && !$0.contains($1) { $0.append($1) } }
  }

  /// What tables show of a row, by heading.
  func cells(_ row: Row) -> [(heading: String, text: String)] {
    func text(_ value: Double?, _ form: (Double) -> String) -> String { value.map(form) ?? "-" }
    let difference = row.difference == 0 ? "0" : String(format: "%.1e", row.difference)
    return [
      ("time", text(row.medianSeconds, Quantity.seconds)),
      ("spread", text(row.spread) { Quantity.digits($0) + " %" }),
      ("GFLOP/s", text(row.gigaflops, Quantity.digits)),
      ("of peak", text(percentOfPeak(row)) { Quantity.digits($0) + " %" }),
      ("memory", row.peakResidentBytes == 0 ? "-" : Quantity.bytes(row.peakResidentBytes)),
      ("first call", text(row.firstCallSeconds, Quantity.seconds)),
      ("ratio", text(ratio(row)) { Quantity.digits($0) + "x" }),
      ("difference", row.difference.isNaN ? "-" : difference),
    ]
  }
}
