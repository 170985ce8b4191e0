import TensorCore
import TileIR

extension KernelEmitter {
  /// A value converted to another element type, as ``ElementType`` defines it.
  func cast(_ x: Scalar, to target: ElementType, _ type: VectorType) -> String {
    let (from, to) = (type.register(x.element), type.register(target))
    // A sum of f16 is a float until it is rounded, also to its own type.
    if x.element == target {
      return target.isFloating ? roundedInRegister(x.text, target, type) : x.text
    }
    switch (x.element.isFloating, target.isFloating) {
    case (true, true): return float(x, to: target, type)
    case (true, false):
      if target == .bool {
        return writer.value("fcmp une \(from) \(x.text), \(literal(0, x.element, type))")
      }
      let name = target.isUnsigned ? "fptoui" : "fptosi"
      let suffix = "\(type.suffix(target)).\(type.suffix(x.element == .f64 ? .f64 : .f32))"
      return writer.value("call \(to) @llvm.\(name).sat.\(suffix)(\(from) \(x.text))")
    case (false, true):
      let name = x.element.isUnsigned || x.element == .bool ? "uitofp" : "sitofp"
      let wide = writer.value("\(name) \(from) \(x.text) to \(to)")
      return roundedInRegister(wide, target, type)
    case (false, false): return integer(x, to: target, type)
    }
  }

  private func float(_ x: Scalar, to target: ElementType, _ type: VectorType) -> String {
    let (from, to) = (type.register(x.element), type.register(target))
    if target == .f64 { return writer.value("fpext \(from) \(x.text) to \(to)") }
    guard x.element == .f64 else { return roundedInRegister(x.text, target, type) }
    switch target {
    // Not in one step: for double to half LLVM calls a compiler's library, lane by lane.
    case .f16, .bf16: return roundedInRegister(roundedToOdd(x.text, type), target, type)
    default: return writer.value("fptrunc \(from) \(x.text) to \(to)")
    }
  }

  /// f16 and bf16 live in registers as floats; a conversion rounds them all the same.
  private func roundedInRegister(
    _ value: String, _ target: ElementType, _ type: VectorType
  ) -> String {
    switch target {
    case .f16:
      let half = writer.value("fptrunc \(type.vector("float")) \(value) to \(type.memory(.f16))")
      return widened(half: half, type)
    case .bf16:
      let bits = roundedBFloat16(value, type)
      let wide = writer.value("zext \(type.vector("i16")) \(bits) to \(type.vector("i32"))")
      let shifted = writer.value(
        "shl \(type.vector("i32")) \(wide), \(splatLiteral("i32", "16", type))")
      return writer.value("bitcast \(type.vector("i32")) \(shifted) to \(type.vector("float"))")
    default: return value
    }
  }

  /// A double as the float next to it toward zero, its last bit set if that was inexact: rounding
  /// the result once more is then the same as rounding the double once.
  ///
  /// - Source: Boldo, Melquiond, "Emulation of FMA and correctly rounded sums", 2008.
  private func roundedToOdd(_ value: String, _ type: VectorType) -> String {
    let (double, float) = (type.vector("double"), type.vector("float"))
    let (word, flag) = (type.vector("i32"), type.vector("i1"))
    let one = splatLiteral("i32", "1", type)
    let nearest = writer.value("fptrunc \(double) \(value) to \(float)")
    let back = writer.value("fpext \(float) \(nearest) to \(double)")
    let isInexact = writer.value("fcmp one \(double) \(back), \(value)")
    let magnitudes = [back, value].map { text in
      let bits = writer.value("bitcast \(double) \(text) to \(type.vector("i64"))")
      let mask = splatLiteral("i64", "9223372036854775807", type)
      return writer.value("and \(type.vector("i64")) \(bits), \(mask)")
    }
    let isAbove = writer.value(
      "icmp ugt \(type.vector("i64")) \(magnitudes[0]), \(magnitudes[1])")
    let bits = writer.value("bitcast \(float) \(nearest) to \(word)")
    let lower = writer.value("sub \(word) \(bits), \(one)")
    let towardZero = writer.value("select \(flag) \(isAbove), \(word) \(lower), \(word) \(bits)")
    let odd = writer.value("or \(word) \(towardZero), \(one)")
    let chosen = writer.value("select \(flag) \(isInexact), \(word) \(odd), \(word) \(bits)")
    return writer.value("bitcast \(word) \(chosen) to \(float)")
  }

  private func integer(_ x: Scalar, to target: ElementType, _ type: VectorType) -> String {
    let (from, to) = (type.register(x.element), type.register(target))
    if target == .bool {
      return writer.value("icmp ne \(from) \(x.text), \(literal(0, x.element, type))")
    }
    if x.element == .bool { return writer.value("zext \(from) \(x.text) to \(to)") }
    let (old, new) = (x.element.byteCount, target.byteCount)
    if old == new { return x.text }
    if new < old { return writer.value("trunc \(from) \(x.text) to \(to)") }
    return writer.value("\(x.element.isUnsigned ? "zext" : "sext") \(from) \(x.text) to \(to)")
  }
}
