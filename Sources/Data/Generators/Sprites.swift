import TensorCore

/// Procedural clips of flat objects that move under a moving camera, with labels.
public struct Sprites: ClipGenerator {
  public static let summary = "clips of moving shapes under a moving camera"
  public static let example = "frames=12 size=32"
  public static let isVideo = true

  public let options: SpriteOptions
  public let seed: UInt64

  /// - Errors: `clip.option-range`.
  public init(_ options: SpriteOptions = SpriteOptions(), seed: UInt64) throws(Diagnostic) {
    try options.check()
    self.options = options
    self.seed = seed
  }

  /// - Shapes: `u8[frames, size, size, 3]`, labels `u8[frames, size, size]`: 0 is the background
  ///   and `i + 1` object `i` of `scene(index)`.
  public func clip(_ index: Int) -> LabelledClip {
    clip(of: scene(index), named: "sprites, seed \(seed), clip \(index)")
  }

  /// A scene of one's own, rendered with these options.
  ///
  /// - Precondition: at most 255 objects.
  public func clip(of scene: SpriteScene, named source: String) -> LabelledClip {
    let (video, labels) = rendered(scene)
    return LabelledClip(
      Clip(
        pixels: video, frameCount: options.frames, height: options.size, width: options.size,
        source: source),
      labels: labels)
  }

  public func scene(_ index: Int) -> SpriteScene {
    SpriteScene(options, seed: seed, index: index)
  }

  func rendered(_ scene: SpriteScene) -> (video: [UInt8], labels: [UInt8]) {
    var renderer = SpriteRenderer(options, scene)
    return renderer.render()
  }
}
