import TensorCore

/// How elements look in registers and in memory.
///
/// In registers `bool` is `i1`, f16 and bf16 are `float`; in memory a `bool` is a byte, bf16 the
/// upper half of a float.
struct VectorType {
  let lanes: Int

  /// The type of a value of `element` in registers.
  func register(_ element: ElementType) -> String {
    switch element {
    case .f64: vector("double")
    case .f32, .f16, .bf16: vector("float")
    case .bool: vector("i1")
    default: vector("i\(element.byteCount * 8)")
    }
  }

  /// The type of a value of `element` in memory.
  func memory(_ element: ElementType) -> String {
    switch element {
    case .f64: vector("double")
    case .f32: vector("float")
    case .f16: vector("half")
    default: vector("i\(element.byteCount * 8)")
    }
  }

  func vector(_ scalar: String) -> String { lanes == 1 ? scalar : "<\(lanes) x \(scalar)>" }

  /// The suffix of an intrinsic over this many lanes: `v16f32`, `f32`.
  func suffix(_ scalar: String) -> String { lanes == 1 ? scalar : "v\(lanes)\(scalar)" }

  func suffix(_ element: ElementType) -> String {
    switch element {
    case .f64: suffix("f64")
    case .f32, .bf16: suffix("f32")
    case .f16: suffix("f16")
    default: suffix("i\(element.byteCount * 8)")
    }
  }
}

extension ElementType {
  /// The type of one element in memory.
  var memoryText: String { VectorType(lanes: 1).memory(self) }

  /// A constant of this type in registers, as LLVM spells it.
  ///
  /// LLVM writes a float as the bits of the double of equal value.
  func literal(_ value: Double) -> String {
    if isFloating {
      let bits = (self == .f64 ? value : ElementType.f32.rounding(value)).bitPattern
      let digits = String(bits, radix: 16, uppercase: true)
      return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
    }
    let integer = integer(from: value)
    if self == .bool { return integer == 0 ? "false" : "true" }
    return self == .u64 ? String(UInt64(bitPattern: integer)) : String(integer)
  }
}
