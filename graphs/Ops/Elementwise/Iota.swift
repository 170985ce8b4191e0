import GraphIR
import TensorCore

/// The index along `axis` at every position.
///
/// - Shapes: → `y: T[shape]`, `T` a number; values wrap or round to it.
/// - Errors: `axis.out-of-range`, `type.not-number`, and those of shapes.
public struct Iota: SourceOperation {
  public static let name = "iota"
  public static let attributes = [
    Attribute("element", \Iota.element), Attribute("shape", \Iota.dimensions),
    Attribute("axis", \Iota.axis),
  ]

  public var element = ElementType.i32
  public var dimensions = [1]
  public var axis = 0
  public init() {}
}

extension GraphBuilder {
  /// Indices along `axis`; see ``Iota``.
  public func iota(_ element: ElementType, _ dimensions: [Int], axis: Int = 0) -> Tensor {
    let iota = Iota().setting(\.element, to: element).setting(\.dimensions, to: dimensions)
    return apply(iota.setting(\.axis, to: axis), [])[0]
  }
}

extension Iota {
  public func resultType() throws(Diagnostic) -> TensorType {
    let type = TensorType(element, try Shape(checking: dimensions))
    try type.requireNumber()
    _ = try type.shape.axis(axis)
    return type
  }

  public func evaluate() -> HostTensor {
    let type = TensorType(element, Shape(trusted: dimensions))
    let axis = axis < 0 ? axis + type.rank : axis
    let stride = type.shape.strides[axis]
    let indices = (0..<type.shape.count).map { $0 / stride % type.shape[axis] }
    return element.isFloating
      ? HostTensor(type, converting: indices.map(Double.init))
      : HostTensor(type, integers: indices.map(Int64.init))
  }

  public func form() -> StructuredForm {
    let axis = axis < 0 ? axis + dimensions.count : axis
    return .map(.cast(element, .coordinate(axis: axis)))
  }

  public static let samples = [
    Sample("a vector", Iota().setting(\.dimensions, to: [5]), []),
    Sample(
      "columns",
      Iota().setting(\.element, to: .f32).setting(\.dimensions, to: [2, 3, 4])
        .setting(\.axis, to: -2), []),
    Sample(
      "wraps",
      Iota().setting(\.element, to: .i8).setting(\.dimensions, to: [2, 130])
        .setting(\.axis, to: 1), []),
  ]
  public static let refusals = [
    Refusal("no such axis", Iota().setting(\.axis, to: 1), [], "axis.out-of-range"),
    Refusal("bools", Iota().setting(\.element, to: .bool), [], "type.not-number"),
  ]
}
