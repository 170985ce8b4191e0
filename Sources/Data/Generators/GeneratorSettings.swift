import TensorCore

// The options of generators as text, `key=value`, for commands and pages, and their bounds.

/// What an option holds, as text.
protocol GeneratorOptionValue: SendableMetatype {
  /// What a person must write: `a whole number`.
  static var kind: String { get }
  init?(text: String)
  var text: String { get }
}

/// What has bounds, and may be given as a range.
protocol GeneratorOptionNumber: GeneratorOptionValue, Comparable {}

extension Int: GeneratorOptionNumber {
  static var kind: String { "a whole number" }
  init?(text: String) { self.init(text) }
  var text: String { description }
}

extension Double: GeneratorOptionNumber {
  static var kind: String { "a number" }
  init?(text: String) {
    guard let value = Double(text), value.isFinite else { return nil }
    self = value
  }
  var text: String { description }
}

extension Bool: GeneratorOptionValue {
  static var kind: String { "true or false" }
  init?(text: String) { self.init(text) }
  var text: String { description }
}

extension ClosedRange where Bound: GeneratorOptionNumber {
  /// `3..10`, or `5` for a range of one value.
  init?(text: String) {
    let ends: [String]
    if let dots = text.firstRange(of: "..") {
      ends = [String(text[..<dots.lowerBound]), String(text[dots.upperBound...])]
    } else {
      ends = [text, text]
    }
    guard let low = Bound(text: ends[0]), let high = Bound(text: ends[1]), low <= high else {
      return nil
    }
    self = low...high
  }
  var text: String { "\(lowerBound.text)..\(upperBound.text)" }
}

/// One option of a generator: its name, what it says, and how text becomes its value.
public struct GeneratorSetting<Options>: Sendable {
  /// `camera_rate`
  public let name: String
  public let summary: String
  let kind: String
  let read: @Sendable (Options) -> String
  /// False when the text is no value of this option.
  let write: @Sendable (inout Options, String) -> Bool

  /// The value in `options` as text that `set` takes.
  public func value(in options: Options) -> String { read(options) }

  init<Value: GeneratorOptionValue>(
    _ name: String, _ path: any WritableKeyPath<Options, Value> & Sendable,
    _ summary: String
  ) {
    self.name = name
    self.summary = summary
    kind = Value.kind
    read = { $0[keyPath: path].text }
    write = { options, text in
      guard let value = Value(text: text) else { return false }
      options[keyPath: path] = value
      return true
    }
  }

  init<Value: GeneratorOptionNumber>(
    _ name: String, _ path: any WritableKeyPath<Options, ClosedRange<Value>> & Sendable,
    _ summary: String
  ) {
    self.name = name
    self.summary = summary
    kind = "\(Value.kind) or a range of two, low..high"
    read = { $0[keyPath: path].text }
    write = { options, text in
      guard let value = ClosedRange<Value>(text: text) else { return false }
      options[keyPath: path] = value
      return true
    }
  }
}

// MARK: - Setting and checking
extension GeneratorOptions {
  /// Sets the option `name` from text; bounds are left to `check()`.
  ///
  /// - Errors: `clip.option-unknown`, `clip.option-value`.
  public mutating func set(_ name: String, to text: String) throws(Diagnostic) {
    guard let setting = Self.settings.first(where: { $0.name == name }) else {
      throw .clipOptionUnknown(
        name, generator: Self.generator, known: Self.settings.map(\.name))
    }
    guard setting.write(&self, text) else {
      throw .clipOptionValue(name, text, kind: setting.kind, now: setting.read(self))
    }
  }

  /// - Errors: `clip.option-range`.
  func require<Number: GeneratorOptionNumber>(
    _ name: String, _ value: Number, _ bounds: ClosedRange<Number>
  ) throws(Diagnostic) {
    // NaN lies in no range.
    guard bounds.contains(value) else {
      throw .clipOptionRange(
        "\(name) is \(value.text), which is outside \(bounds.text)",
        help: "for example \(name)=\(bounds.lowerBound.text)")
    }
  }

  /// - Errors: `clip.option-range`.
  func require<Number: GeneratorOptionNumber>(
    _ name: String, _ value: ClosedRange<Number>, _ bounds: ClosedRange<Number>
  ) throws(Diagnostic) {
    try require(name, value.lowerBound, bounds)
    try require(name, value.upperBound, bounds)
  }
}
