import ClipData
import Foundation
import TensorCore
import Testing

@Suite("images of sprites")
struct MultiDSpritesTests {
  static func scenes(
    _ options: MultiDSpritesOptions = MultiDSpritesOptions()
  ) throws -> [MultiDSpritesScene] {
    let generator = try MultiDSprites(options, seed: 17)
    return (0..<2000).map(generator.scene)
  }

  @Test("pictures and labels agree with a painter that asks every sprite at every pixel")
  func agreesWithPlainPainter() throws {
    var options = MultiDSpritesOptions()
    options.size = 48
    let generator = try MultiDSprites(options, seed: 8)
    var undecided = 0
    for index in 0..<60 {
      let (clip, scene) = (generator.clip(index), generator.scene(index))
      let colours = [scene.background] + scene.sprites.map(\.colour)
      let wrong = (0..<48 * 48).filter { place in
        let x = (Double(place % 48) + 0.5) * 64 / 48
        let y = (Double(place / 48) + 0.5) * 64 / 48
        let label = Int(clip.labels[place])
        if colour(clip, place) != colours[label] { return true }
        let inner = scene.sprites.lastIndex { Self.contains($0, SIMD2(x, y), slack: -1e-9) }
        let outer = scene.sprites.lastIndex { Self.contains($0, SIMD2(x, y), slack: 1e-9) }
        if inner != outer { undecided += 1 }
        return label != (inner ?? -1) + 1 && label != (outer ?? -1) + 1
      }
      #expect(wrong == [], "image \(index)")
    }
    #expect(undecided < 60)
  }

  /// Whether a point in 64ths of the side lies in the sprite: corners, foci and discs.
  static func contains(
    _ sprite: MultiDSprite, _ point: SIMD2<Double>, slack: Double
  ) -> Bool {
    let along = SIMD2(cos(sprite.orientation), sin(sprite.orientation)) * sprite.scale
    let down = SIMD2(-along.y, along.x)
    let middle = sprite.centre * 64
    func place(_ u: Double, _ v: Double) -> SIMD2<Double> { middle + u * along + v * down }
    func distance(_ other: SIMD2<Double>) -> Double {
      let offset = point - other
      return (offset * offset).sum().squareRoot()
    }
    func inPolygon(_ corners: [SIMD2<Double>]) -> Bool {
      corners.indices.allSatisfy { index in
        let (a, b) = (corners[index], corners[(index + 1) % corners.count])
        return (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) >= -slack
      }
    }
    switch sprite.shape {
    case .square:
      return inPolygon([place(-11, -11), place(11, -11), place(11, 11), place(-11, 11)])
    case .ellipse:
      let focus = (13.0 * 13 - 6.5 * 6.5).squareRoot()
      return distance(place(-focus, 0)) + distance(place(focus, 0)) <= 26 * sprite.scale + slack
    case .heart:
      // 24 wide: a side s of the square makes s / √2 + s. The top lies s/2 above the middles of
      // the upper sides, which lie s / √8 above the centre.
      let s = 24 / (1 + 0.5.squareRoot())
      let (top, bottom) = (s / 8.0.squareRoot() + s / 2, s / 2.0.squareRoot())
      let (half, centre) = (s / 2.0.squareRoot(), (top - bottom) / 2)
      let discs = [-1.0, 1].map { place($0 * s / 8.0.squareRoot(), centre - s / 8.0.squareRoot()) }
      return discs.contains { distance($0) <= s / 2 * sprite.scale + slack }
        || inPolygon([
          place(0, centre - half), place(half, centre), place(0, centre + half),
          place(-half, centre),
        ])
    }
  }

  @Test("shapes have the sizes of the options and stand in the middle")
  func sizes() throws {
    var options = MultiDSpritesOptions()
    options.size = 640
    options.sprites = 1...1
    options.scale = 1...1
    options.orientations = 1
    options.centre = 0.5...0.5
    let generator = try MultiDSprites(options, seed: 2)
    for (shape, width, height, area) in [
      (MultiDSprite.Shape.square, 220.0, 220.0, 220.0 * 220),
      (.ellipse, 260, 130, .pi * 130 * 65),
      // With d half the square's diagonal: 1 + √2, 3/2 + 1/√2, and 2 d² + π d² / 2.
      (.heart, 240, 219.41, 99.4113 * 99.4113 * (2 + .pi / 2)),
    ] {
      let index = try #require(
        (0..<100).first { generator.scene($0).sprites[0].shape == shape })
      let labels = generator.clip(index).labels
      let places = labels.indices.filter { labels[$0] == 1 }
      let (rows, columns) = (places.map { $0 / 640 }, places.map { $0 % 640 })
      let (top, bottom) = (try #require(rows.min()), try #require(rows.max()))
      let (left, right) = (try #require(columns.min()), try #require(columns.max()))
      #expect(abs(Double(right + 1 - left) - width) <= 1 && left + right == 639)
      // The point of the heart is narrower than a pixel.
      #expect(abs(Double(bottom + 1 - top) - height) <= 2 && abs(top + bottom - 639) <= 2)
      // Each row and column is right to a pixel at each end.
      #expect(abs(Double(places.count) - area) <= 2 * height)
      if shape == .heart {
        // It points down.
        #expect(places.filter { $0 / 640 == bottom }.allSatisfy { abs($0 % 640 - 320) <= 2 })
      }
    }
  }

  @Test("counts, shapes, scales, orientations, places and colours are drawn evenly")
  func choices() throws {
    let scenes = try Self.scenes()
    let sprites = scenes.flatMap(\.sprites)
    expectEven(scenes.map(\.sprites.count), [1, 2, 3, 4])
    expectEven(sprites.map(\.shape), MultiDSprite.Shape.allCases)
    expectEven(sprites.map { ($0.scale * 10).rounded() / 10 }, [0.5, 0.6, 0.7, 0.8, 0.9, 1])
    let turns = sprites.map { $0.orientation / (2 * .pi) * 39 }
    #expect(turns.allSatisfy { abs($0 - $0.rounded()) < 1e-9 })
    expectEven(turns.map { Int($0.rounded()) }, Array(0..<40))
    for axis in 0..<2 {
      // From pixel 16 to 48 in 31 steps.
      let places = sprites.map { ($0.centre[axis] * 64 - 16) / 32 * 31 }
      #expect(places.allSatisfy { abs($0 - $0.rounded()) < 1e-9 })
      expectEven(places.map { Int($0.rounded()) }, Array(0..<32))
    }
    for channel in 0..<3 {
      expectEven(scenes.map { $0.background[channel] }, [0, 63, 127, 191, 255])
      expectEven(sprites.map { $0.colour[channel] }, [0, 63, 127, 191, 255])
    }
  }

  @Test("unique colours are all different, and the last is still any")
  func unique() throws {
    var options = MultiDSpritesOptions()
    options.levels = 2
    options.sprites = 7...7
    func repeats(_ scenes: [MultiDSpritesScene]) -> Int {
      scenes.count { Set([$0.background] + $0.sprites.map(\.colour)).count < 8 }
    }
    // Eight free draws of eight differ once in 8^8 / 8! = 416.
    #expect(repeats(try Self.scenes(options)) > 1900)
    options.unique = true
    let scenes = try Self.scenes(options)
    #expect(repeats(scenes) == 0)
    let corners: [UInt8] = [0, 255]
    let colours = corners.flatMap { red in
      corners.flatMap { green in corners.map { SIMD3(red, green, $0) } }
    }
    expectEven(scenes.map { $0.sprites[6].colour }, colours)
  }

  @Test("an option changes one quantity only")
  func optionsAreIndependent() throws {
    var options = MultiDSpritesOptions()
    options.scale = 2...2
    options.sprites = 4...4
    for (left, right) in zip(try Self.scenes(), try Self.scenes(options)) {
      #expect(left.background == right.background && right.sprites.count == 4)
      for (mine, other) in zip(left.sprites, right.sprites) {
        #expect(mine.centre == other.centre && mine.colour == other.colour)
        #expect(mine.orientation == other.orientation && other.scale == 2)
      }
    }
  }
}
