import TensorCore

// What can be wrong with a graph that is cut into regions, alphabetically.

extension Diagnostic {
  /// - Parameters:
  ///   - terms: multiply-adds or elements of the operation.
  ///   - total: of all operations up to it.
  static func tooMuchWork(_ terms: Double, of total: Double) -> Diagnostic {
    func power(_ count: Double) -> String { "about 2^\(count.exponent)" }
    return Diagnostic(
      "graph.too-much-work",
      "a graph has at most 2^54 multiply-adds and elements, got \(power(total))",
      notes: ["this operation has \(power(terms))"], help: "work in parts")
  }
}
