import GraphIR
import TensorCore

/// The key of a part: a key folded with a number, which may be known only when the graph runs.
///
/// - Shapes: `key: u64[]`, `number: u64[]` → `y: u64[]`.
/// - Errors: `random.key`.
/// - Source: ``Key/folded(_:)``.
public struct FoldKey: BinaryOperation {
  public static let name = "fold_key"
  public init() {}
}

extension Tensor {
  /// This key folded with a number; see ``FoldKey``.
  public func folded(_ number: Tensor) -> Tensor { applying(FoldKey(), number) }

  /// This key folded with the hash of a name; see ``FoldKey``.
  public func folded(_ name: String) -> Tensor {
    folded(builder.constant(.u64([], [Key.hash(name)])))
  }
}

extension FoldKey {
  public func resultType(of key: TensorType, _ number: TensorType) throws(Diagnostic) -> TensorType
  {
    try key.requireKey()
    try number.requireKey()
    return key
  }

  public func evaluate(_ key: HostTensor, _ number: HostTensor) -> HostTensor {
    let key = Key(UInt64(bitPattern: key.integers[0]))
    return .u64([], [key.folded(UInt64(bitPattern: number.integers[0])).bits])
  }

  public func form(_ key: Tensor, _ number: Tensor) -> StructuredForm { .random(.foldedKey) }

  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    [.stops(.integer), .stops(.integer)]
  }

  public static let samples = [
    Sample("a step", FoldKey(), [.u64([], [7]), .u64([], [12])]),
    Sample("large", FoldKey(), [.u64([], [.max]), .u64([], [.max - 1])]),
  ]
  public static let refusals = [
    Refusal("a vector", FoldKey(), [.u64([]), .u64([2])], "random.key")
  ]
}
