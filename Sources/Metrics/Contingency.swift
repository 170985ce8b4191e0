import TensorCore

/// How many points carry each pair of labels: a true one and a predicted one.
///
/// Labels are whole numbers from 0; which number a label has means nothing but for the background, which
/// has the first of the true labels: 0, or a few where sky and floor have labels of their own.
public struct Contingency: Sendable, Equatable {
  /// Labels of the truth and of the prediction: all numbers below them.
  public let truthCount: Int
  public let predictedCount: Int
  /// Points with true label i and predicted label j at `i · predictedCount + j`.
  public private(set) var counts: [Int]

  /// Labels beyond it are no segmentation; the table has the square of it at most.
  public static let mostLabels = 4096

  /// - Shapes: `truth` and `predicted` have a label for each point, in the same order.
  /// - Errors: `metrics.point-count`, `metrics.label`.
  public init(truth: [Int32], predicted: [Int32]) throws(Diagnostic) {
    guard truth.count == predicted.count else {
      throw .metricsPointCount(truth: truth.count, predicted: predicted.count)
    }
    truthCount = try Self.labelCount(of: truth, "true")
    predictedCount = try Self.labelCount(of: predicted, "predicted")
    counts = [Int](repeating: 0, count: truthCount * predictedCount)
    for (a, b) in zip(truth, predicted) { counts[Int(a) * predictedCount + Int(b)] += 1 }
  }

  private static func labelCount(of labels: [Int32], _ kind: String) throws(Diagnostic) -> Int {
    for (place, label) in labels.enumerated() where !(0..<Int32(mostLabels)).contains(label) {
      throw .metricsLabel(kind, Int(label), at: place)
    }
    return Int(labels.max() ?? -1) + 1
  }

  public subscript(truth: Int, predicted: Int) -> Int {
    counts[truth * predictedCount + predicted]
  }

  /// Points of a true label; 0 for one that there is not.
  public func pointCount(truth label: Int) -> Int {
    guard label < truthCount else { return 0 }
    return (0..<predictedCount).reduce(0) { $0 + self[label, $1] }
  }

  /// Points of a predicted label; 0 for one that there is not.
  public func pointCount(predicted label: Int) -> Int {
    guard label < predictedCount else { return 0 }
    return (0..<truthCount).reduce(0) { $0 + self[$1, label] }
  }

  /// All points.
  public var pointCount: Int { counts.reduce(0, +) }

  /// Without the points whose true label is below `backgroundLabels`.
  public func ofForeground(backgroundLabels: Int = 1) -> Contingency {
    var result = self
    for place in 0..<min(backgroundLabels * predictedCount, counts.count) {
      result.counts[place] = 0
    }
    return result
  }
}
