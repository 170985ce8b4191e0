/// Times of a run: of steps, without validations and checkpoints.
struct RunClock {
  private var started = ContinuousClock.now
  private var paused = Duration.zero
  private var stepCount = 0
  private var waited = Duration.zero
  private var last: (steps: Int, working: Duration, waited: Duration) = (0, .zero, .zero)
  /// How long the first batch was waited for; nothing can be overlapped with it.
  private(set) var firstWait = Duration.zero

  mutating func start() { self = RunClock() }

  /// Time of steps so far, without that of the first batch.
  private var working: Duration { ContinuousClock.now - started - paused - firstWait }

  /// Takes out the time since `start`, in which no step was made.
  mutating func pause(since start: ContinuousClock.Instant) {
    paused += ContinuousClock.now - start
  }

  mutating func waiting<Value>(_ body: () throws -> Value) rethrows -> Value {
    let start = ContinuousClock.now
    defer {
      let duration = ContinuousClock.now - start
      if stepCount == 0, firstWait == .zero { firstWait = duration } else { waited += duration }
    }
    return try body()
  }

  mutating func step() { stepCount += 1 }

  /// Steps a second.
  var rate: Double { working > .zero ? Double(stepCount) / working.seconds : 0 }

  /// Seconds that so many steps will take.
  func left(_ steps: Int) -> Double { rate > 0 ? Double(steps) / rate : 0 }

  var waitingShare: Double? { stepCount == 0 ? nil : waited.seconds / working.seconds }

  /// What the log says of the time since it was asked before.
  mutating func lap() -> [(name: String, value: Double?)] {
    let now = (steps: stepCount, working: working, waited: waited)
    let seconds = (now.working - last.working).seconds
    let share = (now.waited - last.waited).seconds / seconds
    let rate = Double(now.steps - last.steps) / seconds
    last = now
    return [
      ("seconds", now.working.seconds), ("steps_per_second", rate), ("data_wait", share),
    ]
  }
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}
