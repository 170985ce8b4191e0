import TensorCore

/// Squared distances of pictures.
public enum SquaredError {
  /// The mean over all elements, in f64.
  ///
  /// - Errors: `metrics.shape`, unless both have one shape; `metrics.empty`.
  public static func mean(_ found: HostTensor, _ meant: HostTensor) throws(Diagnostic) -> Double {
    guard found.shape == meant.shape else { throw .metricsShape(found.shape, meant.shape) }
    let count = found.shape.count
    guard count > 0 else { throw .metricsEmpty(found.shape) }
    let sum = zip(found.numbers, meant.numbers).reduce(0.0) { sum, pair in
      sum + (pair.0 - pair.1) * (pair.0 - pair.1)
    }
    return sum / Double(count)
  }
}
