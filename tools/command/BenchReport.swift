import Foundation
import Smalti

/// What `bench` found: rows that share a model, a machine and its peak.
struct BenchReport {
  struct Row {
    var mode: BenchMode
    var measurement: BenchMeasurement
    /// Largest relative difference to the outputs of the unfused plan.
    var difference: Double

    var medianSeconds: Double {
      let sorted = measurement.seconds.sorted()
      let middle = sorted.count / 2
      return sorted.count.isMultiple(of: 2)
        ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
    var gigaflops: Double { Double(measurement.flops) / medianSeconds * 1e-9 }
  }

  var model: String
  var part: String
  var precision: BenchPrecision
  var rows: [Row]

  /// The largest that any row has seen: all rows ran on one machine.
  private var peakGigaflops: Double { rows.map(\.measurement.peakGigaflops).max() ?? 0 }

  private func percentOfPeak(_ row: Row) -> Double { row.gigaflops / peakGigaflops * 100 }
}

// MARK: - For programs
extension BenchReport {
  /// An array of objects whose keys have this order.
  var json: String {
    let objects = rows.map { row in
      "  {\n" + fields(row).map { "    \"\($0)\" : \($1)" }.joined(separator: ",\n") + "\n  }"
    }
    return "[\n" + objects.joined(separator: ",\n") + "\n]"
  }

  private func fields(_ row: Row) -> [(key: String, value: String)] {
    let measured = row.measurement
    return [
      ("model", JSONText.of(model)),
      ("part", JSONText.of(part)),
      ("engine", JSONText.of("smalti")),
      ("mode", JSONText.of(row.mode.rawValue)),
      ("precision", JSONText.of(precision.rawValue)),
      // What a training step keeps; inference has no such choice.
      ("memory", "null"),
      ("threads", JSONText.of(measured.threads)),
      ("median_s", JSONText.of(row.medianSeconds)),
      ("min_s", JSONText.of(measured.seconds.min())),
      ("max_s", JSONText.of(measured.seconds.max())),
      ("gflops", JSONText.of(row.gigaflops)),
      ("peak_gflops", JSONText.of(peakGigaflops)),
      ("percent_of_peak", JSONText.of(percentOfPeak(row))),
      ("peak_rss_bytes", JSONText.of(measured.peakResidentBytes)),
      ("first_call_s", JSONText.of(measured.firstCallSeconds)),
      ("max_relative_difference", JSONText.of(row.difference)),
    ]
  }
}

// MARK: - For people
extension BenchReport {
  var text: String {
    var table = TextTable(heads: [
      ("mode", .left), ("time", .right), ("GFLOP/s", .right), ("of peak", .right),
      ("memory", .right), ("first call", .right), ("over unfused", .right), ("difference", .right),
    ])
    let unfused = rows.first { $0.mode == .unfused }?.medianSeconds
    table.rows = rows.map { row in
      [
        row.mode.rawValue, Quantity.seconds(row.medianSeconds), Quantity.digits(row.gigaflops),
        Quantity.digits(percentOfPeak(row)) + " %",
        Quantity.bytes(row.measurement.peakResidentBytes),
        Quantity.seconds(row.measurement.firstCallSeconds),
        unfused.map { Quantity.digits($0 / row.medianSeconds) + "x" } ?? "-",
        row.difference == 0 ? "0" : String(format: "%.1e", row.difference),
      ]
    }
    let first = rows[0].measurement
    let threads = "\(first.threads) \(first.threads == 1 ? "thread" : "threads")"
    return """
      \(model), \(part): \(precision.rawValue), \(first.level), \(threads), \
      peak \(Quantity.digits(peakGigaflops)) GFLOP/s
      \(table.text())
      """
  }
}
