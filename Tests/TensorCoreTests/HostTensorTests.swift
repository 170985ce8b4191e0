import TensorCore
import Testing

@Suite("host tensors")
struct HostTensorTests {
  /// Bytes that no order or width could confuse: 1, 2, 3, …, with high bits set now and then.
  private func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 1) }
  }

  @Test("bytes come back, for every type", arguments: ElementType.allCases)
  func roundTripsBytes(_ element: ElementType) throws {
    let type = TensorType(element, [3, 5])
    var bytes = pattern(type.byteCount)
    if element == .bool { bytes = bytes.map { $0 & 1 } }
    if element.isFloating {
      // Clears an exponent bit in the top byte of each element: no NaN, whose bits may change.
      for index in bytes.indices where index % element.byteCount == element.byteCount - 1 {
        bytes[index] &= 0xBF
      }
    }
    let tensor = try HostTensor(type, bytes: bytes)
    #expect(tensor.bytes == bytes)
    #expect(try HostTensor(type, bytes: tensor.bytes) == tensor)
  }

  @Test("bytes are little-endian, at any address")
  func readsLittleEndian() throws {
    let bytes: [UInt8] = [9, 0x00, 0x00, 0x80, 0x3F, 0x01, 0x02, 0x03, 0x84]
    let (real, integer, unsigned) = try bytes.withUnsafeBytes { raw in
      let low = UnsafeRawBufferPointer(rebasing: raw[1..<5])
      let high = UnsafeRawBufferPointer(rebasing: raw[5..<9])
      return (
        try HostTensor(.f32([]), bytes: low), try HostTensor(.i32([]), bytes: high),
        try HostTensor(TensorType(.u32, []), bytes: high)
      )
    }
    #expect(real.reals == [1])
    #expect(integer.integers == [Int64(Int32(bitPattern: 0x8403_0201))])
    #expect(unsigned.integers == [0x8403_0201])
    #expect(try HostTensor(.bool([2]), bytes: [7, 0]).bytes == [1, 0])
    #expect(try HostTensor(.f32([0, 4]), bytes: []).bytes == [])
  }

  @Test("a wrong number of bytes is refused", arguments: [0, 7, 9])
  func refusesByteCount(_ count: Int) {
    expectRefusal("tensor.byte-count") {
      _ = try HostTensor(.f32([2]), bytes: [UInt8](repeating: 0, count: count))
    }
  }

  @Test("writing rounds to the element type")
  func writesRounded() {
    let value = 1 + 0x1p-8 + 0x1p-40
    let written = [TensorType.f32([]), .f16([]), .bf16([])].map { type in
      HostTensor(type, reals: [value]).bytes
    }
    #expect(written == [[0, 0x80, 0x80, 0x3F], [0x04, 0x3C], [0x81, 0x3F]])
  }

  @Test("gathering reads offset plus position times strides")
  func gathersLikeBruteForce() {
    let source = HostTensor(.i32([24]), integers: (0..<24).map { $0 * 10 })
    let real = HostTensor(.f32([24]), reals: (0..<24).map(Double.init))
    let walks: [(Shape, [Int], Int)] = [
      ([], [], 5), ([4], [6], 1), ([4], [-1], 7), ([2, 3, 4], [12, 4, 1], 0),
      ([4, 3, 2], [1, 4, 12], 0), ([3, 0, 2], [1, 1, 1], 0), ([2, 5, 3], [0, 2, 0], 3),
      ([2, 3], [-12, -4], 23), ([1, 1], [100, 100], 0),
    ]
    for (shape, strides, offset) in walks {
      let expected = positions(shape).map { position in
        offset + zip(position, strides).map { $0 * $1 }.reduce(0, +)
      }
      #expect(HostTensor.sources(shape, strides: strides, offset: offset) == expected)
      let gathered = source.gathered(shape, strides: strides, offset: offset)
      #expect(gathered.type == .i32(shape))
      #expect(gathered.integers == expected.map { Int64($0) * 10 })
      #expect(
        real.gathered(shape, strides: strides, offset: offset).reals == expected.map(Double.init))
    }
  }

  @Test("broadcast repeats along stretched axes")
  func broadcasts() {
    let column = HostTensor(.f32([2, 1]), reals: [1, 2])
    #expect(column.broadcast(to: [2, 3]).reals == [1, 1, 1, 2, 2, 2])
    #expect(column.broadcast(to: [2, 2, 1]).reals == [1, 2, 1, 2])
    #expect(column.broadcast(to: [2, 0]).reals == [])
    #expect(column.broadcast(to: [2, 1]) == column)
  }

  @Test("making a tensor converts numbers to its type")
  func makesFromNumbers() {
    let numbers = [0.1, -1.5, 300, .nan]
    #expect(HostTensor(TensorType(.i8, [4]), converting: numbers).integers == [0, -1, 127, 0])
    #expect(HostTensor(.bool([4]), converting: numbers).integers == [1, 1, 1, 1])
    #expect(
      HostTensor(.f32([2]), converting: [0.1, 1e300]).reals == [Double(Float(0.1)), .infinity])
    #expect(HostTensor(.bf16([2]), repeating: 0.1).reals == [0x1.9Ap-4, 0x1.9Ap-4])
    #expect(HostTensor(.u64([2]), repeating: 1e30).integers == [-1, -1])
    #expect(HostTensor(.u8([3]), integers: [-1, 256, 7]).integers == [255, 0, 7])
    #expect(HostTensor(.u64([1]), integers: [-1]).numbers == [0x1p64])
    let values: [ScalarExpression.Value] = [.integer(300), .integer(-1)]
    #expect(HostTensor(.u8([2]), values: values).integers == [44, 255])
    #expect(HostTensor(.f32([1]), values: [.real(0.1)])[linear: 0] == .real(0.1))
  }

  @Test("casts round, clamp or wrap")
  func casts() {
    let reals = HostTensor(.f64([4]), reals: [2.7, -2.7, 1e20, .nan])
    #expect(reals.cast(to: .i32).integers == [2, -2, 2_147_483_647, 0])
    #expect(reals.cast(to: .u64).integers == [2, 0, -1, 0])
    #expect(reals.cast(to: .bool).integers == [1, 1, 1, 1])
    #expect(HostTensor(.f64([]), reals: [0.1]).cast(to: .f32).reals == [Double(Float(0.1))])
    let integers = HostTensor(.i32([3]), integers: [-1, 300, 16_777_217])
    #expect(integers.cast(to: .u8).integers == [255, 44, 1])
    #expect(integers.cast(to: .u64).numbers[0] == 0x1p64)
    #expect(integers.cast(to: .f32).reals == [-1, 300, 16_777_216])
    #expect(integers.cast(to: .f16).reals[2] == .infinity)
    #expect(HostTensor(.bool([2]), integers: [1, 0]).cast(to: .f32).reals == [1, 0])
    #expect(HostTensor(.u64([]), integers: [-1]).cast(to: .f64).reals == [0x1p64])
  }

  @Test("rounding touches floating values only")
  func roundsToElement() {
    #expect(HostTensor(.f16([]), reals: [0.1]).roundedToElement().reals == [Double(Float16(0.1))])
    #expect(HostTensor(.f64([]), reals: [0.1]).roundedToElement().reals == [0.1])
    let integers = HostTensor(.i64([]), integers: [.max])
    #expect(integers.roundedToElement() == integers)
  }

  @Test("reshaping keeps the order, mapping the type")
  func copies() {
    let tensor = HostTensor(.f32([2, 2]), reals: [1, 2, 3, 4])
    #expect(tensor.reshaped(to: [4]) == HostTensor(.f32([4]), reals: [1, 2, 3, 4]))
    #expect(HostTensor(.i32([1]), integers: [3]).reshaped(to: []).integers == [3])
    #expect(tensor.mappingReals { -$0 } == HostTensor(.f32([2, 2]), reals: [-1, -2, -3, -4]))
  }

  @Test("the relative difference is of the largest values")
  func measuresDifference() {
    func difference(_ a: [Double], _ b: [Double]) -> Double {
      HostTensor(.f64([a.count]), reals: a).relativeDifference(
        to: HostTensor(.f64([b.count]), reals: b))
    }
    #expect(difference([1, 2], [1, 2]) == 0)
    #expect(difference([1, 3], [1, 4]) == 0.25)
    #expect(difference([4.5, 0], [4, 1]) == 0.25)
    #expect(difference([0.5], [0]) == 0.5)
    #expect(difference([.nan, 1], [.nan, 1]) == 0)
    #expect(difference([.nan], [1]) == .infinity)
    #expect(difference([1], [.nan]) == .infinity)
    #expect(difference([.infinity, 1], [.infinity, 2]) == 0.5)
    #expect(difference([.infinity], [-.infinity]) == .infinity)
    #expect(difference([1, 2], [1]) == .infinity)
    #expect(difference([], []) == 0)
  }
}
