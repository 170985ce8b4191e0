import ModelRequests
import Smalti

extension MeasuredRuns {
  /// Runs `execution` on noise.
  ///
  /// - Errors: those of the runtime.
  init(
    _ execution: Execution, _ repetitions: Int, _ options: GlobalOptions, _ progress: Progress
  ) throws {
    let graph = execution.graph
    var inputs: [String: AlignedBytes] = [:]
    for argument in graph.arguments {
      let key = options.key.folded(argument.name)
      inputs[argument.name] = AlignedBytes(Self.noise(graph.type(argument.value), key).bytes)
    }
    // A session of a loaded program has its pool.
    let peak = try PeakMeasurement(
      execution.compiled.level, pool: execution.session.pool!, usesCache: !options.noCache)
    self.init(
      threads: execution.threads, compileSeconds: execution.compiled.times.total.seconds,
      cacheHits: execution.compiled.times.cacheHits,
      peakGigaflops: try peak.gigaflopsPerSecond())
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

  /// Uniform in [0, 1) for floating types; zeros for others, which may be indices.
  private static func noise(_ type: TensorType, _ key: Key) -> HostTensor {
    guard type.element.isFloating else { return HostTensor(type, repeating: 0) }
    return HostTensor(type, converting: (0..<type.shape.count).map(key.uniform(at:)))
  }
}
