import GraphIR
import TensorCore

/// Uniform numbers in [0, 1) with 24 bits, from the stream of a key.
///
/// - Shapes: `key: u64[]` → `y: f32[shape]`; element i is the stream's number i.
/// - Errors: `random.key`.
/// - Source: ``Philox``.
public struct RandomUniform: UnaryOperation {
  public static let name = "random_uniform"
  public static let attributes = [Attribute("shape", \RandomUniform.dimensions)]
  public var dimensions: [Int] = []
  public init() {}
}

/// Standard normal numbers from the stream of a key.
///
/// - Shapes: `key: u64[]` → `y: f32[shape]`; element i is the stream's number i.
/// - Errors: `random.key`.
/// - Source: ``Philox``; Box–Muller.
public struct RandomNormal: UnaryOperation {
  public static let name = "random_normal"
  public static let attributes = [Attribute("shape", \RandomNormal.dimensions)]
  public var dimensions: [Int] = []
  public init() {}
}

extension Tensor {
  /// Uniform numbers in [0, 1) from this key; see ``RandomUniform``.
  public func uniform(_ dimensions: [Int]) -> Tensor {
    applying(RandomUniform().setting(\.dimensions, to: dimensions))
  }
  /// Standard normal numbers from this key; see ``RandomNormal``.
  public func normal(_ dimensions: [Int]) -> Tensor {
    applying(RandomNormal().setting(\.dimensions, to: dimensions))
  }
}

extension RandomUniform {
  public func resultType(of key: TensorType) throws(Diagnostic) -> TensorType {
    try key.requireKey()
    return TensorType(.f32, try Shape(checking: dimensions))
  }

  public func evaluate(_ key: HostTensor) -> HostTensor {
    let key = Key(UInt64(bitPattern: key.integers[0]))
    let type = TensorType(.f32, Shape(trusted: dimensions))
    return HostTensor(type, reals: (0..<type.shape.count).map(key.uniform(at:)))
  }

  public func form(_ key: Tensor) -> StructuredForm { .random(.uniform) }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    .stops(.integer)
  }

  public static let samples = [
    Sample("a matrix", RandomUniform().setting(\.dimensions, to: [3, 5]), [.u64([], [42])]),
    Sample(
      "a large key", RandomUniform().setting(\.dimensions, to: [17]), [.u64([], [.max - 3])]),
  ]
  public static let refusals = [
    Refusal("a real key", RandomUniform(), [.f32([])], "random.key"),
    Refusal("two keys", RandomUniform(), [.u64([2])], "random.key"),
  ]
}

extension RandomNormal {
  public func resultType(of key: TensorType) throws(Diagnostic) -> TensorType {
    try key.requireKey()
    return TensorType(.f32, try Shape(checking: dimensions))
  }

  public func evaluate(_ key: HostTensor) -> HostTensor {
    let key = Key(UInt64(bitPattern: key.integers[0]))
    let type = TensorType(.f32, Shape(trusted: dimensions))
    return HostTensor(type, reals: (0..<type.shape.count).map(key.normal(at:)))
  }

  public func form(_ key: Tensor) -> StructuredForm { .random(.normal) }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    .stops(.integer)
  }

  public static let samples = [
    Sample("a matrix", RandomNormal().setting(\.dimensions, to: [3, 5]), [.u64([], [42])]),
    Sample("many", RandomNormal().setting(\.dimensions, to: [1000]), [.u64([], [1 << 40])]),
  ]
  public static let refusals = [
    Refusal("a signed key", RandomNormal(), [.i64([])], "random.key")
  ]
}

extension TensorType {
  /// - Errors: `random.key`.
  func requireKey() throws(Diagnostic) {
    guard self == .u64([]) else { throw .notKey(self) }
  }
}
