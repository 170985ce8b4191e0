import TensorCore
import TensorFiles
import Testing

@Suite("CRC-32C") struct CRC32CTests {
  @Test("the processor's instruction and the tables agree, from every byte on")
  func agrees() {
    let bytes = (0..<1100).map { UInt8(Key(5).uniform(at: $0) * 256) }
    bytes.withUnsafeBytes { bytes in
      for start in 0..<9 {
        for count in [0, 1, 7, 8, 9, 15, 16, 64, 1000, 1091] {
          let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
          #expect(CRC32C.check(part) == CRC32C.checkByTable(part))
        }
      }
    }
  }

  @Test("nine digits have the published check")
  func isPublished() {
    Array("123456789".utf8).withUnsafeBytes { digits in
      #expect(CRC32C.checkByTable(digits) == 0xE306_9283)
      #expect(CRC32C.check(digits) == 0xE306_9283)
    }
  }
}
