import GraphLowering
import Smalti

package extension TargetLevel {
  /// - Errors: `call.target`.
  init(called name: String) throws(Diagnostic) {
    guard let level = TargetLevel(name: name) else { throw .callTarget(name) }
    self = level
  }
}

package extension EntryPlan {
  /// The plan that compiling with `options` makes.
  init(_ graph: Graph, _ options: CompilerOptions) throws(Diagnostic) {
    try self.init(graph, options.level, options.lowering)
  }
}
