import RealModule

/// Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key, without state.
///
/// A pure function of (key, counter) makes random tensors independent of tiles, lanes, threads and
/// vector width: element `i` is a function of `i`.
///
/// - Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011;
///   the known answers of Random123 are a test.
public enum Philox {
  public typealias Block = (UInt32, UInt32, UInt32, UInt32)

  /// Multipliers and Weyl increments of the published generator.
  package static let multipliers: (UInt32, UInt32) = (0xD251_1F53, 0xCD9E_8D57)
  package static let increments: (UInt32, UInt32) = (0x9E37_79B9, 0xBB67_AE85)
  package static let roundCount = 10

  /// Ten rounds over `counter`, word 0 the lowest.
  public static func block(key: (UInt32, UInt32), counter: Block) -> Block {
    var (k0, k1) = key
    var (c0, c1, c2, c3) = counter
    for _ in 0..<roundCount {
      let left = UInt64(multipliers.0) * UInt64(c0)
      let right = UInt64(multipliers.1) * UInt64(c2)
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: right >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: right),
        UInt32(truncatingIfNeeded: left >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: left)
      )
      k0 &+= increments.0
      k1 &+= increments.1
    }
    return (c0, c1, c2, c3)
  }
}

/// An explicit 64-bit key of random numbers. Keys are derived by name or number, never from ids
/// or hidden state, so a stream is the same in every program that names it.
public struct Key: Hashable, Sendable {
  /// The low word is word 0 of the generator's key.
  public let bits: UInt64

  public init(_ bits: UInt64) { self.bits = bits }

  /// The block at `index` of this key's stream.
  @inline(__always)
  package func block(_ index: UInt64) -> Philox.Block {
    Philox.block(
      key: (UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32)),
      counter: (UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), 0, 0))
  }

  /// The key of a part: the first 64 bits of the block whose counter is `number`.
  public func folded(_ number: UInt64) -> Key {
    let (low, high, _, _) = block(number)
    return Key(UInt64(low) | UInt64(high) << 32)
  }

  /// The key of a named part, `scope/name`: folded with the FNV-1a 64 hash of its UTF-8.
  public func folded(_ name: String) -> Key { folded(Self.hash(name)) }

  /// The FNV-1a 64 hash of the UTF-8 bytes.
  ///
  /// - Source: Fowler, Noll, Vo; RFC 9923.
  public static func hash(_ name: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
    return hash
  }
}

// MARK: - Streams
extension Key {
  /// Uniform in [0, 1) with 24 bits: the top bits of word 0 of block `index`, times 2^-24.
  public func uniform(at index: Int) -> Double {
    Self.fraction(block(UInt64(index)).0)
  }

  /// Standard normal by Box–Muller on the pair of words 0 and 1 of block `index`.
  ///
  /// The radius takes `1 - u`, in (0, 1], so that the logarithm stays finite; the largest value is
  /// sqrt(48 ln 2) = 5.77.
  public func normal(at index: Int) -> Double {
    let (word0, word1, _, _) = block(UInt64(index))
    return Self.normal(Self.fraction(word0), Self.fraction(word1))
  }

  package static func fraction(_ word: UInt32) -> Double { Double(word >> 8) * 0x1p-24 }

  /// - Source: Box, Muller, "A note on the generation of random normal deviates", 1958.
  package static func normal(_ first: Double, _ second: Double) -> Double {
    (-2 * Double.log(1 - first)).squareRoot() * Double.cos(2 * .pi * second)
  }
}
