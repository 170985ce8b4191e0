import TensorCore
import TileIR

// Loads and stores of vectors, whole or masked, contiguous or strided.

/// Which lanes of a vector count: all of them, or those below a number.
enum LaneMask {
  case all
  /// An `i1` vector.
  case some(String)
}

extension KernelEmitter {
  /// A mask of the first `count` lanes (an `i64` value).
  func mask(below count: String, _ type: VectorType) -> LaneMask {
    if type.lanes == 1 { return .all }
    let limit = writer.value("trunc i64 \(count) to i32")
    let indices = (0..<type.lanes).map { "i32 \($0)" }.joined(separator: ", ")
    let splat = splat(limit, "i32", type)
    return .some(
      writer.value("icmp slt \(type.vector("i32")) <\(indices)>, \(splat)"))
  }

  /// A scalar in every lane.
  func splat(_ scalar: String, _ scalarType: String, _ type: VectorType) -> String {
    guard type.lanes > 1 else { return scalar }
    let vector = type.vector(scalarType)
    let one = writer.value("insertelement \(vector) poison, \(scalarType) \(scalar), i64 0")
    let zeros = "<\(type.lanes) x i32> zeroinitializer"
    return writer.value("shufflevector \(vector) \(one), \(vector) poison, \(zeros)")
  }

  /// Elements at `pointer`, `stride` apart, as register values.
  func load(
    _ element: ElementType, _ pointer: String, stride: Int, _ mask: LaneMask, _ type: VectorType
  ) -> String {
    let size = element.byteCount
    if type.lanes == 1 || stride == 0 {
      let single = VectorType(lanes: 1)
      let raw = writer.value("load \(single.memory(element)), ptr \(pointer), align \(size)")
      let scalar = toRegister(element, raw, single)
      return splat(scalar, single.register(element), type)
    }
    let memory = type.memory(element)
    let raw: String
    switch (stride, mask) {
    case (1, .all): raw = writer.value("load \(memory), ptr \(pointer), align \(size)")
    case (1, .some(let mask)):
      let name = "@llvm.masked.load.\(type.suffix(element == .bf16 ? .u16 : element)).p0"
      let lanes = type.vector("i1")
      raw = writer.value(
        "call \(memory) \(name)(ptr \(pointer), i32 \(size), \(lanes) \(mask), \(memory) "
          + "zeroinitializer)")
    default:
      let name =
        "@llvm.masked.gather.\(type.suffix(element == .bf16 ? .u16 : element))."
        + "v\(type.lanes)p0"
      let (pointers, lanes) = (type.vector("ptr"), type.vector("i1"))
      raw = writer.value(
        "call \(memory) \(name)(\(pointers) \(strided(pointer, element, stride, type)), i32 "
          + "\(size), \(lanes) \(text(mask, type)), \(memory) zeroinitializer)")
    }
    return toRegister(element, raw, type)
  }

  /// Stores register values to elements at `pointer`, `stride` apart.
  func store(
    _ element: ElementType, _ value: String, _ pointer: String, stride: Int, _ mask: LaneMask,
    _ type: VectorType
  ) {
    let size = element.byteCount
    let memory = type.memory(element)
    let raw = toMemory(element, value, type)
    if type.lanes == 1 {
      writer.effect("store \(memory) \(raw), ptr \(pointer), align \(size)")
      return
    }
    let lanes = type.vector("i1")
    switch (stride, mask) {
    case (1, .all): writer.effect("store \(memory) \(raw), ptr \(pointer), align \(size)")
    case (1, .some(let mask)):
      let name = "@llvm.masked.store.\(type.suffix(element == .bf16 ? .u16 : element)).p0"
      writer.effect(
        "call void \(name)(\(memory) \(raw), ptr \(pointer), i32 \(size), \(lanes) \(mask))")
    default:
      let name =
        "@llvm.masked.scatter.\(type.suffix(element == .bf16 ? .u16 : element))."
        + "v\(type.lanes)p0"
      let pointers = type.vector("ptr")
      writer.effect(
        "call void \(name)(\(memory) \(raw), \(pointers) "
          + "\(strided(pointer, element, stride, type)), i32 \(size), \(lanes) "
          + "\(text(mask, type)))")
    }
  }

  private func text(_ mask: LaneMask, _ type: VectorType) -> String {
    switch mask {
    case .all: "splat (i1 true)"
    case .some(let mask): mask
    }
  }

  /// A vector of addresses. 32-bit distances let the machine gather a whole vector at a time.
  private func strided(
    _ pointer: String, _ element: ElementType, _ stride: Int, _ type: VectorType
  ) -> String {
    let fits = abs(stride) * type.lanes * element.byteCount < 1 << 31
    let index = fits ? "i32" : "i64"
    let offsets = (0..<type.lanes).map { "\(index) \($0 * stride)" }.joined(separator: ", ")
    return writer.value(
      "getelementptr inbounds \(element.memoryText), ptr \(pointer), \(type.vector(index)) "
        + "<\(offsets)>")
  }

  private func toRegister(_ element: ElementType, _ raw: String, _ type: VectorType) -> String {
    switch element {
    case .bool: return writer.value("icmp ne \(type.memory(.bool)) \(raw), \(zero(type))")
    case .f16: return widened(half: raw, type)
    case .bf16:
      let wide = writer.value("zext \(type.memory(.bf16)) \(raw) to \(type.vector("i32"))")
      let shifted = writer.value(
        "shl \(type.vector("i32")) \(wide), \(splatLiteral("i32", "16", type))")
      return writer.value("bitcast \(type.vector("i32")) \(shifted) to \(type.vector("float"))")
    default: return raw
    }
  }

  /// Halves as floats. One alone is converted as bits: an extension would let LLVM narrow what follows
  /// to `half`, and call `fmaxf` for it.
  func widened(half: String, _ type: VectorType) -> String {
    if type.lanes == 1 {
      let bits = writer.value("bitcast half \(half) to i16")
      return writer.value("call float @llvm.convert.from.fp16.f32(i16 \(bits))")
    }
    return writer.value("fpext \(type.memory(.f16)) \(half) to \(type.register(.f16))")
  }

  private func toMemory(_ element: ElementType, _ value: String, _ type: VectorType) -> String {
    switch element {
    case .bool:
      return writer.value("zext \(type.register(.bool)) \(value) to \(type.memory(.bool))")
    case .f16:
      return writer.value("fptrunc \(type.register(.f16)) \(value) to \(type.memory(.f16))")
    case .bf16: return roundedBFloat16(value, type)
    default: return value
    }
  }

  /// The upper half of a float, rounded to nearest even. A NaN keeps a set bit of its own, since
  /// rounding could carry it into an infinity.
  func roundedBFloat16(_ value: String, _ type: VectorType) -> String {
    let word = type.vector("i32")
    func constant(_ text: String) -> String { splatLiteral("i32", text, type) }
    let bits = writer.value("bitcast \(type.vector("float")) \(value) to \(word)")
    let upper = writer.value("lshr \(word) \(bits), \(constant("16"))")
    let odd = writer.value("and \(word) \(upper), \(constant("1"))")
    let bias = writer.value("add \(word) \(odd), \(constant("32767"))")
    let sum = writer.value("add \(word) \(bits), \(bias)")
    let rounded = writer.value("lshr \(word) \(sum), \(constant("16"))")
    let quiet = writer.value("or \(word) \(upper), \(constant("64"))")
    let float = type.vector("float")
    let isNaN = writer.value("fcmp uno \(float) \(value), \(value)")
    let chosen = writer.value(
      "select \(type.vector("i1")) \(isNaN), \(word) \(quiet), \(word) \(rounded)")
    return writer.value("trunc \(word) \(chosen) to \(type.vector("i16"))")
  }

  func splatLiteral(_ scalarType: String, _ literal: String, _ type: VectorType) -> String {
    type.lanes == 1 ? literal : "splat (\(scalarType) \(literal))"
  }

  private func zero(_ type: VectorType) -> String { type.lanes == 1 ? "0" : "zeroinitializer" }
}
