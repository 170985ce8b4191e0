import GraphIR
import GraphOps

/// An affine map of the last axis.
///
/// - Shapes: `x: T[..., n]` → `y: T[..., outputs]`; `weight: T[n, outputs]`, `bias: T[outputs]`.
public struct Dense: Layer {
  public var name: String
  public var outputs: Int
  public var hasBias = true
  /// Nil means uniform with bound 1/sqrt(n), for weight and bias.
  public var weight: Initialiser?
  public var bias: Initialiser?

  public init(
    _ name: String, _ outputs: Int, hasBias: Bool = true, weight: Initialiser? = nil,
    bias: Initialiser? = nil
  ) {
    self.name = name
    self.outputs = outputs
    self.hasBias = hasBias
    self.weight = weight
    self.bias = bias
  }

  public func apply(_ x: Tensor) -> Tensor {
    let inputs = x.dimension(-1)
    let standard = Initialiser.fanInUniform(inputs)
    let product = x.matmul(x.parameter("weight", [inputs, outputs], weight ?? standard))
    return hasBias ? product + x.parameter("bias", [outputs], bias ?? standard) : product
  }
}
