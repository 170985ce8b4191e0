/// What code is made for: an instruction set by its features, never a processor by its name.
public struct TargetLevel: Hashable, Sendable {
  /// `x86-64-v3`, `x86-64-v4`, `aarch64`.
  public let name: String
  public let triple: String
  /// The generic processor of the level, as LLVM calls it.
  public let processor: String
  public let features: String
  public let vectorByteCount: Int
  public let vectorRegisterCount: Int
  /// Bytes of a core's first-level data cache and of its second-level cache, as the plan takes them
  /// to be: what the smaller machines of the level have, never read from the host.
  ///
  /// - Source: Intel 64 and IA-32 Architectures Optimization Reference Manual (client cores since
  ///   Haswell 32 KiB and 256 KiB, servers since Skylake 32 KiB and 1 MiB); AMD Zen 2 to 4
  ///   optimisation guides (32 KiB, 512 KiB to 1 MiB); Arm Neoverse N1 technical reference manual
  ///   (64 KiB, 512 KiB to 1 MiB).
  public let l1ByteCount: Int
  public let l2ByteCount: Int

  /// AVX2 and FMA: every machine we run on.
  public static let x86v3 = TargetLevel(
    name: "x86-64-v3", triple: "x86_64-unknown-linux-gnu", processor: "x86-64-v3", features: "",
    vectorByteCount: 32, vectorRegisterCount: 16, l1ByteCount: 32 << 10, l2ByteCount: 512 << 10)
  /// AVX-512 with its F, BW, CD, DQ and VL parts.
  public static let x86v4 = TargetLevel(
    name: "x86-64-v4", triple: "x86_64-unknown-linux-gnu", processor: "x86-64-v4", features: "",
    vectorByteCount: 64, vectorRegisterCount: 32, l1ByteCount: 32 << 10, l2ByteCount: 1 << 20)
  /// NEON.
  public static let aarch64 = TargetLevel(
    name: "aarch64", triple: "aarch64-unknown-linux-gnu", processor: "generic",
    features: "+neon", vectorByteCount: 16, vectorRegisterCount: 32, l1ByteCount: 64 << 10,
    l2ByteCount: 512 << 10)

  /// All levels, the better ones of a machine later.
  public static let all = [x86v3, x86v4, aarch64]

  public init?(name: String) {
    guard let level = Self.all.first(where: { $0.name == name }) else { return nil }
    self = level
  }

  private init(
    name: String, triple: String, processor: String, features: String, vectorByteCount: Int,
    vectorRegisterCount: Int, l1ByteCount: Int, l2ByteCount: Int
  ) {
    self.name = name
    self.triple = triple
    self.processor = processor
    self.features = features
    self.vectorByteCount = vectorByteCount
    self.vectorRegisterCount = vectorRegisterCount
    self.l1ByteCount = l1ByteCount
    self.l2ByteCount = l2ByteCount
  }
}

extension TargetLevel: CustomStringConvertible {
  public var description: String { name }
}
