import TensorCore

extension Contingency {
  /// The share of the points of either label that have both; 0 if one of them has no points.
  public func intersectionOverUnion(truth: Int, predicted: Int) -> Double {
    guard truth < truthCount, predicted < predictedCount else { return 0 }
    let common = self[truth, predicted]
    let either = pointCount(truth: truth) + pointCount(predicted: predicted) - common
    return common == 0 ? 0 : Double(common) / Double(either)
  }

  /// True and predicted labels are paired so that their overlaps, as intersection over union, sum to
  /// most; the mean over the pairs of which one side has points at least. The background is a label like
  /// any other. nil without points.
  ///
  /// Labels without points fill either side up to the other's number, as AST-Seg's evaluation has it.
  public var meanIntersectionOverUnion: Double? {
    guard pointCount > 0 else { return nil }
    let count = max(truthCount, predictedCount)
    let overlaps = overlaps(count, count)
    // Overlaps are shares, never anything else than finite.
    let pairs = try! LinearAssignment.maximizing(overlaps, rows: count, columns: count)
    var (sum, meant) = (0.0, 0)
    for (truth, predicted) in pairs.enumerated() {
      guard let predicted,
        pointCount(truth: truth) > 0 || pointCount(predicted: predicted) > 0
      else { continue }
      sum += overlaps[truth * count + predicted]
      meant += 1
    }
    return sum / Double(meant)
  }

  /// How well each true object, a label that is no background, is covered by the predicted label that
  /// overlaps it most: the mean over objects, plain (MSC) and by their numbers of points (SC). nil without
  /// objects.
  ///
  /// - Source: Engelcke et al., "GENESIS", 2020, after Arbelaez et al., 2011.
  public func segmentationCovering(
    backgroundLabels: Int = 1
  ) -> (mean: Double, scaled: Double)? {
    var (sum, scaled, objects, points) = (0.0, 0.0, 0, 0)
    for label in min(backgroundLabels, truthCount)..<truthCount {
      let size = pointCount(truth: label)
      guard size > 0 else { continue }
      let best = (0..<predictedCount).reduce(0.0) {
        max($0, intersectionOverUnion(truth: label, predicted: $1))
      }
      sum += best
      scaled += best * Double(size)
      objects += 1
      points += size
    }
    guard objects > 0 else { return nil }
    return (sum / Double(objects), scaled / Double(points))
  }

  private func overlaps(_ rows: Int, _ columns: Int) -> [Double] {
    (0..<rows).flatMap { truth in
      (0..<columns).map { intersectionOverUnion(truth: truth, predicted: $0) }
    }
  }
}
