/// Fowler–Noll–Vo hashes, variant 1a, over bytes.
///
/// Not cryptographic, and it need not be: keys are compared whole, and nobody but the owner writes
/// entries. Each step is a bijection of the state, so a change of one byte always changes the hash.
///
/// - Source: Fowler, Noll, Vo, Eastlake, Hansen; RFC 9923.
enum FNV {
  /// The 64-bit hash: the checksum of an entry.
  static func hash64(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
    return hash
  }

  /// The 128-bit hash: the name of an entry. The prime is 2^88 + 0x13b.
  static func hash128(_ bytes: some Sequence<UInt8>) -> UInt128 {
    var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
    for byte in bytes {
      let mixed = hash ^ UInt128(byte)
      hash = (mixed &<< 88) &+ (mixed &* 0x13b)
    }
    return hash
  }
}
