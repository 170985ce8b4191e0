import CSmaltiRuntime

/// What a processor and its kernel offer to compiled code, as far as feature levels name it.
public struct MachineFeatures: OptionSet, Sendable, Hashable {
  public var rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  public static let x86v3 = MachineFeatures(rawValue: SMALTI_FEATURE_X86_64_V3)
  public static let x86v4 = MachineFeatures(rawValue: SMALTI_FEATURE_X86_64_V4)
  public static let avx512BF16 = MachineFeatures(rawValue: SMALTI_FEATURE_AVX512_BF16)
  public static let amxBF16 = MachineFeatures(rawValue: SMALTI_FEATURE_AMX_BF16)
  public static let neon = MachineFeatures(rawValue: SMALTI_FEATURE_NEON)

  /// The features of this machine.
  public static var current: MachineFeatures { MachineFeatures(rawValue: smalti_features()) }

  /// What `level` needs: `x86-64-v3`, `x86-64-v4`, each with `+bf16` and `+amx` behind v4, or
  /// `aarch64`. Empty is any machine. Nil if it is none of these.
  public init?(level: String) {
    let words = level.split(separator: "+", omittingEmptySubsequences: false)
    guard let base = words.first else { return nil }
    switch base {
    case "": self = []
    case "x86-64-v3": self = [.x86v3]
    case "x86-64-v4": self = [.x86v3, .x86v4]
    case "aarch64": self = [.neon]
    default: return nil
    }
    for word in words.dropFirst() {
      guard contains(.x86v4) else { return nil }
      switch word {
      case "bf16": insert(.avx512BF16)
      case "amx": insert(.amxBF16)
      default: return nil
      }
    }
  }
}
