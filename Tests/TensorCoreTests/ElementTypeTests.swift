import TensorCore
import Testing

@Suite("element types: rounding")
struct RoundingTests {
  /// The value of a bf16 pattern, from the definition of the format: sign, 8 exponent bits with
  /// bias 127, 7 fraction bits. Infinity is taken as 2^128, where rounding sees it.
  static func bfloat16(_ pattern: Int) -> Double { value(pattern, fractionBits: 7, bias: 127) }
  /// Likewise binary16: 5 exponent bits with bias 15, 10 fraction bits.
  static func float16(_ pattern: Int) -> Double { value(pattern, fractionBits: 10, bias: 15) }

  private static func value(_ pattern: Int, fractionBits: Int, bias: Int) -> Double {
    let fraction = Double(pattern & ((1 << fractionBits) - 1))
    let exponent = (pattern & 0x7FFF) >> fractionBits
    let scale = Double(
      sign: .plus, exponent: max(exponent, 1) - bias - fractionBits, significand: 1)
    let magnitude = (fraction + (exponent > 0 ? Double(1 << fractionBits) : 0)) * scale
    return pattern & 0x8000 == 0 ? magnitude : -magnitude
  }

  struct Format: Sendable, CustomStringConvertible {
    var element: ElementType
    var infinity: Int
    var value: @Sendable (Int) -> Double
    var description: String { element.rawValue }
  }

  static let formats = [
    Format(element: .bf16, infinity: 0x7F80, value: bfloat16),
    Format(element: .f16, infinity: 0x7C00, value: float16),
  ]

  @Test("every 16-bit pattern that is not NaN comes back from its bytes", arguments: formats)
  func roundTripsPatterns(_ format: Format) throws {
    let patterns = (0..<0x10000).filter { $0 & 0x7FFF <= format.infinity }
    let bytes = patterns.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let type = TensorType(format.element, Shape(trusted: [patterns.count]))
    let tensor = try HostTensor(type, bytes: bytes)
    #expect(tensor.bytes == bytes)
    #expect(tensor.roundedToElement() == tensor)
    let wrong = patterns.indices.first { index in
      let pattern = patterns[index]
      let expected =
        pattern & 0x7FFF == format.infinity
        ? (pattern & 0x8000 == 0 ? .infinity : -.infinity) : format.value(pattern)
      return !same(tensor.reals[index], expected)
    }
    #expect(wrong.map { patterns[$0] } == nil)
  }

  @Test("every NaN pattern stays NaN", arguments: formats)
  func keepsNaN(_ format: Format) throws {
    let patterns = (0..<0x10000).filter { $0 & 0x7FFF > format.infinity }
    let bytes = patterns.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let type = TensorType(format.element, Shape(trusted: [patterns.count]))
    let tensor = try HostTensor(type, bytes: bytes)
    #expect(tensor.reals.allSatisfy { $0.isNaN })
    let again = try HostTensor(type, bytes: tensor.bytes)
    #expect(again.reals.allSatisfy { $0.isNaN })
    #expect(format.element.rounding(.nan).isNaN)
  }

  /// Between every two neighbours, infinity included: the midpoint goes to the even pattern, the
  /// doubles beside the midpoint to the nearer neighbour. No value is rounded twice.
  @Test("ties go to even, all else to the nearest", arguments: formats)
  func roundsToNearest(_ format: Format) {
    var wrong: [String] = []
    for pattern in 0..<format.infinity {
      let low = format.value(pattern)
      let high = format.value(pattern + 1)
      let upper = pattern + 1 == format.infinity ? .infinity : high
      let middle = low + (high - low) / 2
      let cases = [
        (low, low), (middle.nextDown, low), (middle, pattern % 2 == 0 ? low : upper),
        (middle.nextUp, upper),
      ]
      for (value, expected) in cases {
        let rounded = format.element.rounding(value)
        let mirrored = format.element.rounding(-value)
        if !same(rounded, expected) || !same(mirrored, -expected) {
          wrong.append("\(value) became \(rounded), expected \(expected)")
        }
      }
    }
    #expect(wrong.first == nil)
  }

  @Test("f32 ties, subnormals and overflow")
  func roundsFloat() {
    let f32 = ElementType.f32
    #expect(f32.rounding(1 + 0x1p-24) == 1)
    #expect(f32.rounding(1 + 0x3p-24) == 1 + 0x1p-22)
    #expect(f32.rounding((1 + 0x1p-24).nextUp) == 1 + 0x1p-23)
    #expect(f32.rounding(0x1p-149) == 0x1p-149)
    #expect(same(f32.rounding(-0x1p-150), -0.0))
    #expect(f32.rounding(0x1.FFFFFEp127) == 0x1.FFFFFEp127)
    #expect(f32.rounding(0x1.FFFFFFp127) == .infinity)
    #expect(f32.rounding((-0x1.FFFFFFp127).nextUp) == -0x1.FFFFFEp127)
    #expect(f32.rounding(-1e300) == -.infinity)
    #expect(ElementType.f64.rounding(0.1) == 0.1)
  }

  @Test("far from the range: underflow keeps the sign, overflow is infinite", arguments: formats)
  func roundsExtremes(_ format: Format) {
    #expect(same(format.element.rounding(0x1p-1074), 0))
    #expect(same(format.element.rounding(-0x1p-1074), -0.0))
    #expect(format.element.rounding(.greatestFiniteMagnitude) == .infinity)
    #expect(format.element.rounding(-.greatestFiniteMagnitude) == -.infinity)
    #expect(format.element.rounding(-.infinity) == -.infinity)
  }
}

@Suite("element types: integers")
struct IntegerTypeTests {
  static let integers = ElementType.allCases.filter(\.isInteger)

  @Test("kinds and sizes")
  func classifies() {
    let sizes = ElementType.allCases.map { "\($0) \($0.byteCount)" }
    #expect(
      sizes == [
        "f64 8", "f32 4", "f16 2", "bf16 2", "i8 1", "i16 2", "i32 4", "i64 8", "u8 1", "u16 2",
        "u32 4", "u64 8", "bool 1",
      ])
    #expect(ElementType.allCases.filter(\.isFloating) == [.f64, .f32, .f16, .bf16])
    #expect(Self.integers == [.i8, .i16, .i32, .i64, .u8, .u16, .u32, .u64])
    #expect(ElementType.allCases.filter(\.isUnsigned) == [.u8, .u16, .u32, .u64])
  }

  @Test("wrapping is the remainder modulo 2^width, in the type's range", arguments: integers)
  func wrapsModulo(_ element: ElementType) {
    let bits = element.byteCount * 8
    let probes: [Int64] =
      [0, 1, -1, 127, 128, 255, 256, -128, -129, 1 << 31, -(1 << 31) - 1, .max]
      + [.min, 0x1234_5678_9ABC_DEF0]
    for probe in probes {
      let wrapped = element.wrapping(probe)
      let low = bits == 64 ? UInt64.max : (1 << UInt64(bits)) - 1
      #expect(UInt64(bitPattern: wrapped) & low == UInt64(bitPattern: probe) & low)
      if bits < 64 {
        let range: ClosedRange<Int64> =
          element.isUnsigned ? 0...Int64(low) : -(1 << (bits - 1))...(1 << (bits - 1)) - 1
        #expect(range.contains(wrapped), "\(element) \(probe)")
      }
      #expect(element.wrapping(wrapped) == wrapped)
    }
    #expect([0, 1, 2, -1, 256].map(ElementType.bool.wrapping) == [0, 1, 1, 1, 1])
  }

  @Test("reals become integers toward zero, clamped at the ends, NaN 0", arguments: integers)
  func clampsReals(_ element: ElementType) {
    let bits = element.byteCount * 8
    let lowest: Int64 = element.isUnsigned ? 0 : bits == 64 ? .min : -(1 << (bits - 1))
    let highest: Int64 =
      bits == 64
      ? (element.isUnsigned ? -1 : .max) : (1 << (element.isUnsigned ? bits : bits - 1)) - 1
    let least: Double = element.isUnsigned ? 0 : -1
    let table: [(Double, Int64)] = [
      (.nan, 0), (.infinity, highest), (-.infinity, lowest), (1e300, highest), (-1e300, lowest),
      (0.99, 0), (-0.99, 0), (-0.0, 0), (1.99, 1), (100, 100), (-1.99, Int64(least)),
      (0x1p64, highest), (-0x1p64, lowest), (0x1p-1074, 0),
    ]
    for (value, expected) in table {
      #expect(element.integer(from: value) == expected, "\(element) from \(value)")
    }
  }

  @Test("64-bit ends are exact")
  func convertsWideIntegers() {
    #expect(ElementType.i64.integer(from: 0x1p63) == .max)
    #expect(ElementType.i64.integer(from: (0x1p63).nextDown) == Int64.max - 1023)
    #expect(ElementType.i64.integer(from: -0x1p63) == .min)
    #expect(ElementType.u64.integer(from: 0x1p63) == .min)
    #expect(ElementType.u64.integer(from: (0x1p64).nextDown) == -2048)
    #expect(ElementType.u64.real(from: -1) == 0x1p64)
    #expect(ElementType.u64.real(from: .min) == 0x1p63)
    #expect(ElementType.i64.real(from: -1) == -1)
    #expect(ElementType.i32.integer(from: 2_147_483_647.9) == 2_147_483_647)
    #expect(ElementType.i32.integer(from: -2_147_483_648.9) == -2_147_483_648)
  }

  @Test("a bool is false for zero only")
  func convertsToBool() {
    let values = [0, -0.0, 1, -3, 0.2, .infinity, .nan]
    #expect(values.map(ElementType.bool.integer(from:)) == [0, 0, 1, 1, 1, 1, 1])
  }
}
