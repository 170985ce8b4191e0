import Smalti

/// Times of an entry point run on noise.
package struct MeasuredRuns {
  /// One run that counts.
  package struct Run {
    /// Seconds since the first of them began.
    package var start: Double
    package var seconds: Double
    /// One for each step of the plan; each begins where the one before ends.
    package var stepSeconds: [Double]

    package init(start: Double, seconds: Double, stepSeconds: [Double]) {
      self.start = start
      self.seconds = seconds
      self.stepSeconds = stepSeconds
    }
  }

  package var threads: Int
  package var compileSeconds: Double
  /// How many object files came from the cache.
  package var cacheHits: Int
  package var runs: [Run] = []
  /// The largest peak of those taken before and after every run; see ``PeakMeasurement``.
  package var peakGigaflops: Double

  package init(threads: Int, compileSeconds: Double, cacheHits: Int, peakGigaflops: Double) {
    self.threads = threads
    self.compileSeconds = compileSeconds
    self.cacheHits = cacheHits
    self.peakGigaflops = peakGigaflops
  }

  /// Median of whole runs.
  package var seconds: Double { Self.median(runs.map(\.seconds)) }

  /// Median of each step.
  package var stepSeconds: [Double] {
    (runs.first?.stepSeconds ?? []).indices.map { step in
      Self.median(runs.map { $0.stepSeconds[step] })
    }
  }

  /// Of one value or more.
  package static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2)
      ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}

extension MeasuredRuns: Encodable {
  private enum CodingKeys: CodingKey {
    case threads, repetitions, compileSeconds, cacheHits, seconds, stepSeconds
    case minimumSeconds, maximumSeconds
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(threads, forKey: .threads)
    try container.encode(runs.count, forKey: .repetitions)
    try container.encode(compileSeconds, forKey: .compileSeconds)
    try container.encode(cacheHits, forKey: .cacheHits)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(runs.map(\.seconds).min(), forKey: .minimumSeconds)
    try container.encode(runs.map(\.seconds).max(), forKey: .maximumSeconds)
    try container.encode(stepSeconds, forKey: .stepSeconds)
  }
}
