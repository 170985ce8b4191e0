import CSmaltiRuntime
import SmaltiRuntime

/// The prepared weights on their way into a file.
struct PreparedBlock {
  var byteCount = 0
  /// Nil where there are none, or none are wanted.
  var bytes: AlignedBytes?
  /// Of the raw parameters.
  var hash = ""

  var checksum: UInt32 {
    guard let bytes else { return 0 }
    return smalti_crc32(0, bytes.bytes.baseAddress, UInt64(bytes.byteCount))
  }

  func facts(
    _ options: ArtefactOptions, _ packaged: PackagedModel
  ) -> ArtefactDescription.Weights {
    let place =
      switch options.weights {
      case _ where byteCount == 0: "none"
      case .inside: "inside"
      case .beside: "beside"
      case .nowhere: "nowhere"
      }
    return ArtefactDescription.Weights(
      place: place, origin: bytes == nil ? "" : options.weightsOrigin, bytes: byteCount,
      layout: Hexadecimal.digits(packaged.layout), hash: hash,
      checksum: bytes == nil ? "" : Hexadecimal.digits(checksum))
  }

  /// The file that `NAME_open_weights` maps; see `smalti_weights_header`.
  func file(_ layout: UInt64, model: String) -> [UInt8]? {
    guard let bytes else { return nil }
    var header = Array(SMALTI_WEIGHTS_MAGIC.utf8)
    func append(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.littleEndian) { header += $0 }
    }
    append(SMALTI_WEIGHTS_VERSION)
    append(checksum)
    append(UInt64(byteCount))
    append(layout)
    header += Array(model.utf8.prefix(63))
    header += [UInt8](repeating: 0, count: Int(SMALTI_WEIGHTS_OFFSET) - header.count)
    return header + bytes.bytes
  }
}

/// FNV-1a over the bytes of raw parameters, 64 bits at a time.
struct RawHash {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ parameter: AlignedBytes) {
    let words = parameter.byteCount / 8
    for index in 0..<words {
      let word = parameter.bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
      mix(UInt64(littleEndian: word))
    }
    for byte in parameter.bytes[(words * 8)...] { mix(UInt64(byte)) }
  }

  private mutating func mix(_ word: UInt64) {
    state = (state ^ word) &* 0x0000_0100_0000_01b3
    // The product carries upwards only.
    state ^= state >> 29
  }

  var text: String { Hexadecimal.digits(state) }
}

enum Hexadecimal {
  /// All digits of `number`, with zeros in front.
  static func digits<Number: FixedWidthInteger>(_ number: Number) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: Number.bitWidth / 4 - digits.count) + digits
  }
}
