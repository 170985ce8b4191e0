import GraphIR
import GraphOps

/// A pre-norm transformer layer: attention and a perceptron, each around a residual.
///
///     x = x + attention(norm1(x));   y = x + mlp(norm2(x))
///
/// - Shapes: `x: T[b, n, d]` → `y: T[b, n, d]`.
public struct TransformerLayer: Layer {
  public var name: String
  public var heads: Int
  public var hidden: Int

  public init(_ name: String, heads: Int, hidden: Int) {
    self.name = name
    self.heads = heads
    self.hidden = hidden
  }

  public func apply(_ x: Tensor) -> Tensor {
    let attended = x + SelfAttention("attention", heads: heads)(LayerNormLayer("norm1")(x))
    let mlp = Perceptron("mlp", hidden: [hidden], outputs: x.dimension(-1))
    return attended + mlp(LayerNormLayer("norm2")(attended))
  }
}
