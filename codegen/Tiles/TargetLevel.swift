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

  /// AVX2 and FMA: every machine we run on.
  public static let x86v3 = TargetLevel(
    name: "x86-64-v3", triple: "x86_64-unknown-linux-gnu", processor: "x86-64-v3", features: "",
    vectorByteCount: 32, vectorRegisterCount: 16)
  /// AVX-512 with its F, BW, CD, DQ and VL parts.
  public static let x86v4 = TargetLevel(
    name: "x86-64-v4", triple: "x86_64-unknown-linux-gnu", processor: "x86-64-v4", features: "",
    vectorByteCount: 64, vectorRegisterCount: 32)
  /// NEON.
  public static let aarch64 = TargetLevel(
    name: "aarch64", triple: "aarch64-unknown-linux-gnu", processor: "generic",
    features: "+neon", vectorByteCount: 16, vectorRegisterCount: 32)

  /// All levels, the better ones of a machine later.
  public static let all = [x86v3, x86v4, aarch64]

  public init?(name: String) {
    guard let level = Self.all.first(where: { $0.name == name }) else { return nil }
    self = level
  }

  private init(
    name: String, triple: String, processor: String, features: String, vectorByteCount: Int,
    vectorRegisterCount: Int
  ) {
    self.name = name
    self.triple = triple
    self.processor = processor
    self.features = features
    self.vectorByteCount = vectorByteCount
    self.vectorRegisterCount = vectorRegisterCount
  }
}

extension TargetLevel: CustomStringConvertible {
  public var description: String { name }
}
