/// The element type and shape of a tensor. All shapes are static.
public struct TensorType: Hashable, Sendable {
  public var element: ElementType
  public var shape: Shape

  public init(_ element: ElementType, _ shape: Shape) {
    self.element = element
    self.shape = shape
  }

  /// Bytes of all elements, dense.
  public var byteCount: Int { shape.count * element.byteCount }
  public var rank: Int { shape.rank }
}

extension TensorType: CustomStringConvertible {
  /// `f32[2, 3]`
  public var description: String { "\(element)\(shape)" }
}

extension TensorType {
  public static func f64(_ shape: Shape) -> TensorType { TensorType(.f64, shape) }
  public static func f32(_ shape: Shape) -> TensorType { TensorType(.f32, shape) }
  public static func f16(_ shape: Shape) -> TensorType { TensorType(.f16, shape) }
  public static func bf16(_ shape: Shape) -> TensorType { TensorType(.bf16, shape) }
  public static func i32(_ shape: Shape) -> TensorType { TensorType(.i32, shape) }
  public static func i64(_ shape: Shape) -> TensorType { TensorType(.i64, shape) }
  public static func u8(_ shape: Shape) -> TensorType { TensorType(.u8, shape) }
  public static func u64(_ shape: Shape) -> TensorType { TensorType(.u64, shape) }
  public static func bool(_ shape: Shape) -> TensorType { TensorType(.bool, shape) }
}

// MARK: - Requirements that operations state
extension TensorType {
  /// - Errors: `type.not-floating`.
  public func requireFloating() throws(Diagnostic) {
    guard element.isFloating else { throw .notFloating(self) }
  }

  /// - Errors: `type.not-integer`.
  public func requireInteger() throws(Diagnostic) {
    guard element.isInteger else { throw .notInteger(self) }
  }

  /// - Errors: `type.not-bool`.
  public func requireBool() throws(Diagnostic) {
    guard element == .bool else { throw .notBool(self) }
  }

  /// A number of any kind: not `bool`.
  ///
  /// - Errors: `type.not-number`.
  public func requireNumber() throws(Diagnostic) {
    guard element != .bool else { throw .notNumber(self) }
  }

  /// - Errors: `type.mismatch`.
  public func requireElement(of other: TensorType) throws(Diagnostic) {
    guard element == other.element else { throw .elementMismatch(self, other) }
  }

  /// - Errors: `shape.wrong-rank`.
  public func requireRank(_ rank: Int) throws(Diagnostic) {
    guard self.rank == rank else { throw .wrongRank(self, expected: rank) }
  }
}
