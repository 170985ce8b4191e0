// Inline vector mathematics as LLVM text: helpers that the emitter calls and LLVM inlines.
//
// A helper is the same sequence of operations for every lane count, each rounded on its own (no
// fast-math flags), so a result does not depend on how many lanes are computed with it. The largest
// errors are in docs/vector-math.md; the tests measure them.

import TensorCore

/// A function of LLVM text that other text may call by name.
package struct VectorHelper: Sendable, Hashable {
  /// With its `@`.
  package var name: String
  /// The whole definition, ready to stand in a module. Intrinsics need no declaration.
  package var definition: String
  /// What the definition refers to.
  package var dependencies: [VectorHelper] = []

  /// This helper after everything it refers to, each once.
  package var closure: [VectorHelper] {
    var found: [VectorHelper] = []
    for helper in dependencies.flatMap(\.closure) + [self] where !found.contains(helper) {
      found.append(helper)
    }
    return found
  }
}

package enum VectorMath {
  /// Whether `function` on f32 and f64 is computed by a helper. The others are one LLVM
  /// instruction or intrinsic, or not functions of reals to reals.
  package static func hasFunction(_ function: ScalarFunction) -> Bool {
    unary(function) != nil || binary(function) != nil
  }

  /// The helper of `function`: `@smalti.NAME.vNf32`, from and to `<N x float>` (`float` if `lanes`
  /// is 1), or of `double` for f64.
  ///
  /// - Parameter lanes: 1, 2, 4, 8, 16, …
  package static func function(
    _ function: ScalarFunction, _ element: ElementType, lanes: Int
  ) -> VectorHelper {
    let kind = laneKind(of: element)
    let body = HelperBody(laneCount: lanes)
    let (x, y) = (body.argument("x", kind), body.argument("y", kind))
    let result: Lanes
    if let formula = unary(function) {
      result = formula(x)
    } else if let formula = binary(function) {
      result = formula(x, y)
    } else {
      preconditionFailure("internal: no vector helper of \(function)")
    }
    let type = body.spelling(kind)
    return helper(
      "\(function.rawValue).v\(lanes)\(kind.suffix)", type,
      function.operandCount == 1 ? "\(type) %x" : "\(type) %x, \(type) %y",
      body.finish(returning: result),
      needing: [.sine, .cosine].contains(function) ? [twoOverPi] : [])
  }

  static func helper(
    _ name: String, _ result: String, _ parameters: String, _ text: String,
    needing dependencies: [VectorHelper] = []
  ) -> VectorHelper {
    VectorHelper(
      name: "@smalti.\(name)",
      definition: """
        define internal \(result) @smalti.\(name)(\(parameters)) \
        alwaysinline nounwind willreturn memory(none) {
        \(text)
        }

        """,
      dependencies: dependencies)
  }

  private static func laneKind(of element: ElementType) -> LaneKind {
    switch element {
    case .f32: .f32
    case .f64: .f64
    default: preconditionFailure("internal: vector mathematics computes in f32 or f64")
    }
  }

  private static func unary(_ function: ScalarFunction) -> ((Lanes) -> Lanes)? {
    switch function {
    case .sign: sign
    case .round: { $0.roundedToEven }
    case .reciprocalSquareRoot: { 1 / $0.squareRoot }
    case .relu: { choose($0.isLess(0), 0, $0) }
    case .exponential: exponential
    case .exponentialMinusOne: exponentialMinusOne
    case .logarithm: logarithm
    case .logarithmPlusOne: logarithmPlusOne
    case .sine: sine
    case .cosine: cosine
    case .tanh: tanh
    case .sigmoid: sigmoid
    case .softplus: softplus
    case .errorFunction: errorFunction
    default: nil
    }
  }

  private static func binary(_ function: ScalarFunction) -> ((Lanes, Lanes) -> Lanes)? {
    switch function {
    case .maximum: maximum
    case .minimum: minimum
    case .remainder: remainder
    case .power: power
    default: nil
    }
  }
}
