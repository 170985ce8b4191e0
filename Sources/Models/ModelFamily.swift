import GraphIR
import TensorCore

/// A family of networks: options that describe one member, and the program that they give.
///
/// The zoo's list, the command's help, the check of `key=value` and the docs all read `options`.
public protocol ModelFamily: Sendable {
  static var name: String { get }
  static var summary: String { get }
  static var options: [ModelOption<Self>] { get }
  /// Named sets of options; the first is the default.
  static var presets: [Preset<Self>] { get }

  init()

  /// The entry points that `program` can build, the whole model last.
  static var entries: [String] { get }
  /// The entry point that training differentiates; its first result is the loss. It is built only when
  /// asked for.
  static var lossEntry: String { get }
  /// How parameters are trained.
  var recipe: TrainingRecipe { get }
  /// Options of the loss that may change while a model is trained.
  static var schedulable: [String] { get }
  /// A copy whose loss takes these options as arguments of their names, f32 scalars.
  func scheduling(_ options: [String]) -> Self
  /// Other names for entry points, as people call the parts of a network: `encoder` for `encode`.
  static var parts: [(name: String, entry: String)] { get }
  /// The program of these entry points; nil means all.
  ///
  /// - Errors: `model.option-range` and those of tracing.
  func program(entries: [String]?) throws(Diagnostic) -> Program
}

extension ModelFamily {
  public static var parts: [(name: String, entry: String)] { [] }
  public static var lossEntry: String { "loss" }
  public static var schedulable: [String] { [] }

  public func scheduling(_ options: [String]) -> Self {
    precondition(options.isEmpty, "internal: \(Self.name) has no options that change")
    return self
  }

  public func program() throws(Diagnostic) -> Program { try program(entries: nil) }
}

/// The numbers with which a family is trained, as plain data: the trainer makes a step of them.
public struct TrainingRecipe: Sendable, Hashable {
  public enum Optimizer: Sendable, Hashable {
    case adam(beta1: Double, beta2: Double, epsilon: Double)
  }
  public var optimizer: Optimizer
  public var learningRate: Double
  /// The largest norm of all gradients together; nil leaves them.
  public var gradientClip: Double?
  /// Samples of a batch.
  public var batch: Int

  public init(
    optimizer: Optimizer, learningRate: Double, gradientClip: Double? = nil, batch: Int = 1
  ) {
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.gradientClip = gradientClip
    self.batch = batch
  }
}

/// A named member of a family.
public struct Preset<Model: Sendable>: Sendable {
  public var name: String
  public var summary: String
  public var model: Model

  public init(_ name: String, _ summary: String, _ model: Model) {
    self.name = name
    self.summary = summary
    self.model = model
  }
}

/// One option of a family: its key, what it means, and how text sets it.
public struct ModelOption<Model: Sendable>: Sendable {
  public var name: String
  public var summary: String
  package let read: @Sendable (Model) -> String
  /// False if the text is not a value.
  package let write: @Sendable (inout Model, String) -> Bool
  /// What a person should write: `a whole number`.
  public let kind: String

  public init<Value: OptionValue>(
    _ name: String, _ path: any WritableKeyPath<Model, Value> & Sendable, _ summary: String
  ) {
    self.name = name
    self.summary = summary
    kind = Value.kind
    read = { $0[keyPath: path].optionText }
    write = { model, text in
      guard let value = Value(optionText: text) else { return false }
      model[keyPath: path] = value
      return true
    }
  }
}

/// A type that `key=value` can set.
public protocol OptionValue: Sendable {
  /// What a person should write.
  static var kind: String { get }
  var optionText: String { get }
  init?(optionText: String)
}

extension Int: OptionValue {
  public static var kind: String { "a whole number" }
  public var optionText: String { String(self) }
  public init?(optionText: String) { self.init(optionText) }
}

extension Bool: OptionValue {
  public static var kind: String { "true or false" }
  public var optionText: String { String(self) }
  public init?(optionText: String) { self.init(optionText) }
}

extension Double: OptionValue {
  public static var kind: String { "a number" }
  public var optionText: String { NumberText.real(self) }
  public init?(optionText: String) {
    self.init(optionText)
    if !isFinite { return nil }
  }
}

extension UInt64: OptionValue {
  public static var kind: String { "a whole number, 0 or more" }
  public var optionText: String { String(self) }
  public init?(optionText: String) { self.init(optionText) }
}

/// Any text.
extension String: OptionValue {
  public static var kind: String { "text" }
  public var optionText: String { self }
  public init?(optionText: String) { self = optionText }
}

/// A lower and an upper end, written `-10,3`.
extension ClosedRange: OptionValue where Bound == Double {
  public static var kind: String { "two numbers low,high" }
  public var optionText: String { "\(lowerBound.optionText),\(upperBound.optionText)" }
  public init?(optionText: String) {
    let parts = optionText.split(separator: ",").map { Double(optionText: String($0)) }
    guard parts.count == 2, let low = parts[0], let high = parts[1], low <= high else { return nil }
    self = low...high
  }
}

/// A choice among names.
public protocol OptionChoice: OptionValue, RawRepresentable, CaseIterable where RawValue == String {
}

extension OptionChoice {
  public static var kind: String { allCases.map(\.rawValue).joined(separator: " or ") }
  public var optionText: String { rawValue }
  public init?(optionText: String) { self.init(rawValue: optionText) }
}

extension ModelFamily {
  /// A copy with `key=value` settings applied in order.
  ///
  /// - Errors: `model.option-unknown`, `model.option-syntax`, `model.option-value`.
  public func setting(_ assignments: [String]) throws(Diagnostic) -> Self {
    var model = self
    for assignment in assignments {
      guard let split = assignment.firstIndex(of: "=") else {
        throw .optionSyntax(assignment, model: Self.name)
      }
      let key = String(assignment[..<split])
      let text = String(assignment[assignment.index(after: split)...])
      guard let option = Self.options.first(where: { $0.name == key }) else {
        throw .optionUnknown(key, model: Self.name, known: Self.options.map(\.name))
      }
      guard option.write(&model, text) else {
        throw .optionValue(key, text, kind: option.kind, now: option.read(self))
      }
    }
    return model
  }

  /// Every option with the value it has here, in the family's order.
  public var settings: [(name: String, value: String, summary: String)] {
    Self.options.map { ($0.name, $0.read(self), $0.summary) }
  }
}
