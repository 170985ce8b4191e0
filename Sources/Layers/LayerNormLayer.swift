import GraphIR
import GraphOps

/// The last axis normalised, with a learnt scale and shift.
///
/// - Shapes: `x: T[..., n]` → `y: T[..., n]`; `weight, bias: T[n]`.
public struct LayerNormLayer: Layer {
  public var name: String
  public var epsilon = 1e-5

  public init(_ name: String) { self.name = name }

  public func apply(_ x: Tensor) -> Tensor {
    let length = x.dimension(-1)
    return x.layerNorm(
      weight: x.parameter("weight", [length], .ones),
      bias: x.parameter("bias", [length], .zeros), epsilon: epsilon)
  }
}
