import TensorCore

/// A value of a graph that is being built. Operations on it append nodes.
///
/// Mistakes do not throw where formulas are written: the builder keeps the first one and throws it
/// from `finish()`; until then operations on a failed tensor do nothing.
public struct Tensor {
  public let builder: GraphBuilder
  public let type: TensorType
  /// Nil after a mistake.
  package let id: ValueID?

  init(_ builder: GraphBuilder, _ id: ValueID?, _ type: TensorType) {
    self.builder = builder
    self.id = id
    self.type = type
  }
}

extension Tensor {
  public var shape: Shape { type.shape }
  public var element: ElementType { type.element }
  public var rank: Int { type.rank }

  /// The length along `axis`; a negative axis counts from the back.
  ///
  /// - Errors (from `finish()`): `axis.out-of-range`; the length is then 1.
  public func dimension(_ axis: Int) -> Int {
    builder.trying { () throws(Diagnostic) in shape[try shape.axis(axis)] } ?? 1
  }

  /// The first result of `operation` on this tensor and `others`.
  public func applying(_ operation: any Operation, _ others: Tensor...) -> Tensor {
    builder.apply(operation, [self] + others)[0]
  }

  /// A constant of this tensor's element type, as a scalar that broadcasts.
  public func scalar(_ value: Double) -> Tensor {
    builder.constant(HostTensor(TensorType(element, []), repeating: value))
  }

  /// A parameter of the network under the current scope; of this tensor's element type.
  public func parameter(
    _ name: String, _ dimensions: [Int], _ initialiser: Initialiser
  ) -> Tensor {
    builder.parameter(name, element, dimensions, initialiser)
  }
}
