import TensorCore

/// Every number of the images of a room; the defaults are the data set.
///
/// Rows and columns are parts of the image's side, from its upper left corner.
public struct ObjectsRoomOptions: GeneratorOptions {
  public static let generator = "objects-room"

  /// Side of an image, in pixels.
  public var size = 64
  /// Samples along each side of a pixel.
  public var supersampling = 2
  /// How many objects a room has; each number is equally likely.
  public var objects = 1...3
  public var saturation = 0.3...0.9
  public var value = 0.4...1.0

  /// The row of the camera's horizon.
  public var horizon = 0.3...0.42
  /// The column of the corner between the walls.
  public var corner = 0.25...0.75
  /// How far below the horizon the corner meets the floor.
  public var wallDepth = 0.08...0.18
  /// How much farther below the horizon a wall ends one side away, as a part of `wallDepth`.
  public var wallSlope = 0.2...1.0
  /// How far walls rise above the horizon, as a part of how far below it they end.
  public var wallHeight = 0.6...1.4

  /// The column of an object's middle.
  public var across = 0.1...0.9
  /// The lowest row on which an object may stand.
  public var nearest = 0.95
  /// An object's width, as a part of how far below the horizon it stands.
  public var objectWidth = 0.4...0.7
  /// An object's height, likewise.
  public var objectHeight = 0.5...1.0

  public init() {}

  /// An image is a clip of one frame.
  public var frames: Int { 1 }

  public var mostLabels: (count: Int, option: String) {
    (objects.upperBound + ObjectsRoom.backgroundLabels, "objects")
  }
}

// MARK: - Bounds and settings
extension ObjectsRoomOptions {
  /// - Errors: `clip.option-range`.
  public func check() throws(Diagnostic) {
    try require("size", size, 1...4096)
    try require("supersampling", supersampling, 1...8)
    try require("objects", objects, 0...Self.maximumLabel + 1 - ObjectsRoom.backgroundLabels)
    try require("saturation", saturation, 0...1)
    try require("value", value, 0...1)
    try require("horizon", horizon, 0...1)
    try require("corner", corner, 0...1)
    try require("wall_depth", wallDepth, 0...1)
    try require("wall_slope", wallSlope, 0...100)
    try require("wall_height", wallHeight, 0...100)
    try require("across", across, 0...1)
    try require("nearest", nearest, 0...1)
    try require("object_width", objectWidth, 0.01...100)
    try require("object_height", objectHeight, 0.01...100)
    let farthest = max(corner.upperBound, 1 - corner.lowerBound)
    let lowest =
      horizon.upperBound + wallDepth.upperBound * (1 + wallSlope.upperBound * farthest)
    guard lowest < nearest else {
      throw .clipOptionRange(
        "walls may end at row \(lowest) and objects stand no lower than \(nearest)",
        help: "lower horizon, wall_depth or wall_slope, or raise nearest")
    }
  }

  public static let settings: [GeneratorSetting<ObjectsRoomOptions>] = [
    GeneratorSetting("size", \.size, "side of an image, in pixels"),
    GeneratorSetting("supersampling", \.supersampling, "samples along each side of a pixel"),
    GeneratorSetting("objects", \.objects, "how many objects a room has"),
    GeneratorSetting("saturation", \.saturation, "saturation of a colour"),
    GeneratorSetting("value", \.value, "value of a colour"),
    GeneratorSetting("horizon", \.horizon, "row of the horizon, in parts of the side"),
    GeneratorSetting("corner", \.corner, "column of the corner between the walls, likewise"),
    GeneratorSetting("wall_depth", \.wallDepth, "how far below the horizon the corner ends"),
    GeneratorSetting("wall_slope", \.wallSlope, "how much farther a wall ends one side away"),
    GeneratorSetting("wall_height", \.wallHeight, "how far walls rise, in parts of that depth"),
    GeneratorSetting("across", \.across, "column of an object's middle"),
    GeneratorSetting("nearest", \.nearest, "lowest row on which an object may stand"),
    GeneratorSetting(
      "object_width", \.objectWidth, "width in parts of how far below the horizon it stands"),
    GeneratorSetting("object_height", \.objectHeight, "height, likewise"),
  ]
}
