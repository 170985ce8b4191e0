import Smalti

/// Times of an entry point run on noise.
struct Measurement {
  /// One run that counts.
  struct Run {
    /// Seconds since the first of them began.
    var start: Double
    var seconds: Double
    /// One for each step of the plan; each begins where the one before ends.
    var stepSeconds: [Double]
  }

  var threads: Int
  var compileSeconds: Double
  /// How many object files came from the cache.
  var cacheHits: Int
  var runs: [Run] = []
  /// The largest peak of those taken before and after every run; see ``PeakMeasurement``.
  var peakGigaflops: Double

  init(
    _ execution: Execution, _ repetitions: Int, _ options: GlobalOptions, _ progress: Progress
  ) throws {
    let graph = execution.graph
    var inputs: [String: AlignedBytes] = [:]
    for argument in graph.arguments {
      let key = options.key.folded(argument.name)
      inputs[argument.name] = AlignedBytes(Self.noise(graph.type(argument.value), key).bytes)
    }
    threads = execution.threads
    compileSeconds = execution.compiled.times.total.seconds
    cacheHits = execution.compiled.times.cacheHits
    // A session of a loaded program has its pool.
    let peak = try PeakMeasurement(
      execution.compiled.level, pool: execution.session.pool!, usesCache: !options.noCache)
    peakGigaflops = try peak.gigaflopsPerSecond()
    execution.session.measuresSteps = true
    var clock = ContinuousClock.now
    // The first run touches memory for the first time; it is not counted.
    for repetition in 0...repetitions {
      progress.show("run \(repetition) of \(repetitions)")
      if repetition == 1 { clock = .now }
      let start = (ContinuousClock.now - clock).seconds
      let seconds = try execution.run(inputs).seconds
      guard repetition > 0 else { continue }
      let steps = execution.session.stepNanoseconds.map { Double($0) * 1e-9 }
      runs.append(Run(start: start, seconds: seconds, stepSeconds: steps))
      peakGigaflops = max(peakGigaflops, try peak.gigaflopsPerSecond())
    }
    Progress.clear()
  }

  /// Median of whole runs.
  var seconds: Double { Self.median(runs.map(\.seconds)) }

  /// Median of each step.
  var stepSeconds: [Double] {
    (runs.first?.stepSeconds ?? []).indices.map { step in
      Self.median(runs.map { $0.stepSeconds[step] })
    }
  }

  /// Uniform in [0, 1) for floating types; zeros for others, which may be indices.
  private static func noise(_ type: TensorType, _ key: Key) -> HostTensor {
    guard type.element.isFloating else { return HostTensor(type, repeating: 0) }
    return HostTensor(type, converting: (0..<type.shape.count).map(key.uniform(at:)))
  }

  /// Of one value or more.
  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2)
      ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}

extension Measurement: Encodable {
  private enum CodingKeys: CodingKey {
    case threads, repetitions, compileSeconds, cacheHits, seconds, stepSeconds
    case minimumSeconds, maximumSeconds
  }

  func encode(to encoder: any Encoder) throws {
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
