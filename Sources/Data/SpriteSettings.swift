import TensorCore

// The options of the sprites as text, `key=value`, for commands and pages.

/// What an option holds, as text.
protocol SpriteOptionValue: Comparable, SendableMetatype {
  /// What a person must write: `a whole number`.
  static var kind: String { get }
  init?(text: String)
  var text: String { get }
}

extension Int: SpriteOptionValue {
  static var kind: String { "a whole number" }
  init?(text: String) { self.init(text) }
  var text: String { description }
}

extension Double: SpriteOptionValue {
  static var kind: String { "a number" }
  init?(text: String) {
    guard let value = Double(text), value.isFinite else { return nil }
    self = value
  }
  var text: String { description }
}

extension ClosedRange where Bound: SpriteOptionValue {
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

/// One option of the generator: its name, what it says, and how text becomes its value.
public struct SpriteSetting: Sendable {
  /// `camera_rate`
  public let name: String
  public let summary: String
  let kind: String
  let read: @Sendable (SpriteOptions) -> String
  /// False when the text is no value of this option.
  let write: @Sendable (inout SpriteOptions, String) -> Bool

  /// The value in `options` as text that `set` takes.
  public func value(in options: SpriteOptions) -> String { read(options) }

  init<Value: SpriteOptionValue>(
    _ name: String, _ path: any WritableKeyPath<SpriteOptions, Value> & Sendable,
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

  init<Value: SpriteOptionValue>(
    _ name: String, _ path: any WritableKeyPath<SpriteOptions, ClosedRange<Value>> & Sendable,
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

extension SpriteOptions {
  /// Every option, in the order of the specification.
  public static let settings: [SpriteSetting] = [
    SpriteSetting("frames", \.frames, "frames of a clip"),
    SpriteSetting("size", \.size, "side of a frame, in pixels"),
    SpriteSetting("supersampling", \.supersampling, "samples along each side of a pixel"),
    SpriteSetting("objects", \.objects, "how many objects a clip has"),
    SpriteSetting("world_half_width", \.worldHalfWidth, "half the side of the world"),
    SpriteSetting("hues", \.hues, "how many hues objects have, evenly spaced"),
    SpriteSetting("saturation", \.saturation, "saturation of an object's colour"),
    SpriteSetting("value", \.value, "value of an object's colour"),
    SpriteSetting("radius", \.radius, "radius of an object, in world units"),
    SpriteSetting("static_fraction", \.staticFraction, "probability that an object stands still"),
    SpriteSetting("speed", \.speed, "largest velocity along an axis, in world units per frame"),
    SpriteSetting("edge_light", \.edgeLight, "light at an object's edge; 1 at its centre"),
    SpriteSetting("view_half_width", \.viewHalfWidth, "half the side of the view at zoom 1"),
    SpriteSetting("camera_radius", \.cameraRadius, "radius of the camera's path"),
    SpriteSetting("camera_rate", \.cameraRate, "radians per frame along the camera's path"),
    SpriteSetting("zoom_amplitude", \.zoomAmplitude, "how far the zoom swings about 1"),
    SpriteSetting("zoom_rate", \.zoomRate, "radians per frame of the zoom's swing"),
    SpriteSetting("background_value", \.backgroundValue, "value of the background's colours"),
    SpriteSetting(
      "background_saturation", \.backgroundSaturation, "saturation of the background's colours"),
    SpriteSetting("checker_cell", \.checkerCell, "side of a cell of the checker, in world units"),
    SpriteSetting("checker_contrast", \.checkerContrast, "what a cell adds or takes away"),
  ]

  /// Sets the option `name` from text; bounds are left to `check()`.
  ///
  /// - Errors: `clip.option-unknown`, `clip.option-value`.
  public mutating func set(_ name: String, to text: String) throws(Diagnostic) {
    guard let setting = Self.settings.first(where: { $0.name == name }) else {
      throw .clipOptionUnknown(name, known: Self.settings.map(\.name))
    }
    guard setting.write(&self, text) else {
      throw .clipOptionValue(name, text, kind: setting.kind, now: setting.read(self))
    }
  }
}
