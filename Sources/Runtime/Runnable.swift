import CSmaltiRuntime
import ExecutionPlan

/// What a session can run: a plan that was loaded, or an entry point of a compiled file.
package protocol Runnable: Sendable {
  /// As messages name it.
  var name: String { get }
  var inputs: [Plan.Slot] { get }
  var outputs: [Plan.Slot] { get }
  var states: [Plan.Slot] { get }
  /// Prepared weights that every call brings.
  var weights: [AlignedBytes] { get }
  /// How many times a measured run has.
  var stepCount: Int { get }
  /// Bytes of workspace for so many workers, or nil beyond what a machine can have.
  func workspaceByteCount(workers: UInt32) -> Int?
  /// A `smalti_status`.
  func execute(_ call: UnsafePointer<smalti_call>) -> Int32
}

extension LoadedPlan: Runnable {
  package var name: String { "plan '\(plan.name)'" }
  package var inputs: [Plan.Slot] { plan.inputs }
  package var outputs: [Plan.Slot] { plan.outputs }
  package var states: [Plan.Slot] { plan.states }
  package var stepCount: Int { plan.steps.count }

  package func workspaceByteCount(workers: UInt32) -> Int? {
    tables.workspaceByteCount(workers: workers)
  }

  package func execute(_ call: UnsafePointer<smalti_call>) -> Int32 {
    smalti_execute(tables.plan, call)
  }
}
