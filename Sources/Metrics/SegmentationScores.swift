import TensorCore

/// How well clips are segmented and reconstructed, as means.
///
/// All are means over frames but ``videoForegroundARI``, for which the frames of a clip are one picture, so
/// that an object must keep its label. Frames without objects have no foreground scores and are left out of
/// those means.
public struct SegmentationScores: Sendable {
  /// Clips so far.
  public private(set) var count = 0
  private var sums = [Mean](repeating: Mean(), count: Score.allCases.count)

  private enum Score: Int, CaseIterable {
    case ari, foreground, video, overlap, covering, scaledCovering, error
  }

  public init() {}

  /// ARI of all pixels.
  public var ari: Double? { self[.ari] }
  /// ARI of the pixels that show objects, frame by frame.
  public var foregroundARI: Double? { self[.foreground] }
  /// The same with all frames of a clip together; nil if no clip had more than one.
  public var videoForegroundARI: Double? { self[.video] }
  public var meanIntersectionOverUnion: Double? { self[.overlap] }
  public var meanSegmentationCovering: Double? { self[.covering] }
  public var segmentationCovering: Double? { self[.scaledCovering] }
  /// The mean over pixels and channels.
  public var squaredError: Double? { self[.error] }

  private subscript(score: Score) -> Double? { sums[score.rawValue].value }

  /// A clip's labels.
  ///
  /// - Shapes: both `[frames, …]` with equally many pixels in each frame.
  /// - Errors: `metrics.point-count`, `metrics.label`.
  public mutating func add(
    truth: [Int32], predicted: [Int32], frames: Int, backgroundLabels: Int = 1
  ) throws(Diagnostic) {
    precondition(frames > 0 && truth.count.isMultiple(of: frames))
    let area = truth.count / frames
    for frame in 0..<frames {
      let part = frame * area..<(frame + 1) * area
      guard predicted.count == truth.count else {
        throw .metricsPointCount(truth: truth.count, predicted: predicted.count)
      }
      let pairs = try Contingency(truth: Array(truth[part]), predicted: Array(predicted[part]))
      let covering = pairs.segmentationCovering(backgroundLabels: backgroundLabels)
      add(.ari, pairs.adjustedRandIndex)
      add(.foreground, pairs.ofForeground(backgroundLabels: backgroundLabels).adjustedRandIndex)
      add(.overlap, pairs.meanIntersectionOverUnion)
      add(.covering, covering?.mean)
      add(.scaledCovering, covering?.scaled)
    }
    count += 1
    guard frames > 1 else { return }
    let whole = try Contingency(truth: truth, predicted: predicted)
    add(.video, whole.ofForeground(backgroundLabels: backgroundLabels).adjustedRandIndex)
  }

  /// A clip's mean squared error.
  public mutating func add(squaredError: Double) { add(.error, squaredError) }

  private mutating func add(_ score: Score, _ value: Double?) {
    if let value { sums[score.rawValue].add(value) }
  }

  private struct Mean {
    var sum = 0.0
    var count = 0
    var value: Double? { count == 0 ? nil : sum / Double(count) }
    mutating func add(_ value: Double) {
      sum += value
      count += 1
    }
  }
}
