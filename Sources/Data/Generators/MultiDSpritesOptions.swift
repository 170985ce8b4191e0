import TensorCore

/// Every number of the images of sprites on a plain background; the defaults are the data set.
///
/// Lengths of shapes are in 64ths of the image's side, pixels of the original size.
public struct MultiDSpritesOptions: GeneratorOptions {
  public static let generator = "multi-dsprites"

  /// Side of an image, in pixels.
  public var size = 64
  /// How many sprites an image has; each number is equally likely.
  public var sprites = 1...4
  /// How many values a channel of a colour has, evenly spaced and rounded down: 0, 63, 127, 191
  /// and 255. With 256 every colour is possible.
  public var levels = 5
  /// Whether background and sprites have different colours.
  public var unique = false
  public var scale = 0.5...1.0
  /// How many scales there are, evenly spaced.
  public var scales = 6
  /// How many orientations there are, evenly spaced; the last is the first after a whole turn, as
  /// in dSprites.
  public var orientations = 40
  /// Where centres lie along each axis, as parts of the side.
  public var centre = 0.25...0.75
  /// How many places there are along each axis, evenly spaced.
  public var lattice = 32

  /// Side of a square at scale 1.
  public var square = 22.0
  public var ellipseLength = 26.0
  public var ellipseWidth = 13.0
  /// Width of a heart at scale 1.
  public var heart = 24.0

  public init() {}

  /// An image is a clip of one frame.
  public var frames: Int { 1 }

  public var mostLabels: (count: Int, option: String) {
    (sprites.upperBound + MultiDSprites.backgroundLabels, "sprites")
  }
}

// MARK: - Bounds and settings
extension MultiDSpritesOptions {
  /// - Errors: `clip.option-range`.
  public func check() throws(Diagnostic) {
    try require("size", size, 1...4096)
    try require("sprites", sprites, 0...Self.maximumLabel)
    try require("levels", levels, 2...256)
    try require("scale", scale, 0...100)
    try require("scales", scales, 1...1_000_000)
    try require("orientations", orientations, 1...1_000_000)
    try require("centre", centre, 0...1)
    try require("lattice", lattice, 1...1_000_000)
    try require("square", square, 0...1e3)
    try require("ellipse_length", ellipseLength, 0...1e3)
    try require("ellipse_width", ellipseWidth, 0...1e3)
    try require("heart", heart, 0...1e3)
    let colours = levels * levels * levels
    guard !unique || sprites.upperBound < colours else {
      throw .clipOptionRange(
        "background and \(sprites.upperBound) sprites cannot differ in colour when \(levels) "
          + "levels make \(colours) colours",
        help: "raise levels, lower sprites, or say unique=false")
    }
  }

  public static let settings: [GeneratorSetting<MultiDSpritesOptions>] = [
    GeneratorSetting("size", \.size, "side of an image, in pixels"),
    GeneratorSetting("sprites", \.sprites, "how many sprites an image has"),
    GeneratorSetting("levels", \.levels, "how many values a channel has, evenly spaced"),
    GeneratorSetting("unique", \.unique, "whether background and sprites differ in colour"),
    GeneratorSetting("scale", \.scale, "scale of a sprite"),
    GeneratorSetting("scales", \.scales, "how many scales there are, evenly spaced"),
    GeneratorSetting(
      "orientations", \.orientations, "how many orientations there are, the last a whole turn"),
    GeneratorSetting("centre", \.centre, "where centres lie along an axis, in parts of the side"),
    GeneratorSetting("lattice", \.lattice, "how many places there are along an axis"),
    GeneratorSetting("square", \.square, "side of a square at scale 1, in 64ths of the side"),
    GeneratorSetting("ellipse_length", \.ellipseLength, "the longer axis of an ellipse, likewise"),
    GeneratorSetting("ellipse_width", \.ellipseWidth, "the shorter axis of an ellipse, likewise"),
    GeneratorSetting("heart", \.heart, "width of a heart, likewise"),
  ]
}
