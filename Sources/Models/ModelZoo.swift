import GraphIR
import TensorCore

/// The families there are, and how a name such as `simone:tiny` finds one.
public enum Zoo {
  public static let families: [any ModelFamily.Type] = [SIMONe.self]

  /// The member `family[:preset]` with `key=value` settings.
  ///
  /// - Errors: `model.unknown`, `model.preset-unknown`, and those of the settings.
  public static func model(
    _ name: String, _ assignments: [String] = []
  ) throws(Diagnostic) -> any ModelFamily {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let family = families.first(where: { $0.name == parts[0] }) else {
      throw .modelUnknown(String(parts[0]), known: families.map { $0.name })
    }
    return try member(of: family, parts.count == 2 ? String(parts[1]) : nil, assignments)
  }

  private static func member<Family: ModelFamily>(
    of family: Family.Type, _ preset: String?, _ assignments: [String]
  ) throws(Diagnostic) -> any ModelFamily {
    guard let preset else { return try family.presets[0].model.setting(assignments) }
    guard let match = family.presets.first(where: { $0.name == preset }) else {
      throw .presetUnknown(preset, model: family.name, known: family.presets.map(\.name))
    }
    return try match.model.setting(assignments)
  }
}

/// The name nearest to a misspelt one, if any is near: at most a third of its letters differ.
public enum NearestName {
  public static func of(_ name: String, among known: [String]) -> String? {
    let limit = max(1, name.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in known {
      let distance = distance(Array(name), Array(candidate))
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// Insertions, deletions and substitutions that turn one name into the other.
  ///
  /// - Source: Wagner, Fischer, "The string-to-string correction problem", 1974.
  static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for i in 0..<a.count {
      var diagonal = row[0]
      row[0] = i + 1
      for j in 0..<b.count {
        let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}
