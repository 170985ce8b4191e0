import TensorCore

/// A tensor known when the graph is built. Text writes its elements, or one if all are equal:
/// `constant 2 : f32[3]`, `constant [1, 2, 3] : f32[3]`.
///
/// It lives beside the graph, not among the other operations, because builder, printer and parser
/// all know it: its type is not a function of attributes.
public struct Constant: SourceOperation {
  public static let name = "constant"
  public var value: HostTensor

  public init(_ value: HostTensor) { self.value = value.roundedToElement() }

  public func resultType() -> TensorType { value.type }
  public func evaluate() -> HostTensor { value }
  public func form() -> StructuredForm { .constant(value) }

  public static let samples = [
    Sample("a scalar", Constant(.f32([], [2])), []),
    Sample("a vector", Constant(.i32([3], [1, -2, 3])), []),
    Sample("no elements", Constant(.f32([0, 2], [])), []),
  ]
  public static let refusals: [Refusal] = []

  /// The one number that all elements equal, if they do and a `Double` holds it.
  public var splat: Double? {
    switch value.storage {
    case .reals(let values):
      guard let first = values.first else { return nil }
      return values.allSatisfy { $0.bitPattern == first.bitPattern } ? first : nil
    case .integers(let values):
      guard let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
      let number = value.element.real(from: first)
      // From 2^53 on, neighbours round to one Double.
      return abs(number) < 0x1p53 ? number : nil
    }
  }
}
