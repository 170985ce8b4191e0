import Glibc
import TensorCore

/// What one clip shows: its objects, its camera and its background, before any pixel.
///
/// Everything is drawn from the clip's key, `Key(seed).folded(index)`, so any clip can be made
/// alone. Each quantity has a key of its own, the clip's key folded with its name, whose number
/// `i` belongs to object `i` (or to the background's colour `i`); pairs take numbers `2i` and
/// `2i + 1`. So one option changes one quantity, and object `i` is the same however many follow:
///
///     count
///     object.shape  object.hue  object.value  object.radius  object.orientation
///     object.depth  object.position (pairs)  object.static  object.velocity (pairs)
///     camera.radius  camera.rate  camera.phase (0 of x, 1 of y)  zoom.rate  zoom.phase
///     background.hue  background.saturation  background.value  (0 at the top, 1 at the bottom)
public struct SpriteScene: Sendable, Hashable {
  /// Object `i` has the label `i + 1`.
  public var objects: [SpriteObject]
  public var camera: SpriteCamera
  public var background: SpriteBackground

  public init(objects: [SpriteObject], camera: SpriteCamera, background: SpriteBackground) {
    self.objects = objects
    self.camera = camera
    self.background = background
  }

  /// The scene of clip `index` of `seed`.
  public init(_ options: SpriteOptions, seed: UInt64, index: Int) {
    let key = Key(seed).folded(UInt64(index))
    let count = Draw(key, "count").integer(in: options.objects)
    // Ranks of independent draws are a random permutation; equal draws keep their order.
    let depth = Draw(key, "object.depth")
    let order = (0..<count).sorted { (depth.number($0), $0) < (depth.number($1), $1) }
    var ranks = [Int](repeating: 0, count: count)
    for (rank, object) in order.enumerated() { ranks[object] = rank }
    objects = (0..<count).map { SpriteObject(options, key, number: $0, depth: ranks[$0]) }
    camera = SpriteCamera(options, key)
    background = SpriteBackground(options, key)
  }
}

/// One flat object that moves in the world.
public struct SpriteObject: Sendable, Hashable {
  public enum Shape: Int, Sendable, CaseIterable { case disc, square, triangle }

  public var shape: Shape
  /// Red, green and blue in [0, 1].
  public var colour: SIMD3<Double>
  /// Disc radius, half side of the square, circumradius of the triangle, in world units.
  public var radius: Double
  /// In radians, from the x axis towards the y axis, which points down.
  public var orientation: Double
  /// Objects are painted in this order, 0 first: a larger depth covers a smaller one.
  public var depth: Int
  /// Its centre in frame 0.
  public var start: SIMD2<Double>
  /// In world units per frame.
  public var velocity: SIMD2<Double>

  public init(
    _ shape: Shape, colour: SIMD3<Double>, radius: Double, orientation: Double = 0, depth: Int,
    start: SIMD2<Double>, velocity: SIMD2<Double> = .zero
  ) {
    self.shape = shape
    self.colour = colour
    self.radius = radius
    self.orientation = orientation
    self.depth = depth
    self.start = start
    self.velocity = velocity
  }

  init(_ options: SpriteOptions, _ key: Key, number: Int, depth: Int) {
    let world = options.worldHalfWidth
    let hue = Draw(key, "object.hue").integer(in: 0...options.hues - 1, at: number)
    let value = Draw(key, "object.value").number(in: options.value, at: number)
    let isStatic = Draw(key, "object.static").number(number) < options.staticFraction
    let kinds = Shape.allCases
    self.init(
      kinds[Draw(key, "object.shape").integer(in: 0...kinds.count - 1, at: number)],
      colour: rgb(
        hue: Double(hue) / Double(options.hues), saturation: options.saturation, value: value),
      radius: Draw(key, "object.radius").number(in: options.radius, at: number),
      orientation: Draw(key, "object.orientation").angle(number), depth: depth,
      start: Draw(key, "object.position").pair(in: -world...world, at: number),
      velocity: isStatic
        ? .zero
        : Draw(key, "object.velocity").pair(in: -options.speed...options.speed, at: number))
  }

  /// Its centre in a frame: a straight line, folded at the world's border as by elastic walls.
  public func position(frame: Int, worldHalfWidth half: Double) -> SIMD2<Double> {
    let line = start + Double(frame) * velocity
    return SIMD2(reflected(line.x, half), reflected(line.y, half))
  }

  /// `x` folded into -half ... half, a triangle wave of period 4 half.
  private func reflected(_ x: Double, _ half: Double) -> Double {
    guard abs(x) > half else { return x }
    let turns = (x + half) / (4 * half)
    let phase = (turns - turns.rounded(.down)) * 4 * half
    return (phase <= 2 * half ? phase : 4 * half - phase) - half
  }
}

/// Where the camera looks in each frame: a circle about the world's centre, and a swinging zoom.
public struct SpriteCamera: Sendable, Hashable {
  public var radius: Double
  /// In radians per frame.
  public var rate: Double
  public var phase: SIMD2<Double>
  public var zoomAmplitude: Double
  /// In radians per frame.
  public var zoomRate: Double
  public var zoomPhase: Double

  init(_ options: SpriteOptions, _ key: Key) {
    radius = Draw(key, "camera.radius").number(in: options.cameraRadius)
    rate = Draw(key, "camera.rate").number(in: options.cameraRate)
    phase = SIMD2(Draw(key, "camera.phase").angle(0), Draw(key, "camera.phase").angle(1))
    zoomAmplitude = options.zoomAmplitude
    zoomRate = Draw(key, "zoom.rate").number(in: options.zoomRate)
    zoomPhase = Draw(key, "zoom.phase").angle(0)
  }

  /// A camera above the world's centre that does not move.
  public init() {
    (radius, rate, phase) = (0, 0, .zero)
    (zoomAmplitude, zoomRate, zoomPhase) = (0, 0, 0)
  }

  /// c(t) = a [sin(ωt + φ1), cos(ωt + φ2)]
  public func centre(frame: Int) -> SIMD2<Double> {
    let angle = rate * Double(frame)
    return radius * SIMD2(sin(angle + phase.x), cos(angle + phase.y))
  }

  public func zoom(frame: Int) -> Double {
    1 + zoomAmplitude * sin(zoomRate * Double(frame) + zoomPhase)
  }
}

/// A vertical gradient between two colours, in view coordinates.
public struct SpriteBackground: Sendable, Hashable {
  public var top: SIMD3<Double>
  public var bottom: SIMD3<Double>

  public init(top: SIMD3<Double>, bottom: SIMD3<Double>) {
    self.top = top
    self.bottom = bottom
  }

  init(_ options: SpriteOptions, _ key: Key) {
    let ends = (0..<2).map { end in
      rgb(
        hue: Draw(key, "background.hue").number(end),
        saturation: Draw(key, "background.saturation").number(
          in: options.backgroundSaturation, at: end),
        value: Draw(key, "background.value").number(in: options.backgroundValue, at: end))
    }
    self.init(top: ends[0], bottom: ends[1])
  }
}
