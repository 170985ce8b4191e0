import Foundation
import GraphLowering
import ModelRequests
import Smalti

/// A tuning as a file of JSON: what `smalti tune` writes and `--tuning` reads.
///
///     {
///       "smalti_tuning": 1, "level": "x86-64-v4",
///       "limits": { "scratchByteCount": 524288, … },
///       "model": "simone", "entry": "decode", "measured": { … }
///     }
///
/// Where it comes from (`model`, `entry`, `measured`) may be left out, and is not read. Everything
/// else must be there, and nothing more: a misspelt key would be a number that has no effect.
struct TuningFile: Encodable {
  struct Measured: Encodable, Equatable {
    /// Medians of the last comparison.
    var defaultSeconds: Double
    var seconds: Double
    var threads: Int
    var repetitions: Int
  }

  var tuning: Tuning
  var model: String
  var entry: String
  var measured: Measured

  fileprivate static let version = 1
  /// Far above what the keys need.
  private static let byteLimit = 64 << 10

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Self.version, forKey: .version)
    try container.encode(tuning.level, forKey: .level)
    try container.encode(tuning.limits, forKey: .limits)
    try container.encode(model, forKey: .model)
    try container.encode(entry, forKey: .entry)
    try container.encode(measured, forKey: .measured)
  }

  fileprivate enum Key: String, CodingKey, CaseIterable {
    case version = "smalti_tuning"
    case level, limits, model, entry, measured
  }
}

// MARK: - Reading
extension TuningFile {
  /// What the file at `path` chooses, for code of `level`.
  ///
  /// - Errors: `file.unreadable`, `file.not-regular`, `tuning.size`, `tuning.syntax`, `tuning.version`,
  ///   `tuning.key`, `tuning.level`, `tuning.number`, `tuning.rows`.
  static func tuning(_ path: String, for level: TargetLevel) throws(Diagnostic) -> Tuning {
    let contents = try FileContents(mapping: path)
    let byteCount = contents.bytes.count
    guard byteCount <= byteLimit else { throw .tuningSize(path, byteCount, limit: byteLimit) }
    do throws(Diagnostic) {
      let tuning = try tuning(Data(contents.bytes))
      try tuning.check(for: level)
      return tuning
    } catch {
      throw error.placed(at: path)
    }
  }

  private static func tuning(_ data: Data) throws(Diagnostic) -> Tuning {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: data) else {
      throw .tuningSyntax("it is not JSON")
    }
    let file = try value.object("the file")
    // Before the keys: another version may have others.
    let version = try file.value(Key.version.rawValue).whole(Key.version.rawValue)
    guard version == Self.version else { throw .tuningVersion(version, known: Self.version) }
    try file.check(keys: Key.allCases.map(\.rawValue))
    let limits = try file.value(Key.limits.rawValue).object(Key.limits.rawValue)
    try limits.check(keys: Tuning.Number.allCases.map(\.rawValue))
    // All numbers are replaced, and the level decides about none.
    var tuning = Tuning(.x86v3)
    tuning.level = try file.value(Key.level.rawValue).text(Key.level.rawValue)
    for number in Tuning.Number.allCases {
      tuning[number] = try limits.value(number.rawValue).whole(number.rawValue)
    }
    return tuning
  }
}

/// As much of a JSON value as a tuning is made of.
private enum JSONValue: Decodable {
  case whole(Int)
  case text(String)
  case object([String: JSONValue])
  /// Fractions, lists, truth, nothing.
  case other

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Int.self) {
      self = .whole(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([String: JSONValue].self) {
      self = .object(value)
    } else {
      self = .other
    }
  }

  func whole(_ name: String) throws(Diagnostic) -> Int {
    guard case .whole(let value) = self else { throw .tuningSyntax("\(name) is no whole number") }
    return value
  }

  func text(_ name: String) throws(Diagnostic) -> String {
    guard case .text(let value) = self else { throw .tuningSyntax("\(name) is no text") }
    return value
  }

  func object(_ name: String) throws(Diagnostic) -> [String: JSONValue] {
    guard case .object(let value) = self else { throw .tuningSyntax("\(name) is no object") }
    return value
  }
}

extension [String: JSONValue] {
  fileprivate func value(_ key: String) throws(Diagnostic) -> JSONValue {
    guard let value = self[key] else { throw .tuningSyntax("it has no \(key)") }
    return value
  }

  fileprivate func check(keys known: [String]) throws(Diagnostic) {
    guard let key = keys.sorted().first(where: { !known.contains($0) }) else { return }
    throw .tuningKey(key, known: known)
  }
}
