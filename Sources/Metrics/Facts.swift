import TensorCore

// The diagnostics of SegmentationMetrics, alphabetically.

extension Diagnostic {
  static func metricsCost(_ cost: Double, row: Int, column: Int) -> Diagnostic {
    Diagnostic(
      "metrics.cost",
      "an assignment needs finite costs, got \(cost) at row \(row), column \(column)",
      help: "replace what must not be paired by a large cost")
  }

  static func metricsEmpty(_ shape: Shape) -> Diagnostic {
    Diagnostic(
      "metrics.empty", "there is no mean over no elements, got \(shape)", help: "leave it out")
  }

  static func metricsLabel(_ kind: String, _ label: Int, at place: Int) -> Diagnostic {
    Diagnostic(
      "metrics.label",
      "a \(kind) label must be 0 to \(Contingency.mostLabels - 1), got \(label) at point \(place)",
      help: "number the labels from 0")
  }

  static func metricsPointCount(truth: Int, predicted: Int) -> Diagnostic {
    Diagnostic(
      "metrics.point-count",
      "both segmentations must have the same points, got \(truth) true and \(predicted) predicted",
      help: "bring them to one size")
  }

  static func metricsShape(_ found: Shape, _ meant: Shape) -> Diagnostic {
    Diagnostic(
      "metrics.shape", "pictures must have one shape, got \(found) and \(meant)",
      help: "bring them to one size")
  }
}
