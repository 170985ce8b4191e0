import GraphTraining
import ModelZoo
import TensorCore

/// A number of the loss that changes at first: from `start` in a straight line over `steps` steps to the
/// value that its key has, which it then keeps. As a recipe's line it is `ramp.KEY: START:STEPS`.
package struct Ramp: Sendable, Equatable {
  package var key: String
  var start: Double
  var steps: Int
  var end: Double

  static let prefix = "ramp."

  /// - Errors: `recipe.ramp`; those of the family where it could not have `start` as its value.
  init(
    _ key: String, _ text: String, of family: any ModelFamily, model: String
  ) throws(Diagnostic) {
    let known = type(of: family).schedulable
    guard known.contains(key),
      let end = family.settings.first(where: { $0.name == key }).flatMap({ Double($0.value) })
    else { throw .recipeRamp("\(key) of \(model) cannot change", known: known) }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = Double(optionText: String(parts[0])), start >= 0,
      Float(start).isFinite, let steps = Int(parts[1]), (1...1 << 40).contains(steps)
    else { throw .recipeRamp("\(key) has \(text) for START:STEPS", known: known) }
    // A start that the option could not have, as a deviation of 0, would make no step finite.
    _ = try family.setting(["\(key)=\(parts[0])"]).program(entries: [type(of: family).lossEntry])
    (self.key, self.start, self.steps, self.end) = (key, start, steps, end)
  }

  /// `0.3:5000`
  var text: String { "\(start.optionText):\(steps)" }

  package var schedule: Schedule { .line(from: start, to: end, steps: steps) }
}
