import GraphIR
import GraphTraining
import ModelZoo
import TensorCore

/// A recipe with every key checked: what a run does, whatever the defaults were.
public struct RunDescription: Sendable {
  /// `simone:tiny`
  public let model: String
  public let family: any ModelFamily
  public let options: RunOptions
  public let data: String
  public let validation: String?
  /// In the order of keys.
  package let ramps: [Ramp]

  /// - Errors: `recipe.no-model`, `recipe.no-data`, `recipe.key-unknown`, `recipe.value`,
  ///   `recipe.range`, and those of the model's options.
  public init(_ recipe: Recipe) throws(Diagnostic) {
    guard let model = recipe.model else { throw .recipeNoModel() }
    guard let data = recipe.data else { throw .recipeNoData() }
    (self.model, self.data, validation) = (model, data, recipe.validation)
    let preset = try Zoo.model(model)
    var family = try preset.setting(["batch=\(preset.recipe.batch)"])
    var options = RunOptions()
    var ramps: [Recipe.Setting] = []
    for setting in recipe.settings {
      do throws(Diagnostic) {
        if setting.key.hasPrefix(Ramp.prefix) {
          ramps.removeAll { $0.key == setting.key }
          ramps.append(setting)
        } else if let option = RunOptions.options.first(where: { $0.name == setting.key }) {
          guard option.write(&options, setting.text) else {
            throw .recipeValue(
              setting.key, setting.text, kind: option.kind, now: option.read(RunOptions()))
          }
        } else if family.settings.contains(where: { $0.name == setting.key }) {
          family = try family.setting(["\(setting.key)=\(setting.text)"])
        } else {
          throw .recipeKeyUnknown(
            setting.key, model: model,
            known: RunOptions.options.map(\.name) + family.settings.map(\.name)
              + ["model", "data", "validation"])
        }
      } catch {
        throw error.placed(at: setting.place)
      }
    }
    try options.check()
    (self.family, self.options) = (family, options)
    self.ramps = try Self.ramps(ramps, family, model: model)
  }

  private static func ramps(
    _ settings: [Recipe.Setting], _ family: any ModelFamily, model: String
  ) throws(Diagnostic) -> [Ramp] {
    var ramps: [Ramp] = []
    for setting in settings.sorted(by: { $0.key < $1.key }) {
      let key = String(setting.key.dropFirst(Ramp.prefix.count))
      do throws(Diagnostic) {
        ramps.append(try Ramp(key, setting.text, of: family, model: model))
      } catch {
        throw error.placed(at: setting.place)
      }
    }
    return ramps
  }

  /// The program of the step.
  ///
  /// - Errors: those of the family and of the step.
  package func stepProgram() throws(Diagnostic) -> Program {
    let entry = type(of: family).lossEntry
    var step = options.step(family.recipe)
    step.scheduledArguments = ramps.map { ($0.key, $0.schedule) }
    return try step.program(
      family.scheduling(ramps.map(\.key)).program(entries: [entry]), entry: entry)
  }

  /// As a recipe with every key, which makes the same run whatever the defaults will be.
  public var yaml: String {
    var lines = ["model: \(Self.quoted(model))", "data: \(Self.quoted(data))"]
    if let validation { lines.append("validation: \(Self.quoted(validation))") }
    lines += ["", "# the run"]
    lines += options.settings.map { "\($0.name): \(Self.quoted($0.value))  # \($0.summary)" }
    if !ramps.isEmpty { lines += ["", "# START:STEPS of what changes at first"] }
    lines += ramps.map { "\(Ramp.prefix)\($0.key): \(Self.quoted($0.text))" }
    lines += ["", "# the model"]
    lines += family.settings.map { "\($0.name): \(Self.quoted($0.value))  # \($0.summary)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A plain scalar where it is only letters, digits and a few signs; else quoted.
  static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "./_-".contains($0)) }
      && !text.hasPrefix("-")
    if isPlain { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "\"": escaped += "\\\(scalar)"
      // YAML reads no control characters, nor its other ends of lines.
      case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return "\"\(escaped)\""
  }
}
