import CSmaltiChecks

/// The cyclic redundancy check with Castagnoli's polynomial 0x1EDC6F41, bits reversed, which guards records.
///
/// - Source: RFC 3720, appendix B.4, whose examples the tests have.
package enum CRC32C {
  /// Table k: the check of a byte that k bytes follow, so that eight bytes are taken at once.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
      tables[byte] = value
    }
    for place in 256..<tables.count {
      let before = tables[place - 256]
      tables[place] = before >> 8 ^ tables[Int(before & 0xFF)]
    }
    return tables
  }()

  private static let hasInstruction = smalti_has_crc32c()

  package static func check(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    hasInstruction
      ? ~smalti_crc32c(.max, bytes.baseAddress, bytes.count) : checkByTable(bytes)
  }

  /// The same on processors without the instruction, at a quarter of its speed.
  package static func checkByTable(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      var crc = UInt32.max
      var place = 0
      while place + 8 <= bytes.count {
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
          ^ UInt64(crc)
        crc = 0
        for byte in 0..<8 {
          crc ^= tables[(7 - byte) * 256 + Int(truncatingIfNeeded: word >> (8 * byte) & 0xFF)]
        }
        place += 8
      }
      while place < bytes.count {
        crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[place])) & 0xFF)]
        place += 1
      }
      return ~crc
    }
  }

  /// The check as a TFRecord stores it: turned by 15 bits, plus a constant, so that a record may hold
  /// records.
  static func masked(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let crc = check(bytes)
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }
}
