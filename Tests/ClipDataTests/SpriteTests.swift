import ClipData
import Foundation
import TensorCore
import Testing

@Suite("sprites")
struct SpriteTests {
  @Test("clip 0 of seed 0 keeps its bits")
  func golden() throws {
    let clip = try Sprites(seed: 0).clip(0)
    #expect(clip.clip.pixels.count == 33 * 64 * 64 * 3)
    #expect(hash(clip.clip.pixels) == "cc59c31ffbc782f9")
    #expect(hash(clip.labels) == "ae8d707c55c96b12")
  }

  @Test("a clip made alone equals the same clip made among others")
  func alone() throws {
    let sprites = try Sprites(seed: 5)
    let together = (0..<4).map { sprites.clip($0) }
    #expect(try Sprites(seed: 5).clip(2) == together[2])
    #expect(together[1].clip.pixels != together[2].clip.pixels)
  }

  @Test("without camera, zoom and speed every frame is the same")
  func staticScene() throws {
    var options = SpriteOptions()
    options.frames = 6
    options.cameraRadius = 0...0
    options.zoomAmplitude = 0
    options.speed = 0
    let clip = try Sprites(options, seed: 1).clip(0)
    let frame = clip.clip.pixels.prefix(64 * 64 * 3)
    #expect(clip.clip.pixels == (0..<6).flatMap { _ in frame })
    #expect(clip.labels == (0..<6).flatMap { _ in clip.labels.prefix(64 * 64) })
    // And each of the three moves something.
    for name in ["camera_radius", "zoom_amplitude", "speed"] {
      var moving = options
      try moving.set(name, to: "0.5")
      let other = try Sprites(moving, seed: 1).clip(0).clip.pixels
      #expect(other != (0..<6).flatMap { _ in other.prefix(64 * 64 * 3) })
    }
  }

  @Test("pictures and labels agree with a painter that asks every object at every sample")
  func agreesWithPlainPainter() throws {
    var options = SpriteOptions()
    options.frames = 3
    options.size = 40
    options.cameraRate = 1...2  // three frames far apart
    options.speed = 2
    let sprites = try Sprites(options, seed: 21)
    for index in 0..<12 {
      let clip = sprites.clip(index)
      var (wrongLabels, wrongPixels): ([Int], [Int]) = ([], [])
      let painter = PlainPainter(options: options, scene: sprites.scene(index))
      for frame in 0..<3 {
        for row in 0..<40 {
          for column in 0..<40 {
            let place = (frame * 40 + row) * 40 + column
            if let label = painter.label(frame, row, column) {
              if clip.labels[place] != label { wrongLabels.append(place) }
            }
            guard let colour = painter.colour(frame, row, column) else { continue }
            for channel in 0..<3 {
              let got = Double(clip.clip.pixels[place * 3 + channel])
              if abs(got - colour[channel] * 255) > 0.5 + 1e-6 { wrongPixels.append(place) }
            }
          }
        }
      }
      #expect(wrongLabels == [] && wrongPixels == [], "clip \(index)")
    }
  }

  @Test("an object without others is lit from 1 at its centre to the edge's light")
  func falloff() throws {
    var options = SpriteOptions()
    options.frames = 1
    options.size = 65
    options.supersampling = 1
    let disc = SpriteObject(
      .disc, colour: SIMD3(1, 0.5, 0), radius: 1, depth: 0, start: .zero)
    let clip = try Sprites(options, seed: 0).clip(of: Self.scene([disc]), named: "a disc")
    let middle = (32 * 65 + 32) * 3
    #expect(Array(clip.clip.pixels[middle..<middle + 3]) == [255, 128, 0])
    // The last pixel of the disc in the middle row lies 27/65 of the view's side from the centre.
    let edge = middle + 27 * 3
    let light = 1 - 0.2 * (27.0 * 2.4 / 65)
    #expect(clip.labels[edge / 3] == 1 && clip.labels[edge / 3 + 1] == 0)
    #expect(clip.clip.pixels[edge] == UInt8(255 * light + 0.5))
  }
}

// MARK: - Camera
extension SpriteTests {
  static func scene(_ objects: [SpriteObject]) -> SpriteScene {
    SpriteScene(
      objects: objects, camera: SpriteCamera(),
      background: SpriteBackground(top: .zero, bottom: SIMD3(1, 1, 1)))
  }

  /// The mean row and column of a label, in pixels from the middle of the frame, and its count.
  static func centroid(
    _ clip: LabelledClip, frame: Int
  ) -> (row: Double, column: Double, count: Int) {
    let size = clip.clip.height
    var (row, column, count) = (0.0, 0.0, 0)
    for place in 0..<size * size where clip.labels[frame * size * size + place] == 1 {
      row += Double(place / size) + 0.5 - Double(size) / 2
      column += Double(place % size) + 0.5 - Double(size) / 2
      count += 1
    }
    return (row / Double(count), column / Double(count), count)
  }

  @Test("the camera's circle moves a still disc the other way")
  func cameraPath() throws {
    var options = SpriteOptions()
    options.frames = 5
    options.viewHalfWidth = 2
    options.size = 128
    let disc = SpriteObject(.disc, colour: SIMD3(1, 0, 0), radius: 0.5, depth: 0, start: .zero)
    var scene = Self.scene([disc])
    scene.camera.radius = 1
    scene.camera.rate = .pi / 2
    let clip = try Sprites(options, seed: 0).clip(of: scene, named: "a circle")
    // The camera is at (0, 1), (1, 0), (0, -1), (-1, 0): a quarter of the view is 32 pixels.
    let expected: [(Double, Double)] = [(-32, 0), (0, -32), (32, 0), (0, 32), (-32, 0)]
    for (frame, (row, column)) in expected.enumerated() {
      let found = Self.centroid(clip, frame: frame)
      #expect(abs(found.row - row) < 1e-9 && abs(found.column - column) < 1e-9)
      #expect(abs(Double(found.count) - .pi * 16 * 16) < 20)
    }
  }

  @Test("zoom divides the view, about its centre")
  func zoom() throws {
    var options = SpriteOptions()
    options.frames = 3
    options.viewHalfWidth = 2
    options.size = 128
    let square = SpriteObject(
      .square, colour: SIMD3(1, 0, 0), radius: 0.25, depth: 0, start: SIMD2(0.5, -0.25))
    var scene = Self.scene([square])
    scene.camera.zoomAmplitude = 0.5
    scene.camera.zoomRate = .pi / 2
    let clip = try Sprites(options, seed: 0).clip(of: scene, named: "a zoom")
    for (frame, zoom) in [1, 1.5, 1].enumerated() {
      let found = Self.centroid(clip, frame: frame)
      #expect(abs(found.column - 16 * zoom) < 1e-9 && abs(found.row + 8 * zoom) < 1e-9)
      #expect(found.count == Int(256 * zoom * zoom))
    }
  }

  @Test("the gradient stays with the view, the checker with the world")
  func background() throws {
    var options = SpriteOptions()
    options.frames = 2
    options.viewHalfWidth = 1
    options.size = 64
    options.checkerContrast = 0.25
    var scene = Self.scene([])
    scene.background = SpriteBackground(top: SIMD3(0.5, 0.5, 0.5), bottom: SIMD3(0.5, 0.5, 0.5))
    // A quarter of a turn brings the camera from (0, 0.25) to (0.25, 0): one cell each way.
    scene.camera.radius = 0.25
    scene.camera.rate = .pi / 2
    let checker = try Sprites(options, seed: 0).clip(of: scene, named: "a checker").clip.pixels
    for row in 0..<64 {
      for column in 0..<64 {
        // A cell is eight pixels; in frame 0 the top row is at -0.75, an odd cell.
        let isLight = (row / 8 + column / 8) % 2 == 1
        let place = (row * 64 + column) * 3
        #expect(checker[place] == (isLight ? 191 : 64))
        #expect(checker[64 * 64 * 3 + place] == checker[place])
      }
    }
    options.checkerContrast = 0
    scene.background = SpriteBackground(top: .zero, bottom: SIMD3(1, 0.5, 0))
    let gradient = try Sprites(options, seed: 0).clip(of: scene, named: "a gradient").clip.pixels
    for frame in 0..<2 {
      for row in 0..<64 {
        let place = (frame * 64 + row) * 64 * 3
        let height = (Double(row) + 0.5) / 64
        #expect(gradient[place] == UInt8(255 * height + 0.5))
        #expect(gradient[place + 1] == UInt8(127.5 * height + 0.5))
        #expect(gradient[place + 2] == 0)
      }
    }
  }
}

// MARK: - A plain painter
/// Asks every object at every sample, with outlines as polygons and light along rays.
struct PlainPainter {
  let options: SpriteOptions
  let scene: SpriteScene

  /// Where the sample at fractions of the view's sides lies in the world.
  func world(_ frame: Int, _ down: Double, _ right: Double) -> SIMD2<Double> {
    let half = options.viewHalfWidth / scene.camera.zoom(frame: frame)
    return scene.camera.centre(frame: frame) + half * SIMD2(2 * right - 1, 2 * down - 1)
  }

  /// How far along the ray from the object's centre to its edge a point lies.
  func reach(_ object: SpriteObject, _ frame: Int, _ point: SIMD2<Double>) -> Double {
    let offset = point - object.position(frame: frame, worldHalfWidth: options.worldHalfWidth)
    guard object.shape != .disc else {
      return (offset * offset).sum().squareRoot() / object.radius
    }
    let count = object.shape == .square ? 4 : 3
    let far = object.radius * (count == 4 ? 2.0.squareRoot() : 1)
    let corners = (0..<count).map { corner -> SIMD2<Double> in
      let turn = 2 * Double.pi * Double(corner) / Double(count)
      let angle = object.orientation + turn + (count == 4 ? .pi / 4 : 0)
      return SIMD2(far * cos(angle), far * sin(angle))
    }
    // offset = s a + r b for neighbouring corners a and b with s, r >= 0: the edge has s + r = 1.
    for (index, a) in corners.enumerated() {
      let b = corners[(index + 1) % count]
      let area = a.x * b.y - a.y * b.x
      let s = (offset.x * b.y - offset.y * b.x) / area
      let r = (a.x * offset.y - a.y * offset.x) / area
      if s >= -1e-12 && r >= -1e-12 { return s + r }
    }
    return 0
  }

  /// The visible object; nil when the point lies on an edge, so that rounding decides.
  func visible(_ frame: Int, _ point: SIMD2<Double>) -> (label: Int, reach: Double)? {
    var best: (label: Int, reach: Double) = (0, 0)
    for (index, object) in scene.objects.enumerated() {
      let reach = reach(object, frame, point)
      if abs(reach - 1) < 1e-9 { return nil }
      let isAbove = best.label == 0 || object.depth > scene.objects[best.label - 1].depth
      if reach < 1 && isAbove { best = (index + 1, reach) }
    }
    return best
  }

  func label(_ frame: Int, _ row: Int, _ column: Int) -> UInt8? {
    let size = Double(options.size)
    let point = world(frame, (Double(row) + 0.5) / size, (Double(column) + 0.5) / size)
    return visible(frame, point).map { UInt8($0.label) }
  }

  /// The mean of a pixel's samples; nil when one is undecided.
  func colour(_ frame: Int, _ row: Int, _ column: Int) -> SIMD3<Double>? {
    let count = options.supersampling
    let side = Double(options.size * count)
    var total = SIMD3<Double>.zero
    for sample in 0..<count * count {
      let down = (Double(row * count + sample / count) + 0.5) / side
      let right = (Double(column * count + sample % count) + 0.5) / side
      let point = world(frame, down, right)
      let cells = point / options.checkerCell
      let isNearBorder =
        abs(cells.x - cells.x.rounded()) < 1e-9 || abs(cells.y - cells.y.rounded()) < 1e-9
      guard let (label, reach) = visible(frame, point), label > 0 || !isNearBorder else {
        return nil
      }
      if label > 0 {
        total += scene.objects[label - 1].colour * (1 - (1 - options.edgeLight) * reach)
      } else {
        let cell = Int(cells.x.rounded(.down)) + Int(cells.y.rounded(.down))
        let change = cell % 2 == 0 ? options.checkerContrast : -options.checkerContrast
        let (top, bottom) = (scene.background.top, scene.background.bottom)
        total += top + (bottom - top) * down + SIMD3(repeating: change)
      }
    }
    return total / Double(count * count)
  }
}
