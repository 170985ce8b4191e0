import GraphIR
import GraphOps
import RealModule
import TensorCore

/// A number, as the learning rate, as a function of how many steps were taken before. Numbers of steps are
/// 1 or more.
public indirect enum Schedule: Sendable, Hashable {
  case constant(Double)
  /// From 0 to the inner schedule's rate over `steps` steps, in proportion to the number of the step;
  /// the inner one counts from the first step too.
  case warmUp(steps: Int, Schedule)
  /// The same in proportion to the square of the number.
  case quadraticWarmUp(steps: Int, Schedule)
  /// Half a cosine from `high` to `low` over `steps` steps, then `low`.
  case cosine(high: Double, low: Double, steps: Int)
  /// In a straight line over `steps` steps, then `to`.
  case line(from: Double, to: Double, steps: Int)
  /// `first` until step `changes[0].step`, then that one's rate, and so on; steps ascend.
  case piecewise(first: Double, changes: [Change])

  /// A rate from a step on.
  public struct Change: Sendable, Hashable {
    public var step: Int
    public var rate: Double
    public init(from step: Int, _ rate: Double) {
      self.step = step
      self.rate = rate
    }
  }

  /// - Errors: `training.option` for rates below 0 or not finite, for no steps, and for changes that
  ///   do not ascend.
  func check() throws(Diagnostic) {
    func checkRate(_ rate: Double) throws(Diagnostic) {
      // Rates are f32 in the step.
      guard rate >= 0, Float(rate).isFinite else {
        throw .trainingOption("learning_rate", "\(rate)", needs: "a finite f32, 0 or more")
      }
    }
    func checkSteps(_ steps: Int) throws(Diagnostic) {
      guard steps > 0 else {
        throw .trainingOption("schedule.steps", "\(steps)", needs: "1 or more")
      }
    }
    switch self {
    case .constant(let rate): try checkRate(rate)
    case .warmUp(let steps, let inner), .quadraticWarmUp(let steps, let inner):
      try checkSteps(steps)
      try inner.check()
    case .cosine(let high, let low, let steps):
      try checkSteps(steps)
      try checkRate(high)
      try checkRate(low)
    case .line(let start, let end, let steps):
      try checkSteps(steps)
      try checkRate(start)
      try checkRate(end)
    case .piecewise(let first, let changes):
      try checkRate(first)
      for change in changes { try checkRate(change.rate) }
      let steps = changes.map(\.step)
      guard zip([0] + steps, steps).allSatisfy({ $0 < $1 }) else {
        throw .trainingOption("schedule.changes", "\(steps)", needs: "steps above 0 that ascend")
      }
    }
  }

  /// The rate of the step after `count` others: plain, in `Double`.
  public func rate(after count: Int) -> Double {
    switch self {
    case .constant(let rate): return rate
    case .warmUp(let steps, let inner):
      return inner.rate(after: count) * min(1, Double(count + 1) / Double(steps))
    case .quadraticWarmUp(let steps, let inner):
      let share = min(1, Double(count + 1) / Double(steps))
      return inner.rate(after: count) * share * share
    case .cosine(let high, let low, let steps):
      let share = min(1, Double(count) / Double(steps))
      return low + (high - low) * 0.5 * (1 + Double.cos(Double.pi * share))
    case .line(let start, let end, let steps):
      return start + (end - start) * min(1, Double(count) / Double(steps))
    case .piecewise(let first, let changes):
      return changes.last { $0.step <= count }?.rate ?? first
    }
  }

  /// The same as a scalar of the graph.
  ///
  /// - Parameter count: how many steps were taken before, f64.
  func rate(after count: Tensor) -> Tensor {
    func share(_ count: Tensor, _ steps: Int) -> Tensor {
      (count / Double(steps)).minimum(count.scalar(1))
    }
    switch self {
    case .constant(let rate): return count.scalar(rate)
    case .warmUp(let steps, let inner):
      return inner.rate(after: count) * share(count + 1, steps)
    case .quadraticWarmUp(let steps, let inner):
      return inner.rate(after: count) * share(count + 1, steps).squared()
    case .cosine(let high, let low, let steps):
      let angle = share(count, steps) * Double.pi
      return (angle.cosine() + 1) * (0.5 * (high - low)) + low
    case .line(let start, let end, let steps):
      return share(count, steps) * (end - start) + start
    case .piecewise(let first, let changes):
      return changes.reduce(count.scalar(first)) { rate, change in
        (count >= count.scalar(Double(change.step))).select(count.scalar(change.rate), rate)
      }
    }
  }
}
