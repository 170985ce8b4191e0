import TensorCore

/// Every number of the procedural clips; the defaults are the data set.
///
/// World coordinates span `-worldHalfWidth ... worldHalfWidth` on both axes; y points down, as the
/// rows of a picture do. Time is counted in frames, from 0.
///
/// - Source: a substitute for CATER with a moving camera (Girdhar, Ramanan, "CATER", ICLR 2020),
///   made for SIMONe, whose frame latents must catch what the camera does.
public struct SpriteOptions: GeneratorOptions {
  public static let generator = "sprites"

  /// Frames of a clip.
  public var frames = 33
  /// Side of a frame, in pixels.
  public var size = 64
  /// Samples along each side of a pixel.
  public var supersampling = 2

  /// How many objects a clip has; each number is equally likely.
  public var objects = 3...10
  public var worldHalfWidth = 2.0
  /// Hues are multiples of 360° / `hues`.
  public var hues = 8
  public var saturation = 0.9
  public var value = 0.7...1.0
  /// Radius of a disc, half the side of a square, circumradius of a triangle.
  public var radius = 0.15...0.4
  /// The probability that an object stands still.
  public var staticFraction = 0.5
  /// The largest velocity along each axis, in world units per frame.
  public var speed = 0.06
  /// Light at an object's edge; 1 at its centre.
  public var edgeLight = 0.8

  /// Half the side of the view at zoom 1.
  public var viewHalfWidth = 1.2
  /// Radius of the camera's path.
  public var cameraRadius = 0.2...0.8
  /// Radians per frame along the camera's path.
  public var cameraRate = 0.1...0.3
  public var zoomAmplitude = 0.2
  /// Radians per frame of the zoom's swing.
  public var zoomRate = 0.05...0.15

  public var backgroundValue = 0.2...0.5
  public var backgroundSaturation = 0.0...0.3
  /// Side of a cell of the checker, in world units.
  public var checkerCell = 0.25
  /// What one cell of the checker adds to each channel and the next takes away.
  public var checkerContrast = 0.03

  public init() {}

  public var mostLabels: (count: Int, option: String) {
    (objects.upperBound + Sprites.backgroundLabels, "objects")
  }

  /// One clip's video may take 1 GiB.
  public static let maximumVideoByteCount = 1 << 30
}

// MARK: - Bounds
extension SpriteOptions {
  /// - Errors: `clip.option-range`.
  public func check() throws(Diagnostic) {
    try require("frames", frames, 1...100_000)
    try require("size", size, 1...4096)
    try require("supersampling", supersampling, 1...8)
    try require("objects", objects, 0...Self.maximumLabel)
    try require("world_half_width", worldHalfWidth, 1e-3...1e3)
    try require("hues", hues, 1...360)
    try require("saturation", saturation, 0...1)
    try require("value", value, 0...1)
    try require("radius", radius, 1e-3...1e3)
    try require("static_fraction", staticFraction, 0...1)
    try require("speed", speed, 0...1e3)
    try require("edge_light", edgeLight, 0...1)
    try require("view_half_width", viewHalfWidth, 1e-3...1e3)
    try require("camera_radius", cameraRadius, 0...1e3)
    try require("camera_rate", cameraRate, 0...1e3)
    try require("zoom_amplitude", zoomAmplitude, 0...0.99)
    try require("zoom_rate", zoomRate, 0...1e3)
    try require("background_value", backgroundValue, 0...1)
    try require("background_saturation", backgroundSaturation, 0...1)
    try require("checker_cell", checkerCell, 1e-3...1e3)
    try require("checker_contrast", checkerContrast, 0...1)
    guard pixelByteCount <= Self.maximumVideoByteCount else {
      throw .clipOptionRange(
        "\(frames) frames of \(size) x \(size) pixels take \(pixelByteCount) bytes",
        help: "at most \(Self.maximumVideoByteCount) bytes fit a clip; lower frames or size")
    }
  }
}
