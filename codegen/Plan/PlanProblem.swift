/// A law that a plan breaks: which one, where, and both values.
///
/// A broken plan is the compiler's mistake, never its user's, or comes from a damaged file.
public struct PlanProblem: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    /// An offset, address or size that is no multiple of its alignment.
    case alignment = "plan.alignment"
    /// A binding of a buffer that does not exist.
    case bindingIndex = "plan.binding-index"
    /// A binding that reaches outside its buffer.
    case bindingRange = "plan.binding-range"
    /// Two buffers that live at the same time and share bytes.
    case bufferOverlap = "plan.buffer-overlap"
    /// A buffer that reaches outside the arena.
    case bufferRange = "plan.buffer-range"
    /// A step that uses a buffer before or after its life.
    case lifetime = "plan.lifetime"
    /// A negative size, or a step without tasks.
    case negative = "plan.negative"
    /// An output with bytes that no step writes.
    case outputUnwritten = "plan.output-unwritten"
    /// Bytes that a step reads and no earlier step has written.
    case readBeforeWrite = "plan.read-before-write"
    /// Bytes that a step binds twice, once to be written.
    case stepHazard = "plan.step-hazard"
    /// A write to an input, a weight or a constant.
    case writeToReadOnly = "plan.write-to-read-only"
  }

  public var code: Code
  /// The step where it shows, if it does in one.
  public var step: String?
  public var message: String

  package init(_ code: Code, step: String? = nil, _ message: String) {
    self.code = code
    self.step = step
    self.message = message
  }

  public var description: String {
    let place = step.map { "\n  at step \($0)" } ?? ""
    return "error[\(code.rawValue)]: \(message)\(place)"
  }
}
