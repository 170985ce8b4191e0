import GraphRegions
import TensorCore

// The diagnostics of GraphLowering, alphabetically.

extension Diagnostic {
  static func planDonation(_ problem: String, _ graph: String) -> Diagnostic {
    Diagnostic(
      "plan.donation", "the states of \(graph) cannot be replaced in place as planned",
      notes: [problem], help: "this is a mistake of the compiler; please report it")
  }

  static func planRegions(_ problem: RegionProblem, _ graph: String) -> Diagnostic {
    Diagnostic(
      "plan.regions", "the regions of \(graph) break a law of theirs",
      notes: ["\(problem)"],
      help: "this is a mistake of the compiler; please report it, and compile with --no-fuse")
  }

  static func tuningLevel(_ level: String, target: String) -> Diagnostic {
    Diagnostic(
      "tuning.level", "the tuning is for \(level), and the code is made for \(target)",
      help: "leave the tuning out, or make one for \(target) with smalti tune")
  }

  static func tuningNumber(_ name: String, _ value: Int, _ range: ClosedRange<Int>) -> Diagnostic {
    Diagnostic(
      "tuning.number",
      "\(name) must be \(range.lowerBound) to \(range.upperBound), got \(value)",
      help: "set \(name) to \(min(max(value, range.lowerBound), range.upperBound)), or make the "
        + "tuning again with smalti tune")
  }

  static func tuningRows(fewest: Int, most: Int) -> Diagnostic {
    Diagnostic(
      "tuning.rows", "fewestRows is \(fewest), which is more than mostRows, \(most)",
      help: "set fewestRows to \(most) or less")
  }
}
