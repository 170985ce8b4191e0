import Foundation
import ModelZoo
import TensorCore
import TensorFiles
import Yams

/// What a run is: a model, data, and every key that differs from its default.
///
/// As a file it is YAML, one `key: value` a line; a call adds `key=value`, which win.
public struct Recipe: Sendable {
  public var model: String?
  public var data: String?
  public var validation: String?
  /// Keys of the model and of ``RunOptions`` as text, later ones winning.
  public private(set) var settings: [Setting] = []
  /// Keys that take several values, a run for each: `sweep.lr: 1e-4,2e-4`.
  public private(set) var sweep: [Sweep.Axis] = []

  public struct Setting: Sendable {
    public var key: String
    public var text: String
    /// `recipe.yaml:3`; nil if it is of the call.
    public var place: String?

    public init(key: String, text: String, place: String? = nil) {
      (self.key, self.text, self.place) = (key, text, place)
    }
  }

  public init() {}

  /// - Errors: `recipe.syntax`.
  public mutating func add(_ assignments: [String]) throws(Diagnostic) {
    for assignment in assignments {
      guard let split = assignment.firstIndex(of: "=") else { throw .recipeSyntax(assignment) }
      try add(
        Setting(
          key: String(assignment[..<split]),
          text: String(assignment[assignment.index(after: split)...])))
    }
  }

  /// A setting, or several values of a key as `sweep.KEY`.
  ///
  /// - Errors: `recipe.sweep`.
  mutating func add(_ setting: Setting) throws(Diagnostic) {
    guard setting.key.hasPrefix("sweep.") else { return set(setting) }
    let key = String(setting.key.dropFirst("sweep.".count))
    let values = setting.text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard !["model", "data", "validation"].contains(key) else {
      throw Diagnostic.recipeSweep("\(key) is one for all").placed(at: setting.place)
    }
    guard !values.contains(""), Set(values).count == values.count else {
      throw Diagnostic.recipeSweep("\(key) has an empty or repeated value in \(setting.text)")
        .placed(at: setting.place)
    }
    sweep.removeAll { $0.key == key }
    sweep.append(Sweep.Axis(key: key, values: values))
  }

  public mutating func set(_ setting: Setting) {
    switch setting.key {
    case "model": model = setting.text
    case "data": data = setting.text
    case "validation": validation = setting.text
    default: settings.append(setting)
    }
  }
}

// MARK: - Files
extension Recipe {
  /// A recipe is a page; a longer file is none.
  static let mostBytes = 1 << 20

  /// The recipe in a file.
  ///
  /// - Errors: `file.unreadable`, `file.not-regular`, `recipe.yaml`.
  public init(reading path: String) throws(Diagnostic) {
    let contents = try FileContents(mapping: path)
    guard contents.bytes.count <= Self.mostBytes,
      let text = String(validating: contents.bytes, as: UTF8.self)
    else { throw .recipeYAML(path, "it is no text, or longer than \(Self.mostBytes) bytes") }
    try self.init(text, path: path)
  }

  init(_ text: String, path: String) throws(Diagnostic) {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw .recipeYAML(path, Self.sentence(error))
    }
    // An empty page is a recipe of nothing.
    guard let root else { return }
    guard let pairs = root.mapping else {
      throw .recipeYAML(path, "it must be lines of key: value")
    }
    for (key, value) in pairs {
      let place = key.mark.map { "\(path):\($0.line)" } ?? path
      guard let key = key.scalar?.string else {
        throw .recipeYAML(place, "a key must be a word")
      }
      guard let text = value.scalar?.string else {
        throw .recipeYAML(place, "\(key) must be one value, not a list or a map")
      }
      try add(Setting(key: key, text: text, place: place))
    }
  }

  private static func sentence(_ error: any Error) -> String {
    let sentence = String(describing: error).split(separator: "\n").joined(separator: ", ")
    // It may have the whole line.
    return sentence.count > 200 ? sentence.prefix(200) + "…" : sentence
  }
}
