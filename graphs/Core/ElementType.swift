/// The type of one element of a tensor. The raw value is the spelling in every text form.
public enum ElementType: String, CaseIterable, Sendable, Hashable {
  case f64, f32, f16, bf16
  case i8, i16, i32, i64
  case u8, u16, u32, u64
  case bool
}

extension ElementType: CustomStringConvertible {
  public var description: String { rawValue }

  /// Bytes of one element in memory and in files; a `bool` takes one byte, 0 or 1.
  public var byteCount: Int {
    switch self {
    case .i8, .u8, .bool: 1
    case .f16, .bf16, .i16, .u16: 2
    case .f32, .i32, .u32: 4
    case .f64, .i64, .u64: 8
    }
  }

  /// Whether arithmetic rounds: f64, f32, f16, bf16.
  public var isFloating: Bool {
    switch self {
    case .f64, .f32, .f16, .bf16: true
    default: false
    }
  }

  /// A whole number, signed or not; `bool` is neither floating nor integer.
  public var isInteger: Bool { !isFloating && self != .bool }

  /// A whole number of 0 or more; `bool` is not one.
  public var isUnsigned: Bool {
    switch self {
    case .u8, .u16, .u32, .u64: true
    default: false
    }
  }
}

// MARK: - Rounding and wrapping
extension ElementType {
  /// The nearest value of this floating type, ties to even; overflow gives an infinity.
  ///
  /// `Double → Float → bf16` would round twice, so bf16 is rounded straight from `Double`.
  public func rounding(_ value: Double) -> Double {
    switch self {
    case .f32: Double(Float(value))
    case .f16: Double(Float16(value))
    case .bf16: Self.roundedToBFloat16(value)
    default: value
    }
  }

  /// The value modulo 2^width, as two's complement in the low bits, extended to 64 bits.
  ///
  /// A `u64` keeps its bit pattern: the `Int64` that the interpreters store is then negative for
  /// values of 2^63 and more. A `bool` is 1 for every value that is not 0.
  public func wrapping(_ value: Int64) -> Int64 {
    switch self {
    case .i8: Int64(Int8(truncatingIfNeeded: value))
    case .i16: Int64(Int16(truncatingIfNeeded: value))
    case .i32: Int64(Int32(truncatingIfNeeded: value))
    case .u8: Int64(UInt8(truncatingIfNeeded: value))
    case .u16: Int64(UInt16(truncatingIfNeeded: value))
    case .u32: Int64(UInt32(truncatingIfNeeded: value))
    case .bool: value == 0 ? 0 : 1
    default: value
    }
  }

  /// bf16 has the exponents of f32 and eight significant bits, so its unit in the last place is
  /// 2^(e-7), and 2^-133 below the normal range. Scaling by a power of two is exact in `Double`.
  private static func roundedToBFloat16(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return value }
    let exponent = max(Int(value.exponent), -126)
    let unit = Double(sign: .plus, exponent: exponent - 7, significand: 1)
    let rounded = (value / unit).rounded(.toNearestOrEven) * unit
    let largest = 0x1.FEp127
    if abs(rounded) > largest { return value < 0 ? -.infinity : .infinity }
    return rounded
  }
}

// MARK: - Conversion between element types
extension ElementType {
  /// The smallest and largest stored integer of this type; a u64 by its bit pattern.
  public var bounds: (lower: Int64, upper: Int64) {
    switch self {
    case .bool: (0, 1)
    case .u64: (0, -1)
    case .i64: (.min, .max)
    default:
      isUnsigned
        ? (0, (1 << (byteCount * 8)) - 1)
        : (-(1 << (byteCount * 8 - 1)), (1 << (byteCount * 8 - 1)) - 1)
    }
  }

  /// The same bounds as `Double`; u64 and i64 round outwards.
  private var realBounds: (lower: Double, upper: Double) {
    let bits = Double(sign: .plus, exponent: byteCount * 8, significand: 1)
    return isUnsigned ? (0, bits - 1) : (-bits / 2, bits / 2 - 1)
  }

  /// A floating value as an integer of this type: toward zero, clamped at the ends, NaN to 0.
  ///
  /// C leaves the conversion of values out of range undefined; clamping is what `llvm.fptosi.sat`
  /// does, so every machine agrees. A `bool` is 1 for every value that is not 0, NaN included.
  public func integer(from value: Double) -> Int64 {
    if self == .bool { return value != 0 ? 1 : 0 }
    if value.isNaN { return 0 }
    let (lower, upper) = realBounds
    if self == .u64 {
      if value >= upper { return -1 }
      return value <= 0 ? 0 : Int64(bitPattern: UInt64(value))
    }
    if self == .i64 {
      if value >= upper { return .max }
      return value <= lower ? .min : Int64(value)
    }
    return Int64(min(max(value, lower), upper))
  }

  /// A stored integer of this type as a `Double`.
  public func real(from value: Int64) -> Double {
    self == .u64 ? Double(UInt64(bitPattern: value)) : Double(value)
  }
}
