import Glibc
import TensorCore

/// Pictures and labels of one scene: background, then objects from the lowest depth to the highest.
///
/// - Cost: plain loops over each object's bounding square; memory for one supersampled frame.
struct SpriteRenderer {
  let options: SpriteOptions
  let scene: SpriteScene
  /// Objects in the order of painting, with their labels.
  private let painted: [(label: UInt8, object: SpriteObject)]
  /// Red, green and blue of each sample of one frame.
  private var samples: [Double]

  init(_ options: SpriteOptions, _ scene: SpriteScene) {
    self.options = options
    self.scene = scene
    painted = scene.objects.enumerated().map { (label: UInt8($0 + 1), object: $1) }
      .sorted { $0.object.depth < $1.object.depth }
    let side = options.size * options.supersampling
    samples = [Double](repeating: 0, count: side * side * 3)
  }

  /// `video: u8[frames, size, size, 3]` and `labels: u8[frames, size, size]`, row-major.
  mutating func render() -> (video: [UInt8], labels: [UInt8]) {
    var video: [UInt8] = []
    var labels: [UInt8] = []
    video.reserveCapacity(options.pixelByteCount)
    labels.reserveCapacity(options.pixelByteCount / 3)
    for frame in 0..<options.frames {
      paintBackground(frame)
      for entry in painted { paint(entry.object, frame) }
      appendPixels(to: &video)
      appendLabels(frame, to: &labels)
    }
    return (video, labels)
  }

  private func view(_ frame: Int, side: Int) -> SpriteView {
    SpriteView(
      centre: scene.camera.centre(frame: frame),
      halfWidth: options.viewHalfWidth / scene.camera.zoom(frame: frame), side: side)
  }

  private func silhouette(_ object: SpriteObject, _ frame: Int) -> Silhouette {
    Silhouette(
      object,
      at: object.position(frame: frame, worldHalfWidth: options.worldHalfWidth))
  }
}

// MARK: - One frame
extension SpriteRenderer {
  private mutating func paintBackground(_ frame: Int) {
    let side = options.size * options.supersampling
    let view = view(frame, side: side)
    let contrast = options.checkerContrast
    // A cell's sign is a product of one sign per column and one per row.
    let signs = (0..<side).map { sign(view.x($0)) }
    for row in 0..<side {
      let height = (Double(row) + 0.5) / Double(side)
      let colour = scene.background.top * (1 - height) + scene.background.bottom * height
      let light = contrast * sign(view.y(row))
      for column in 0..<side {
        let change = light * signs[column]
        let sample = (row * side + column) * 3
        for channel in 0..<3 { samples[sample + channel] = colour[channel] + change }
      }
    }
  }

  /// 1 in even cells of the checker along one axis, -1 in odd ones.
  private func sign(_ position: Double) -> Double {
    let cell = (position / options.checkerCell).rounded(.down)
    return cell.truncatingRemainder(dividingBy: 2) == 0 ? 1 : -1
  }

  private mutating func paint(_ object: SpriteObject, _ frame: Int) {
    let side = options.size * options.supersampling
    let (colour, falloff) = (object.colour, 1 - options.edgeLight)
    silhouette(object, frame).forEachSample(of: view(frame, side: side)) { sample, gauge in
      let light = 1 - falloff * gauge
      for channel in 0..<3 { samples[sample * 3 + channel] = colour[channel] * light }
    }
  }

  /// Means of each pixel's samples, times 255, rounded with halves up.
  private func appendPixels(to video: inout [UInt8]) {
    let (count, size) = (options.supersampling, options.size)
    let scale = 255 / Double(count * count)
    for row in 0..<size {
      for column in 0..<size {
        for channel in 0..<3 {
          var total = 0.0
          for y in row * count..<(row + 1) * count {
            for x in column * count..<(column + 1) * count {
              total += samples[(y * size * count + x) * 3 + channel]
            }
          }
          video.append(UInt8(max(0, min(255, total * scale + 0.5))))
        }
      }
    }
  }

  /// The label of what is visible at each pixel's centre.
  private func appendLabels(_ frame: Int, to labels: inout [UInt8]) {
    let base = labels.count
    labels.append(contentsOf: repeatElement(0, count: options.size * options.size))
    for (label, object) in painted {
      silhouette(object, frame).forEachSample(of: view(frame, side: options.size)) { sample, _ in
        labels[base + sample] = label
      }
    }
  }
}

// MARK: - Geometry

/// A square of `side` x `side` samples over the world, each at the centre of its cell.
struct SpriteView {
  let left: Double
  let top: Double
  let step: Double
  let side: Int

  init(centre: SIMD2<Double>, halfWidth: Double, side: Int) {
    left = centre.x - halfWidth
    top = centre.y - halfWidth
    step = 2 * halfWidth / Double(side)
    self.side = side
  }

  func x(_ column: Int) -> Double { left + (Double(column) + 0.5) * step }
  func y(_ row: Int) -> Double { top + (Double(row) + 0.5) * step }

  /// The samples whose position lies within `reach` of `centre`, along an axis that starts at
  /// `start`; one more on each side, so that rounding loses none.
  func span(_ centre: Double, reach: Double, from start: Double) -> Range<Int> {
    let low = ((centre - reach - start) / step - 1).rounded(.down)
    let high = ((centre + reach - start) / step + 1).rounded(.up)
    let first = max(0, min(Double(side), low))
    return Int(first)..<Int(max(first, min(Double(side), high)))
  }
}

/// An object's outline in one frame, by its *gauge*: 0 at the centre, 1 on the edge, linear between.
struct Silhouette {
  let shape: SpriteObject.Shape
  let centre: SIMD2<Double>
  /// Distance from the centre to the farthest corner.
  let reach: Double
  private let inverseRadius: Double
  private let cosine: Double
  private let sine: Double

  init(_ object: SpriteObject, at centre: SIMD2<Double>) {
    shape = object.shape
    self.centre = centre
    reach = object.radius * (object.shape == .square ? 2.0.squareRoot() : 1)
    inverseRadius = 1 / object.radius
    cosine = cos(object.orientation)
    sine = sin(object.orientation)
  }

  /// A triangle of circumradius 1 has inradius 1/2 and a corner at (1, 0): its gauge is twice the
  /// largest projection on the normals of its sides, (-1, 0) and (1/2, ±√3/2).
  @inline(__always)
  func gauge(_ x: Double, _ y: Double) -> Double {
    let dx = (x - centre.x) * inverseRadius
    let dy = (y - centre.y) * inverseRadius
    if shape == .disc { return (dx * dx + dy * dy).squareRoot() }
    let u = cosine * dx + sine * dy
    let v = cosine * dy - sine * dx
    return shape == .square ? max(abs(u), abs(v)) : max(-2 * u, u + 3.0.squareRoot() * abs(v))
  }

  /// Calls `body` with the number and the gauge of every sample inside or on the edge.
  @inline(__always)
  func forEachSample(of view: SpriteView, _ body: (Int, Double) -> Void) {
    let columns = view.span(centre.x, reach: reach, from: view.left)
    for row in view.span(centre.y, reach: reach, from: view.top) {
      let y = view.y(row)
      for column in columns {
        let gauge = gauge(view.x(column), y)
        if gauge <= 1 { body(row * view.side + column, gauge) }
      }
    }
  }
}
