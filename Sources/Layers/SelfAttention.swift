import GraphIR
import GraphOps

/// Multi-head attention of a sequence over itself, with one fused projection to queries, keys and
/// values (columns: q, k, v; in each the heads one after another).
///
/// - Shapes: `x: T[b, n, d]` → `y: T[b, n, d]`; `qkv.weight: T[d, 3d]`, `output.weight: T[d, d]`.
///   `heads` divides d; scores are scaled by 1/sqrt(d / heads).
public struct SelfAttention: Layer {
  public var name: String
  public var heads: Int

  public init(_ name: String, heads: Int) {
    self.name = name
    self.heads = heads
  }

  public func apply(_ x: Tensor) -> Tensor {
    let width = x.dimension(-1)
    // PyTorch's MultiheadAttention starts its fused projection as one [3d, d] matrix.
    let projection = Dense(
      "qkv", 3 * width, weight: .glorotUniform(width, 3 * width), bias: .zeros)
    let parts = projection(x).rearranged("b n (p h d) -> p b h n d", p: 3, h: heads)
    let mixed = parts.element(0, along: 0)
      .attention(keys: parts.element(1, along: 0), values: parts.element(2, along: 0))
    return Dense("output", width, bias: .zeros)(mixed.rearranged("b h n d -> b n (h d)"))
  }
}
