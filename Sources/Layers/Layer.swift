import GraphIR
import GraphOps

/// A part of a network with parameters of its own. Applying it opens the scope of its name, so a
/// parameter's path tells where it belongs: `encoder.conv.0.weight`.
public protocol Layer {
  var name: String { get }
  func apply(_ x: Tensor) -> Tensor
}

extension Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.builder.scoped(name) { apply(x) }
  }
}
