import SegmentationMetrics
import TensorCore
import Testing

@Suite("scores of segmentations") struct ScoresTests {
  @Test("an object that changes its label has frames, but no video")
  func tellsVideoFromFrames() throws {
    var scores = SegmentationScores()
    // Two objects on a background; the prediction swaps their labels in the second frame.
    let frame: [Int32] = [0, 0, 1, 1, 2, 2]
    let swapped: [Int32] = [0, 0, 2, 2, 1, 1]
    try scores.add(truth: frame + frame, predicted: frame + swapped, frames: 2)
    #expect(scores.count == 1)
    #expect(scores.ari == 1 && scores.foregroundARI == 1)
    // Of 24 ordered pairs of each, 8 agree, and 24 · 24 / 56 would by chance:
    // (8 − 72/7) / (24 − 72/7) = −1/6.
    #expect(scores.videoForegroundARI.map { abs($0 + 1.0 / 6) < 1e-12 } == true)
    #expect(scores.meanIntersectionOverUnion == 1)
    #expect(scores.meanSegmentationCovering == 1 && scores.segmentationCovering == 1)
    #expect(scores.squaredError == nil)
  }

  @Test("frames without objects count for no foreground score")
  func leavesOutEmptyFrames() throws {
    var scores = SegmentationScores()
    try scores.add(truth: [0, 0, 1, 2], predicted: [0, 1, 2, 2], frames: 2)
    #expect(scores.foregroundARI == 0)
    // (0 of the first frame, whose background is cut in two, and 0 of the second) / 2.
    #expect(scores.ari == 0)
    #expect(scores.meanSegmentationCovering == 0.5)
    // In each frame two pairs count: one overlaps by half, one has points on one side only.
    #expect(scores.meanIntersectionOverUnion == 0.25)
  }

  @Test("the first labels are background, as many as there are")
  func leavesOutBackground() throws {
    var scores = SegmentationScores()
    let truth: [Int32] = [0, 1, 2, 2, 3, 3]
    let predicted: [Int32] = [0, 0, 1, 1, 1, 1]
    try scores.add(truth: truth, predicted: predicted, frames: 1, backgroundLabels: 3)
    #expect(scores.foregroundARI == 1)
    #expect(scores.meanSegmentationCovering == 0.5)
    #expect(scores.videoForegroundARI == nil)
    try scores.add(truth: truth, predicted: predicted, frames: 1, backgroundLabels: 2)
    #expect(scores.foregroundARI == 0.5)
  }

  @Test("errors are means over clips")
  func meansErrors() {
    var scores = SegmentationScores()
    for error in [0.25, 0.5] { scores.add(squaredError: error) }
    #expect(scores.squaredError == 0.375)
  }

  @Test("segmentations of different sizes are refused")
  func refusesSizes() {
    var scores = SegmentationScores()
    let error = #expect(throws: Diagnostic.self) {
      try scores.add(truth: [0, 1], predicted: [0], frames: 1)
    }
    #expect(error?.code == "metrics.point-count")
  }
}
