import GraphIR
import GraphOps

/// Dense layers with a ReLU between them, none after the last.
///
/// With one hidden layer its name is `hidden`; with several, `hidden.0`, `hidden.1`, ….
///
/// - Shapes: `x: T[..., n]` → `y: T[..., outputs]`.
public struct Perceptron: Layer {
  public var name: String
  public var hidden: [Int]
  public var outputs: Int

  public init(_ name: String, hidden: [Int], outputs: Int) {
    self.name = name
    self.hidden = hidden
    self.outputs = outputs
  }

  public func apply(_ x: Tensor) -> Tensor {
    var x = x
    for (index, width) in hidden.enumerated() {
      let name = hidden.count == 1 ? "hidden" : "hidden.\(index)"
      x = Dense(name, width)(x).relu()
    }
    return Dense("output", outputs)(x)
  }
}
