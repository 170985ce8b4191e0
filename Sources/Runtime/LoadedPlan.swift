import ExecutionPlan

/// A plan with kernels and weights, ready to run: immutable, and shared by any number of sessions
/// in any threads.
public final class LoadedPlan: @unchecked Sendable {  // weights are read only, see `init`
  public let plan: Plan
  let tables: PlanTables
  package let weights: [AlignedBytes]
  /// Whatever owns the kernels' machine code.
  private let code: (any Sendable)?

  /// Checks `plan` and looks up its kernels.
  ///
  /// - Parameters:
  ///   - weights: the prepared weights in the plan's order; they are handed over, so that nobody
  ///     writes to them any more.
  ///   - code: kept as long as the plan, since the kernels' addresses are good only with it.
  ///   - address: where a kernel's symbol is.
  /// - Errors: `brokenPlan`, `unknownLevel`, `unknownKernel`, `wrongCount`, `wrongBytes`.
  public init(
    _ plan: Plan, weights: [AlignedBytes] = [], keeping code: (any Sendable)? = nil,
    address: (String) -> UnsafeRawPointer?
  ) throws(RunError) {
    do {
      try PlanVerifier.verify(plan)
    } catch {
      throw RunError(.brokenPlan, "plan '\(plan.name)' breaks a law: \(error)")
    }
    guard let features = MachineFeatures(level: plan.level) else {
      throw RunError(
        .unknownLevel,
        "plan '\(plan.name)' was compiled for '\(plan.level)', which this runtime does not know")
    }
    try Self.check(weights, against: plan)
    self.plan = plan
    self.weights = weights
    self.code = code
    tables = PlanTables(
      plan, features: features, kernels: try Self.addresses(of: plan, from: address))
  }

  private static func check(_ weights: [AlignedBytes], against plan: Plan) throws(RunError) {
    guard weights.count == plan.weights.count else {
      throw RunError(
        .wrongCount,
        "there are \(weights.count) weight buffers, plan '\(plan.name)' has \(plan.weights.count)")
    }
    for (slot, weight) in zip(plan.weights, weights) where weight.byteCount != slot.byteCount {
      throw RunError(
        .wrongBytes,
        "weight '\(slot.name)' has \(weight.byteCount) bytes, the plan asks for \(slot.byteCount)")
    }
  }

  private static func addresses(
    of plan: Plan, from address: (String) -> UnsafeRawPointer?
  ) throws(RunError) -> [String: UnsafeRawPointer] {
    var addresses: [String: UnsafeRawPointer] = [:]
    for step in plan.steps where addresses[step.kernel] == nil {
      guard let found = address(step.kernel) else {
        throw RunError(
          .unknownKernel, "step '\(step.name)' needs kernel '\(step.kernel)', which has no address")
      }
      addresses[step.kernel] = found
    }
    return addresses
  }
}
