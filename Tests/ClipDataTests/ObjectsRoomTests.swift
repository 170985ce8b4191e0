import ClipData
import Foundation
import TensorCore
import Testing

@Suite("images of a room")
struct ObjectsRoomTests {
  static func scenes(_ options: ObjectsRoomOptions = ObjectsRoomOptions()) throws
    -> [ObjectsRoomScene]
  {
    let generator = try ObjectsRoom(options, seed: 23)
    return (0..<2000).map(generator.scene)
  }

  /// What lies at a point: surfaces by their lines, then objects from far to near, each over the
  /// last; nil when rounding decides.
  static func label(_ scene: ObjectsRoomScene, _ point: SIMD2<Double>) -> Int? {
    let answers = [-1e-9, 1e-9].map { slack in
      let isLeft = point.x < scene.corner
      let away = (point.x - scene.corner) * (isLeft ? -scene.wallSlopes[0] : scene.wallSlopes[1])
      let below = scene.wallDepth + away * scene.wallDepth
      var label = isLeft ? 2 : 3
      if point.y > scene.horizon + below + slack { label = 1 }
      if point.y < scene.horizon - below * scene.wallHeight + slack { label = 0 }
      let order = scene.objects.indices.sorted { scene.objects[$0].row < scene.objects[$1].row }
      for index in order where contains(scene.objects[index], point, slack) { label = 4 + index }
      return label
    }
    return answers[0] == answers[1] ? answers[0] : nil
  }

  static func contains(_ object: RoomObject, _ point: SIMD2<Double>, _ slack: Double) -> Bool {
    let middle = SIMD2(object.column, object.row - object.height / 2)
    let (half, offset) = (SIMD2(object.width, object.height) / 2, point - middle)
    func distance(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
      ((a - b) * (a - b)).sum().squareRoot()
    }
    let isTall = half.y > half.x
    switch object.shape {
    case .box: return max(abs(offset.x) - half.x, abs(offset.y) - half.y) <= slack
    case .ellipse:
      let focus = (half.max() * half.max() - half.min() * half.min()).squareRoot()
      let foci = isTall ? SIMD2(0, focus) : SIMD2(focus, 0)
      return distance(offset, foci) + distance(offset, -1 * foci) <= 2 * half.max() + slack
    case .capsule:
      let reach = half.max() - half.min()
      let along = max(-reach, min(reach, isTall ? offset.y : offset.x))
      let nearest = isTall ? SIMD2(0, along) : SIMD2(along, 0)
      return distance(offset, nearest) <= half.min() + slack
    }
  }

  @Test("pictures and labels agree with a painter that paints every sample", arguments: 1...3)
  func agreesWithPlainPainter(_ supersampling: Int) throws {
    var options = ObjectsRoomOptions()
    (options.size, options.supersampling) = (40, supersampling)
    let generator = try ObjectsRoom(options, seed: 8)
    var undecided = 0
    for index in 0..<40 {
      let (clip, scene) = (generator.clip(index), generator.scene(index))
      let colours = scene.colours + scene.objects.map(\.colour)
      func label(_ place: Int, _ x: Double, _ y: Double) -> Int? {
        Self.label(scene, SIMD2(Double(place % 40) + x, Double(place / 40) + y) / 40)
      }
      let wrong = (0..<40 * 40).filter { place in
        let steps = (0..<supersampling).map { (Double($0) + 0.5) / Double(supersampling) }
        let samples = steps.flatMap { y in steps.map { x in label(place, x, y) } }
        guard let middle = label(place, 0.5, 0.5), !samples.contains(nil) else {
          undecided += 1
          return false
        }
        var total = SIMD3<Double>.zero
        for sample in samples { total += SIMD3<Double>(colours[sample ?? 0]) }
        let mean = total / Double(samples.count)
        let rounded = SIMD3<UInt8>((mean + 1e-9).rounded(.toNearestOrAwayFromZero))
        return Int(clip.labels[place]) != middle || colour(clip, place) != rounded
      }
      #expect(wrong == [], "image \(index)")
    }
    #expect(undecided < 40)
  }

  @Test("objects stand on the floor, smaller the farther they are")
  func standing() throws {
    var options = ObjectsRoomOptions()
    options.objects = 1...1
    let generator = try ObjectsRoom(options, seed: 4)
    for index in 0..<500 {
      let (clip, scene) = (generator.clip(index), generator.scene(index))
      let object = scene.objects[0]
      #expect((scene.floorRow(object.column)...0.95).contains(object.row))
      let depth = object.row - scene.horizon
      #expect((0.4...0.7).contains(object.width / depth))
      #expect((0.5...1).contains(object.height / depth))
      // In the column of its middle the last pixel whose centre is above its foot is the
      // object's, and the next shows floor.
      let column = Int(object.column * 64)
      let last = Int((object.row * 64 - 0.5).rounded(.down))
      // A column beside an ellipse's middle ends a little higher.
      let foot = (0..<64).last { clip.labels[$0 * 64 + column] == 4 }
      let slack = object.shape == .box ? 0 : 2
      #expect(foot.map { (last - slack...last).contains($0) } == true, "image \(index)")
      #expect(clip.labels[(last + 1) * 64 + column] == 1, "image \(index)")
    }
    options.objectWidth = 0.5...0.5
    options.objectHeight = 0.75...0.75
    for scene in try Self.scenes(options) {
      let depth = scene.objects[0].row - scene.horizon
      #expect(abs(scene.objects[0].width - 0.5 * depth) < 1e-12)
      #expect(abs(scene.objects[0].height - 0.75 * depth) < 1e-12)
    }
  }

  @Test("an empty room shows sky above walls above floor, the walls on either side of the corner")
  func surfaces() throws {
    var options = ObjectsRoomOptions()
    options.objects = 0...0
    let generator = try ObjectsRoom(options, seed: 6)
    for index in 0..<200 {
      let (labels, scene) = (generator.clip(index).labels, generator.scene(index))
      #expect(Set(labels) == [0, 1, 2, 3])
      for column in 0..<64 {
        let wall: UInt8 = Double(column) + 0.5 < scene.corner * 64 ? 2 : 3
        let seen = (0..<64).map { labels[$0 * 64 + column] }
        // Nothing but sky, then wall, then floor; beside the camera a wall may hide the sky.
        let order = seen.map { $0 == 0 ? 0 : $0 == wall ? 1 : $0 == 1 ? 2 : 3 }
        #expect(order == order.sorted() && Set(order).isSuperset(of: [1, 2]) && !order.contains(3))
      }
    }
  }

  @Test("counts and shapes are drawn evenly, numbers fill their ranges")
  func choices() throws {
    let scenes = try Self.scenes()
    let objects = scenes.flatMap(\.objects)
    expectEven(scenes.map(\.objects.count), [1, 2, 3])
    expectEven(objects.map(\.shape), RoomObject.Shape.allCases)
    func expectFills(_ values: [Double], _ range: ClosedRange<Double>) throws {
      let (low, high) = (try #require(values.min()), try #require(values.max()))
      let width = range.upperBound - range.lowerBound
      #expect(range.contains(low) && range.contains(high))
      #expect(low < range.lowerBound + 0.02 * width && high > range.upperBound - 0.02 * width)
      // The mean of N even draws has the deviation width / sqrt(12 N).
      let mean = values.reduce(0, +) / Double(values.count)
      let deviation = width / (12 * Double(values.count)).squareRoot()
      #expect(abs(mean - range.lowerBound - width / 2) < 5 * deviation)
    }
    try expectFills(scenes.map(\.horizon), 0.3...0.42)
    try expectFills(scenes.map(\.corner), 0.25...0.75)
    try expectFills(scenes.map(\.wallDepth), 0.08...0.18)
    try expectFills(scenes.map { $0.wallSlopes[0] }, 0.2...1)
    try expectFills(scenes.map { $0.wallSlopes[1] }, 0.2...1)
    try expectFills(scenes.map(\.wallHeight), 0.6...1.4)
    try expectFills(objects.map(\.column), 0.1...0.9)
    #expect(scenes.contains { Set($0.objects.map(\.colour)).count > 1 })
    #expect(Set(scenes.map(\.colours)).count == scenes.count)
  }

  @Test("an option changes one quantity only")
  func optionsAreIndependent() throws {
    var options = ObjectsRoomOptions()
    options.objects = 3...3
    options.objectWidth = 0.5...0.5
    options.wallHeight = 1...1
    for (left, right) in zip(try Self.scenes(), try Self.scenes(options)) {
      #expect(left.colours == right.colours && left.corner == right.corner)
      for (mine, other) in zip(left.objects, right.objects) {
        #expect(mine.colour == other.colour && mine.shape == other.shape)
        #expect(mine.column == other.column && mine.row == other.row)
        #expect(mine.height == other.height)
      }
    }
  }
}
