extension Contingency {
  /// How far two partitions of the points agree beyond chance: 1 for the same, about 0 for independent
  /// ones, below 0 for less than that. nil without points.
  ///
  /// Pairs of points are counted that lie together in both partitions, in one, in none:
  ///
  ///     ARI = 2 (both · none − truth only · prediction only)
  ///           / ((both + truth only)(truth only + none) + (both + prediction only)(prediction only + none))
  ///
  /// Counted in whole numbers and divided once, so nothing cancels. Two partitions that agree in all pairs
  /// have 1, also if each is one cluster.
  ///
  /// - Source: Hubert, Arabie, "Comparing partitions", 1985; scikit-learn's `adjusted_rand_score`.
  public var adjustedRandIndex: Double? {
    let points = Int128(pointCount)
    guard points > 0 else { return nil }
    func squares(_ counts: [Int]) -> Int128 {
      counts.reduce(0) { $0 + Int128($1) * Int128($1) }
    }
    let together = squares(counts)
    let inTruth = squares((0..<truthCount).map { pointCount(truth: $0) })
    let inPrediction = squares((0..<predictedCount).map { pointCount(predicted: $0) })
    // Ordered pairs of different points.
    let both = together - points
    let truthOnly = inTruth - together
    let predictionOnly = inPrediction - together
    let none = points * points - inTruth - inPrediction + together
    if truthOnly == 0, predictionOnly == 0 { return 1 }
    let agreement = 2 * (both * none - truthOnly * predictionOnly)
    let most =
      (both + truthOnly) * (truthOnly + none)
      + (both + predictionOnly) * (predictionOnly + none)
    return Double(agreement) / Double(most)
  }
}
