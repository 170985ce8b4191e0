import Glibc
import TensorCore

/// Images of one to four plain sprites that may cover each other, on a plain background.
///
/// A pixel has the colour of what lies at its centre, without a mixture at edges, as in the
/// original, whose masks are the shapes themselves.
///
/// - Source: a substitute for Multi-dSprites (Kabra et al., "Multi-object datasets", 2019), whose
///   sprites are those of dSprites (Matthey et al., 2017), by the rule of the generator that came
///   with GENESIS (Engelcke et al., ICLR 2020). The heart is our own: a square on its corner with
///   half a disc on each upper side.
public struct MultiDSprites: ClipGenerator {
  public static let summary = "images of plain sprites that cover each other"
  public static let example = "unique=true"
  public static let isVideo = false

  public let options: MultiDSpritesOptions
  public let seed: UInt64

  /// - Errors: `clip.option-range`.
  public init(
    _ options: MultiDSpritesOptions = MultiDSpritesOptions(), seed: UInt64
  ) throws(Diagnostic) {
    try options.check()
    self.options = options
    self.seed = seed
  }

  /// - Shapes: `u8[1, size, size, 3]`, labels `u8[1, size, size]`: 0 is the background and `i + 1`
  ///   where sprite `i` of `scene(index)` is visible.
  public func clip(_ index: Int) -> LabelledClip {
    let scene = scene(index)
    let size = options.size
    var labels = [UInt8](repeating: 0, count: size * size)
    for (number, sprite) in scene.sprites.enumerated() {
      let outline = SpriteOutline(sprite, options)
      let rows = outline.span(outline.centre.y, size)
      for column in outline.span(outline.centre.x, size) {
        for row in rows where outline.contains(Double(column) + 0.5, Double(row) + 0.5) {
          labels[row * size + column] = UInt8(number + 1)
        }
      }
    }
    let colours = [scene.background] + scene.sprites.map(\.colour)
    return image(index, pixels: colours.pixels(of: labels), labels: labels)
  }

  public func scene(_ index: Int) -> MultiDSpritesScene {
    MultiDSpritesScene(options, key(index))
  }
}

extension [SIMD3<UInt8>] {
  /// The colour of each label: red, green, blue.
  func pixels(of labels: [UInt8]) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(labels.count * 3)
    for label in labels {
      let colour = self[Int(label)]
      for channel in 0..<3 { pixels.append(colour[channel]) }
    }
    return pixels
  }
}

// MARK: - Scenes

/// What one image shows, drawn by the names
///
///     count  colour (0 of the background, i + 1 of sprite i)
///     sprite.shape  sprite.scale  sprite.orientation  sprite.position (pairs)
public struct MultiDSpritesScene: Sendable, Hashable {
  public var background: SIMD3<UInt8>
  /// In the order of painting: a later one covers an earlier one. Sprite `i` has label `i + 1`.
  public var sprites: [MultiDSprite]

  init(_ options: MultiDSpritesOptions, _ key: Key) {
    let count = Draw(key, "count").integer(in: options.sprites)
    let levels = options.levels
    let colours = Draw(key, "colour").integers(
      count + 1, below: levels * levels * levels, areDistinct: options.unique
    ).map { number in
      let channels = SIMD3(number / (levels * levels), number / levels % levels, number % levels)
      return SIMD3<UInt8>(truncatingIfNeeded: channels &* 255 / (levels - 1))
    }
    background = colours[0]
    sprites = (0..<count).map { MultiDSprite(options, key, number: $0, colour: colours[$0 + 1]) }
  }
}

/// One flat shape.
public struct MultiDSprite: Sendable, Hashable {
  public enum Shape: Int, Sendable, CaseIterable { case square, ellipse, heart }

  public var shape: Shape
  public var colour: SIMD3<UInt8>
  public var scale: Double
  /// In radians, from the x axis towards the y axis, which points down.
  public var orientation: Double
  /// In parts of the image's side, from its upper left corner.
  public var centre: SIMD2<Double>

  init(_ options: MultiDSpritesOptions, _ key: Key, number: Int, colour: SIMD3<UInt8>) {
    shape = Draw(key, "sprite.shape").choice(of: Shape.allCases, at: number)
    self.colour = colour
    scale = Draw(key, "sprite.scale").step(in: options.scale, of: options.scales, at: number)
    orientation = Draw(key, "sprite.orientation").step(
      in: 0...2 * .pi, of: options.orientations, at: number)
    let position = Draw(key, "sprite.position")
    centre = SIMD2(
      position.step(in: options.centre, of: options.lattice, at: 2 * number),
      position.step(in: options.centre, of: options.lattice, at: 2 * number + 1))
  }
}

// MARK: - Geometry

/// A sprite in pixels.
private struct SpriteOutline {
  let shape: MultiDSprite.Shape
  let centre: SIMD2<Double>
  /// No point of the sprite is farther from its centre.
  private let reach: Double
  /// Half the shape's extents along its own axes; of a heart, half its width twice.
  private let half: SIMD2<Double>
  private let cosine: Double
  private let sine: Double

  init(_ sprite: MultiDSprite, _ options: MultiDSpritesOptions) {
    shape = sprite.shape
    centre = sprite.centre * Double(options.size)
    let extent =
      switch shape {
      case .square: SIMD2(options.square, options.square)
      case .ellipse: SIMD2(options.ellipseLength, options.ellipseWidth)
      case .heart: SIMD2(options.heart, options.heart)
      }
    half = extent * (sprite.scale * Double(options.size) / 64 / 2)
    reach = (half * half).sum().squareRoot()
    cosine = cos(sprite.orientation)
    sine = sin(sprite.orientation)
  }

  /// The pixels along one axis that the sprite may touch.
  func span(_ middle: Double, _ size: Int) -> Range<Int> {
    let limit = Double(size)
    let first = max(0, min(limit, (middle - reach).rounded(.down)))
    return Int(first)..<Int(max(first, min(limit, (middle + reach).rounded(.up))))
  }

  func contains(_ x: Double, _ y: Double) -> Bool {
    let (dx, dy) = (x - centre.x, y - centre.y)
    let (u, v) = (cosine * dx + sine * dy, cosine * dy - sine * dx)
    switch shape {
    case .square: return abs(u) <= half.x && abs(v) <= half.y
    case .ellipse:
      let (a, b) = (u / half.x, v / half.y)
      return a * a + b * b <= 1
    case .heart: return heartContains(abs(u), v)
    }
  }

  /// With d half the diagonal of the square, the discs have radius d/√2 and their centres at
  /// (±d/2, -d/2): from left to right the heart measures d (1 + √2), and from -d (1/2 + 1/√2)
  /// down to d, so that the middle of its height lies d (1/4 - √2/4) below the square's centre.
  private func heartContains(_ u: Double, _ v: Double) -> Bool {
    let root = 2.0.squareRoot()
    let d = 2 * half.x / (1 + root)
    let w = v + d * (1 - root) / 4
    let (a, b) = (u - d / 2, w + d / 2)
    return u + abs(w) <= d || a * a + b * b <= d * d / 2
  }
}
