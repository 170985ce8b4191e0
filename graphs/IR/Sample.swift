import TensorCore

/// An operation on inputs, for the laws that hold for every operation.
public struct Sample: Sendable, CustomStringConvertible {
  public var label: String
  public var operation: any Operation
  public var operands: [HostTensor]

  public init(_ label: String, _ operation: any Operation, _ operands: [HostTensor]) {
    self.label = label
    self.operation = operation
    self.operands = operands
  }

  public var description: String { "\(operation.name): \(label)" }
}

/// Operand types that an operation must refuse with a code.
public struct Refusal: Sendable, CustomStringConvertible {
  public var label: String
  public var operation: any Operation
  public var operands: [TensorType]
  public var code: Diagnostic.Code

  public init(
    _ label: String, _ operation: any Operation, _ operands: [TensorType], _ code: Diagnostic.Code
  ) {
    self.label = label
    self.operation = operation
    self.operands = operands
    self.code = code
  }

  public var description: String { "\(operation.name): \(label)" }
}

// MARK: - Tensors for samples
extension HostTensor {
  public static func f64(_ shape: Shape, _ values: [Double]) -> HostTensor {
    HostTensor(.f64(shape), reals: values)
  }
  public static func f32(_ shape: Shape, _ values: [Double]) -> HostTensor {
    HostTensor(.f32(shape), converting: values)
  }
  public static func i32(_ shape: Shape, _ values: [Int64]) -> HostTensor {
    HostTensor(.i32(shape), integers: values)
  }
  public static func i64(_ shape: Shape, _ values: [Int64]) -> HostTensor {
    HostTensor(.i64(shape), integers: values)
  }
  public static func u64(_ shape: Shape, _ values: [UInt64]) -> HostTensor {
    HostTensor(.u64(shape), integers: values.map(Int64.init(bitPattern:)))
  }
  public static func bool(_ shape: Shape, _ values: [Bool]) -> HostTensor {
    HostTensor(.bool(shape), integers: values.map { $0 ? 1 : 0 })
  }

  /// Seeded values: standard normal for floating types, -100…100 (0…200 unsigned) for integers.
  public static func noise(_ type: TensorType, _ name: String = "noise") -> HostTensor {
    let key = Key(0).folded(name)
    return HostTensor(
      type,
      converting: (0..<type.shape.count).map { index in
        if type.element.isFloating { return key.normal(at: index) }
        if type.element == .bool { return key.uniform(at: index) < 0.5 ? 0 : 1 }
        let low = type.element.isUnsigned ? 0.0 : -100.0
        return (low + 201 * key.uniform(at: index)).rounded(.down)
      })
  }
}
