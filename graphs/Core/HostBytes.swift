// Host tensors as the bytes that files and machine code hold: little-endian, dense, row-major.

extension HostTensor {
  /// - Errors: `tensor.byte-count`.
  /// The tensor whose bytes are these; a `bool` byte other than 0 is 1.
  ///
  public init(_ type: TensorType, bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    guard bytes.count == type.byteCount else { throw .wrongByteCount(type, got: bytes.count) }
    let count = type.shape.count
    /// Unaligned loads: a file places tensors as it likes.
    func load<T: BitwiseCopyable>(_: T.Type, _ index: Int) -> T {
      bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self)
    }
    func reals(_ value: (Int) -> Double) -> HostTensor {
      HostTensor(type, reals: (0..<count).map(value))
    }
    func integers(_ value: (Int) -> Int64) -> HostTensor {
      HostTensor(type, integers: (0..<count).map(value))
    }
    switch type.element {
    case .f64: self = reals { load(Double.self, $0) }
    case .f32: self = reals { Double(load(Float.self, $0)) }
    case .f16: self = reals { Double(load(Float16.self, $0)) }
    case .bf16: self = reals { Double(Float(bitPattern: UInt32(load(UInt16.self, $0)) << 16)) }
    case .i8: self = integers { Int64(load(Int8.self, $0)) }
    case .i16: self = integers { Int64(load(Int16.self, $0)) }
    case .i32: self = integers { Int64(load(Int32.self, $0)) }
    case .i64: self = integers { load(Int64.self, $0) }
    case .u8, .bool: self = integers { Int64(load(UInt8.self, $0)) }
    case .u16: self = integers { Int64(load(UInt16.self, $0)) }
    case .u32: self = integers { Int64(load(UInt32.self, $0)) }
    case .u64: self = integers { Int64(bitPattern: load(UInt64.self, $0)) }
    }
  }

  /// The tensor whose bytes are these.
  ///
  /// - Errors: `tensor.byte-count`.
  public init(_ type: TensorType, bytes: [UInt8]) throws(Diagnostic) {
    let result = bytes.withUnsafeBytes { raw in
      Result { () throws(Diagnostic) in try HostTensor(type, bytes: raw) }
    }
    self = try result.get()
  }

  /// The bytes of the tensor; floating values are rounded to the element type.
  public var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: type.byteCount) { buffer, initialized in
      write(to: UnsafeMutableRawBufferPointer(buffer))
      initialized = type.byteCount
    }
  }

  /// Writes the tensor's bytes at the start of `target`, which must be large enough.
  public func write(to target: UnsafeMutableRawBufferPointer) {
    precondition(target.count >= type.byteCount, "internal: \(type) into \(target.count) bytes")
    func store<S, T: BitwiseCopyable>(_ values: [S], _ convert: (S) -> T) {
      for (index, value) in values.enumerated() {
        target.storeBytes(
          of: convert(value), toByteOffset: index * MemoryLayout<T>.size, as: T.self)
      }
    }
    switch element {
    case .f64: store(reals) { $0 }
    case .f32: store(reals) { Float($0) }
    case .f16: store(reals) { Float16($0) }
    case .bf16:
      let bf16 = element
      store(reals) { UInt16(truncatingIfNeeded: Float(bf16.rounding($0)).bitPattern >> 16) }
    case .i8, .u8, .bool: store(integers) { UInt8(truncatingIfNeeded: $0) }
    case .i16, .u16: store(integers) { UInt16(truncatingIfNeeded: $0) }
    case .i32, .u32: store(integers) { UInt32(truncatingIfNeeded: $0) }
    case .i64, .u64: store(integers) { $0 }
    }
  }
}
