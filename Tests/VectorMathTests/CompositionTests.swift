// Functions that networks compose of those with a budget. Each step rounds, as in a graph.

import RealModule
import Testing

/// An activation as graphs spell it.
enum Composition: String, CaseIterable {
  case gelu, geluByTanh = "gelu_by_tanh", silu

  /// Each step in f32, with the functions of `module`.
  func results(_ x: [Float], _ module: HelperModule) -> [Float] {
    func composed(_ function: String, _ inner: (Float) -> Float, _ outer: (Float, Float) -> Float)
      -> [Float]
    {
      zip(x, module.apply(function, x.map(inner))).map(outer)
    }
    switch self {
    case .gelu:
      return composed("error_function", { $0 * 0.70710678 }) { x, e in 0.5 * x * (1 + e) }
    case .geluByTanh:
      return composed("tanh", { 0.7978846 * ($0 + 0.044715 * ($0 * $0 * $0)) }) { x, t in
        0.5 * x * (1 + t)
      }
    case .silu: return composed("sigmoid", { $0 }) { x, s in x * s }
    }
  }

  /// In a form that loses no digits: x · erfc(-x/√2) / 2, and 1 + tanh z = 2 / (1 + e^-2z).
  func exact(_ x: Double) -> Double {
    switch self {
    case .gelu: 0.5 * x * .erfc(-x * 0.5.squareRoot())
    case .geluByTanh: x / (1 + .exp(-2 * (2 / .pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .silu: x >= 0 ? x / (1 + .exp(-x)) : x * .exp(x) / (1 + .exp(x))
    }
  }

  /// The largest error in units in the last place of the operand, and where it is not negative in
  /// those of the result. Left of 0 both forms of GELU take 1 from nearly 1, and few digits of the
  /// small result are right.
  var budget: (ofOperand: Double, ofResult: Double) {
    switch self {
    case .gelu: (1.5, 2)
    case .geluByTanh: (1.75, 2)
    case .silu: (2, 3.5)
    }
  }
}

@Suite("Compositions in f32")
struct CompositionTests {
  @Test("keep their budget over all finite bit patterns", arguments: Composition.allCases)
  func keepsBudget(_ composition: Composition) throws {
    let module = try HelperModule.best(.f32)
    var ofOperand = LargestError<Float>()
    var ofResult = LargestError<Float>()
    let sweep = Sweep(composition.rawValue)
    sweep.forEachBatch { x in
      for (x, result) in zip(x, composition.results(x, module)) where x.isFinite {
        let exact = composition.exact(Double(x))
        let unit = Double(max(x.magnitude.ulp, .leastNonzeroMagnitude))
        ofOperand.add(abs(Double(result) - exact) / unit, at: [x], result)
        if x >= 0 { ofResult.add(result, exact, at: x) }
      }
    }
    sweep.report("of the operand, \(ofOperand); of the result from 0 on, \(ofResult)")
    #expect(ofOperand.units <= composition.budget.ofOperand, "\(composition): \(ofOperand)")
    #expect(ofResult.units <= composition.budget.ofResult, "\(composition): \(ofResult)")
  }
}
