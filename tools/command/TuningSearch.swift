import GraphLowering
import ModelRequests
import Smalti

/// Coordinate descent over the numbers of a tuning, from the level's defaults.
struct TuningSearch {
  /// One number changed, the others as in the best so far.
  struct Trial: Encodable {
    enum Outcome: String, Encodable {
      case faster
      case notFaster = "not faster"
      /// Its tile programs have been measured; a second time says nothing new.
      case samePlan = "same plan as before"
    }

    var number: String
    var from: Int
    var to: Int
    /// Medians of both, run in turn; nil where nothing was run.
    var bestSeconds: Double?
    var seconds: Double?
    var outcome: Outcome
  }

  /// What a candidate must gain, so that noise alone is rarely taken.
  private static let gain = 0.01

  let defaults: Tuning
  /// At the end: what was confirmed against the defaults, or they.
  private(set) var best: Tuning
  private(set) var trials: [Trial] = []
  private(set) var measured: TuningFile.Measured
  private let measurement: TuningMeasurement
  private var current: TuningMeasurement.Candidate
  private var known: Set<TuningMeasurement.Fingerprint>

  /// Measures the defaults.
  ///
  /// - Errors: those of the compiler and of the runtime.
  init(_ measurement: TuningMeasurement) throws {
    self.measurement = measurement
    defaults = Tuning(measurement.level)
    best = defaults
    known = [try measurement.fingerprint(defaults)]
    current = try measurement.candidate(defaults)
    let seconds = try measurement.medians([current], "the level's defaults")[0]
    measured = TuningFile.Measured(
      defaultSeconds: seconds, seconds: seconds, threads: current.threads,
      repetitions: measurement.repetitions)
  }

  /// - Errors: as above.
  mutating func run(rounds: Int) throws {
    for _ in 0..<rounds {
      let before = best
      for number in Tuning.Number.allCases {
        let value = best[number]
        try attempt(number, value / 2)
        // Where half is better, double is the other way.
        if best[number] == value { try attempt(number, value * 2) }
      }
      if best == before { break }
    }
    try confirm()
  }

  private mutating func attempt(_ number: Tuning.Number, _ value: Int) throws {
    var tuning = best
    tuning[number] = value
    guard number.range.contains(value), tuning.limits.fewestRows <= tuning.limits.mostRows else {
      return
    }
    var trial = Trial(
      number: number.rawValue, from: best[number], to: value, outcome: .samePlan)
    if known.insert(try measurement.fingerprint(tuning)).inserted {
      let what = "\(number.rawValue) \(trial.from) to \(value)"
      let candidate = try measurement.candidate(tuning)
      let times = try measurement.medians([current, candidate], what)
      (trial.bestSeconds, trial.seconds) = (times[0], times[1])
      trial.outcome = Self.isFaster(times[1], than: times[0]) ? .faster : .notFaster
      if trial.outcome == .faster { (best, current) = (tuning, candidate) }
    }
    trials.append(trial)
  }

  /// Many comparisons find something faster by chance; the last one has had no part in choosing.
  private mutating func confirm() throws {
    guard best != defaults else { return }
    let times = try measurement.medians(
      [try measurement.candidate(defaults), current], "the best and the level's defaults")
    (measured.defaultSeconds, measured.seconds) = (times[0], times[1])
    guard !Self.isFaster(times[1], than: times[0]) else { return }
    best = defaults
    measured.seconds = times[0]
  }

  private static func isFaster(_ seconds: Double, than best: Double) -> Bool {
    seconds <= best * (1 - gain)
  }
}
