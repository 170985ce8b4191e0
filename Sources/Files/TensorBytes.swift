import TensorCore

/// A tensor as the bytes that files hold: little-endian, dense, row-major.
///
/// Readers give it and writers take it without converting elements. One that was read from a
/// mapped file copies nothing: it keeps the mapping alive instead.
public struct TensorBytes: Sendable {
  public let type: TensorType
  private let contents: FileContents
  private let range: Range<Int>

  /// The part `range` of `contents`, whose length is that of `type`.
  init(_ type: TensorType, in contents: FileContents, at range: Range<Int>) {
    precondition(range.count == type.byteCount, "internal: \(type) in \(range.count) bytes")
    self.type = type
    self.contents = contents
    self.range = range
  }

  /// - Errors: `tensor.byte-count`, `file.memory`.
  public init(_ type: TensorType, bytes: [UInt8]) throws(Diagnostic) {
    guard bytes.count == type.byteCount else {
      throw .tensorByteCount(type, got: bytes.count)
    }
    let contents = try FileContents(named: "a tensor", copying: bytes)
    self.init(type, in: contents, at: 0..<bytes.count)
  }

  /// Floating values are rounded to the element type.
  ///
  /// - Errors: `file.memory`.
  public init(_ tensor: HostTensor) throws(Diagnostic) {
    let byteCount = tensor.type.byteCount
    let contents = try FileContents(named: "a tensor", byteCount: byteCount) {
      (target) throws(Diagnostic) in tensor.write(to: target)
    }
    self.init(tensor.type, in: contents, at: 0..<byteCount)
  }

  /// Calls `body` with the bytes, which are valid during the call only.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(contents) {} }
    return try body(contents.slice(range))
  }

  /// A copy of the bytes.
  public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// The elements, each widened as the interpreters hold them: eight bytes per element.
  public var tensor: HostTensor {
    withUnsafeBytes { bytes in
      do {
        return try HostTensor(type, bytes: bytes)
      } catch {
        preconditionFailure("internal: \(error)")
      }
    }
  }
}
