import ClipData
import SegmentationMetrics
import TensorCore

/// What a model made of the samples of a set.
public struct Evaluation: Sendable {
  public var scores = SegmentationScores()
  /// Samples.
  public var count = 0
  /// The mean loss; nil if it was not asked for.
  public var loss: Double?
  /// Samples whose weights or reconstruction are not finite somewhere.
  public private(set) var nonFiniteCount = 0
  private var activeSlots = 0

  public init() {}

  /// Slots whose weight is above 0.1 somewhere in a clip, as the mean over clips.
  public var meanActiveSlots: Double? {
    count == 0 ? nil : Double(activeSlots) / Double(count)
  }

  /// Names as `smalti eval --json` and the log have them.
  public var values: [(name: String, value: Double?)] {
    [
      ("ari", scores.ari), ("ari_f", scores.foregroundARI),
      ("ari_f_video", scores.videoForegroundARI),
      ("miou", scores.meanIntersectionOverUnion), ("msc", scores.meanSegmentationCovering),
      ("sc", scores.segmentationCovering), ("mse", scores.squaredError),
    ]
  }

  /// What tells the better of two: foreground ARI, of the whole clip if there is one; without labels the
  /// negative squared error. nil where something is not finite.
  public var quality: Double? {
    guard nonFiniteCount == 0 else { return nil }
    return scores.videoForegroundARI ?? scores.foregroundARI ?? scores.squaredError.map { -$0 }
  }

  /// - Shapes: `weights` [frames, slots, size, size], `reconstruction` [frames, size, size, 3].
  /// - Errors: those of the scores.
  mutating func add(
    _ sample: PreparedSample, frames: Int, weights: UnsafeBufferPointer<Float>,
    reconstruction: UnsafeBufferPointer<Float>
  ) throws(Diagnostic) {
    let pixels = sample.values.count / 3 / frames
    let slots = weights.count / frames / pixels
    count += 1
    var sum = 0.0
    for (found, meant) in zip(reconstruction, sample.values) {
      sum += (Double(found) - Double(meant)) * (Double(found) - Double(meant))
    }
    scores.add(squaredError: sum / Double(sample.values.count))
    if !sum.isFinite || !weights.allSatisfy(\.isFinite) { nonFiniteCount += 1 }
    let (labels, peaks) = Self.labels(weights, frames: frames, slots: slots, pixels: pixels)
    activeSlots += peaks.filter { $0 > 0.1 }.count
    guard let truth = sample.labels else { return }
    try scores.add(
      truth: truth.map(Int32.init), predicted: labels, frames: frames,
      backgroundLabels: sample.backgroundLabels)
  }

  /// The first slot of largest weight at each pixel, and each slot's largest weight.
  private static func labels(
    _ weights: UnsafeBufferPointer<Float>, frames: Int, slots: Int, pixels: Int
  ) -> (labels: [Int32], peaks: [Float]) {
    var labels = [Int32](repeating: 0, count: frames * pixels)
    var best = [Float](repeating: -.infinity, count: frames * pixels)
    var peaks = [Float](repeating: -.infinity, count: slots)
    for frame in 0..<frames {
      for slot in 0..<slots {
        let start = (frame * slots + slot) * pixels
        for pixel in 0..<pixels {
          let weight = weights[start + pixel]
          peaks[slot] = max(peaks[slot], weight)
          if weight > best[frame * pixels + pixel] {
            best[frame * pixels + pixel] = weight
            labels[frame * pixels + pixel] = Int32(slot)
          }
        }
      }
    }
    return (labels, peaks)
  }
}
