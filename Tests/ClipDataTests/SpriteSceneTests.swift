import ClipData
import Foundation
import TensorCore
import Testing

@Suite("sprite scenes")
struct SpriteSceneTests {
  static let options = SpriteOptions()
  static let scenes = (0..<400).map { SpriteScene(options, seed: 11, index: $0) }
  static let objects = scenes.flatMap(\.objects)

  /// Hue in turns, saturation and value: the inverse of the hexcone, another way round.
  static func hsv(_ colour: SIMD3<Double>) -> (hue: Double, saturation: Double, value: Double) {
    let (high, low) = (colour.max(), colour.min())
    let span = high - low
    guard span > 0 else { return (0, 0, high) }
    let sixths =
      if high == colour.x {
        (colour.y - colour.z) / span
      } else if high == colour.y {
        2 + (colour.z - colour.x) / span
      } else {
        4 + (colour.x - colour.y) / span
      }
    return ((sixths < 0 ? sixths + 6 : sixths) / 6, span / high, high)
  }

  @Test("every count, shape and hue occurs, none beyond the options")
  func choices() {
    #expect(Set(Self.scenes.map(\.objects.count)) == Set(3...10))
    #expect(Set(Self.objects.map(\.shape)) == Set(SpriteObject.Shape.allCases))
    let hues = Self.objects.map { Self.hsv($0.colour).hue * 8 }
    #expect(Set(hues.map { Int($0.rounded()) }) == Set(0..<8))
    #expect(hues.allSatisfy { abs($0 - $0.rounded()) < 1e-9 })
  }

  /// Every value lies in the range, and some lie near both of its ends.
  func expectFills(
    _ values: [Double], _ range: ClosedRange<Double>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let slack = 1e-9 + 0.02 * (range.upperBound - range.lowerBound)
    let (low, high) = (try #require(values.min()), try #require(values.max()))
    #expect(low >= range.lowerBound - 1e-9, sourceLocation: sourceLocation)
    #expect(high <= range.upperBound + 1e-9, sourceLocation: sourceLocation)
    #expect(low < range.lowerBound + slack, sourceLocation: sourceLocation)
    #expect(high > range.upperBound - slack, sourceLocation: sourceLocation)
    let mean = values.reduce(0, +) / Double(values.count)
    let middle = (range.lowerBound + range.upperBound) / 2
    #expect(
      abs(mean - middle) <= 0.1 * (range.upperBound - range.lowerBound) + 1e-9,
      sourceLocation: sourceLocation)
  }

  @Test("numbers fill their ranges")
  func ranges() throws {
    let turn = 0...2 * Double.pi
    try expectFills(Self.objects.map { Self.hsv($0.colour).saturation }, 0.9...0.9)
    try expectFills(Self.objects.map { Self.hsv($0.colour).value }, 0.7...1)
    try expectFills(Self.objects.map(\.radius), 0.15...0.4)
    try expectFills(Self.objects.map(\.orientation), turn)
    try expectFills(Self.objects.flatMap { [$0.start.x, $0.start.y] }, -2...2)
    let moving = Self.objects.filter { $0.velocity != .zero }
    try expectFills(moving.flatMap { [$0.velocity.x, $0.velocity.y] }, -0.06...0.06)
    #expect(abs(Double(moving.count) / Double(Self.objects.count) - 0.5) < 0.05)
    let cameras = Self.scenes.map(\.camera)
    try expectFills(cameras.map(\.radius), 0.2...0.8)
    try expectFills(cameras.map(\.rate), 0.1...0.3)
    try expectFills(cameras.map(\.phase.x), turn)
    try expectFills(cameras.map(\.phase.y), turn)
    try expectFills(cameras.map(\.zoomRate), 0.05...0.15)
    try expectFills(cameras.map(\.zoomPhase), turn)
    #expect(cameras.allSatisfy { $0.zoomAmplitude == 0.2 })
    let ends = Self.scenes.flatMap { [$0.background.top, $0.background.bottom] }.map(Self.hsv)
    try expectFills(ends.map(\.hue), 0...1)
    try expectFills(ends.map(\.saturation), 0...0.3)
    try expectFills(ends.map(\.value), 0.2...0.5)
  }

  @Test("different quantities do not move together")
  func independence() {
    func correlation(_ a: [Double], _ b: [Double]) -> Double {
      let (meanA, meanB) = (
        a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count)
      )
      let (da, db) = (a.map { $0 - meanA }, b.map { $0 - meanB })
      let dot = zip(da, db).map { $0 * $1 }.reduce(0, +)
      let squares = da.map { $0 * $0 }.reduce(0, +) * db.map { $0 * $0 }.reduce(0, +)
      return dot / squares.squareRoot()
    }
    let columns: [[Double]] = [
      Self.objects.map(\.radius), Self.objects.map(\.orientation), Self.objects.map(\.start.x),
      Self.objects.map(\.start.y), Self.objects.map { Self.hsv($0.colour).value },
      Self.objects.map { Double($0.shape.rawValue) }, Self.objects.map(\.velocity.x),
      Self.objects.map(\.velocity.y),
    ]
    for left in columns.indices {
      for right in 0..<left { #expect(abs(correlation(columns[left], columns[right])) < 0.1) }
    }
  }

  @Test("depths are a permutation, each equally likely")
  func depths() {
    var first: [Int: Int] = [:]
    for scene in Self.scenes {
      #expect(scene.objects.map(\.depth).sorted() == Array(scene.objects.indices))
      if scene.objects.count == 3 {
        first[scene.objects[0].depth * 10 + scene.objects[1].depth, default: 0] += 1
      }
    }
    #expect(first.count == 6)
  }

  @Test("objects bounce off the world's border and stay inside")
  func reflection() {
    for object in Self.objects.prefix(500) {
      var (place, velocity) = (object.start, object.velocity)
      var largest = 0.0
      for frame in 0..<200 {
        let position = object.position(frame: frame, worldHalfWidth: 2)
        largest = max(largest, abs(position.x - place.x), abs(position.y - place.y))
        place += velocity
        for axis in 0..<2 where abs(place[axis]) > 2 {
          place[axis] = (place[axis] < 0 ? -4 : 4) - place[axis]
          velocity[axis] = -velocity[axis]
        }
      }
      #expect(largest < 1e-9)
    }
  }

  @Test("a scene is a function of seed and number")
  func dependsOnKeyOnly() {
    #expect(SpriteScene(Self.options, seed: 11, index: 7) == Self.scenes[7])
    #expect(SpriteScene(Self.options, seed: 12, index: 7) != Self.scenes[7])
    #expect(Set(Self.scenes).count == Self.scenes.count)
  }

  @Test("an option changes one quantity only")
  func optionsAreIndependent() {
    var options = Self.options
    options.radius = 0.3...0.3
    options.objects = 10...10
    for (index, scene) in Self.scenes.prefix(20).enumerated() {
      let other = SpriteScene(options, seed: 11, index: index)
      #expect(other.objects.count == 10)
      #expect(other.camera == scene.camera)
      for (left, right) in zip(other.objects, scene.objects) {
        #expect(left.start == right.start && left.colour == right.colour)
        #expect(left.radius == 0.3)
      }
    }
  }
}

// MARK: - Options
private let settingNames = SpriteOptions.settings.map { $0.name }

extension SpriteSceneTests {
  @Test("text sets every option and reads back", arguments: settingNames)
  func settings(_ name: String) throws {
    var options = SpriteOptions()
    let setting = try #require(SpriteOptions.settings.first { $0.name == name })
    let value = setting.value(in: options)
    try options.set(name, to: value)
    #expect(options == SpriteOptions())
    let other = ["3", "0.5", "0..1"].first {
      $0 != value && (try? options.set(name, to: $0)) != nil
    }
    #expect(other != nil)
    #expect(options != SpriteOptions())
    #expect(setting.value(in: options) != value)
    expectRefusal("clip.option-value", [name, "got x", "\(name)="]) {
      try options.set(name, to: "x")
    }
  }

  @Test("every option has a setting")
  func settingsAreComplete() {
    #expect(Mirror(reflecting: SpriteOptions()).children.count == SpriteOptions.settings.count)
  }

  @Test("refuses unknown options, backward ranges and values outside their bounds")
  func refusals() throws {
    var options = SpriteOptions()
    expectRefusal("clip.option-unknown", ["colour", "camera_rate"]) {
      try options.set("colour", to: "1")
    }
    for text in ["10..3", "3..", "", "nan", "3...10"] {
      expectRefusal("clip.option-value", ["objects"]) { try options.set("objects", to: text) }
      expectRefusal("clip.option-value", ["radius"]) { try options.set("radius", to: text) }
    }
    for (name, text) in [
      ("frames", "0"), ("size", "5000"), ("supersampling", "0"), ("objects", "3..256"),
      ("objects", "-1..3"), ("zoom_amplitude", "1"), ("radius", "0..1"), ("hues", "0"),
      ("checker_cell", "0"), ("value", "0..2"), ("speed", "-1"),
    ] {
      var options = SpriteOptions()
      try options.set(name, to: text)
      expectRefusal("clip.option-range", [name, "outside", "for example \(name)="]) {
        _ = try Sprites(options, seed: 0)
      }
    }
    options.size = 4096
    options.frames = 100
    expectRefusal("clip.option-range", ["100 frames of 4096 x 4096", "1073741824 bytes"]) {
      try options.check()
    }
    options = SpriteOptions()
    options.speed = .nan
    expectRefusal("clip.option-range", ["speed is nan"]) { try options.check() }
  }
}
