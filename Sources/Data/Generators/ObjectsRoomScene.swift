import TensorCore

/// What one image shows, drawn by the names
///
///     hue  saturation  value  (0 to 3 of the surfaces, 4 + i of object i)
///     horizon  corner  wall.depth  wall.slope (0 left, 1 right)  wall.height (one for both)
///     count  object.shape  object.column  object.row  object.width  object.height
///
/// Rows and columns are parts of the image's side. The camera looks level, so a thing that stands on
/// the floor d below the horizon is seen at a size proportional to d: nearer is lower and larger.
/// For the same reason a wall's upper and lower edge meet on the horizon when they are prolonged.
public struct ObjectsRoomScene: Sendable, Hashable {
  /// What is behind the objects, by its label.
  public enum Surface: UInt8, Sendable, CaseIterable { case sky, floor, leftWall, rightWall }

  /// Of the surfaces, by label.
  public var colours: [SIMD3<UInt8>]
  public var horizon: Double
  public var corner: Double
  public var wallDepth: Double
  /// Of the left wall and the right one.
  public var wallSlopes: [Double]
  public var wallHeight: Double
  /// Object `i` has the label `4 + i`.
  public var objects: [RoomObject]

  init(_ options: ObjectsRoomOptions, _ key: Key) {
    let surfaceCount = Surface.allCases.count
    colours = (0..<surfaceCount).map { Self.colour(options, key, $0) }
    horizon = Draw(key, "horizon").number(in: options.horizon)
    corner = Draw(key, "corner").number(in: options.corner)
    wallDepth = Draw(key, "wall.depth").number(in: options.wallDepth)
    wallSlopes = (0..<2).map { Draw(key, "wall.slope").number(in: options.wallSlope, at: $0) }
    wallHeight = Draw(key, "wall.height").number(in: options.wallHeight)
    objects = []
    for number in 0..<Draw(key, "count").integer(in: options.objects) {
      let column = Draw(key, "object.column").number(in: options.across, at: number)
      let farthest = floorRow(column)
      // `check()` holds the floor above `nearest`, but for rounding.
      let row = Draw(key, "object.row").number(
        in: farthest...max(farthest, options.nearest), at: number)
      let depth = row - horizon
      objects.append(
        RoomObject(
          shape: Draw(key, "object.shape").choice(of: RoomObject.Shape.allCases, at: number),
          colour: Self.colour(options, key, surfaceCount + number), column: column, row: row,
          width: depth * Draw(key, "object.width").number(in: options.objectWidth, at: number),
          height: depth * Draw(key, "object.height").number(in: options.objectHeight, at: number)))
    }
  }

  private static func colour(
    _ options: ObjectsRoomOptions, _ key: Key, _ number: Int
  ) -> SIMD3<UInt8> {
    let colour = rgb(
      hue: Draw(key, "hue").number(number),
      saturation: Draw(key, "saturation").number(in: options.saturation, at: number),
      value: Draw(key, "value").number(in: options.value, at: number))
    return SIMD3<UInt8>((colour * 255).rounded(.toNearestOrAwayFromZero))
  }
}

// MARK: - Geometry
extension ObjectsRoomScene {
  /// Where the floor begins in a column.
  public func floorRow(_ x: Double) -> Double { horizon + depth(x) }

  /// How far below the horizon the wall of a column ends.
  private func depth(_ x: Double) -> Double {
    wallDepth * (1 + (x < corner ? wallSlopes[0] : wallSlopes[1]) * abs(x - corner))
  }

  func surface(_ x: Double, _ y: Double) -> Surface {
    let depth = depth(x)
    if y >= horizon + depth { return .floor }
    if y < horizon - wallHeight * depth { return .sky }
    return x < corner ? .leftWall : .rightWall
  }

  /// The numbers of the objects; of two in one row the later is nearer.
  var fromNearToFar: [Int] {
    objects.indices.sorted { (objects[$0].row, $0) > (objects[$1].row, $1) }
  }
}

/// One object that stands upright on the floor.
public struct RoomObject: Sendable, Hashable {
  public enum Shape: Int, Sendable, CaseIterable { case box, ellipse, capsule }

  public var shape: Shape
  public var colour: SIMD3<UInt8>
  /// Of its middle.
  public var column: Double
  /// Where it touches the floor.
  public var row: Double
  public var width: Double
  public var height: Double

  func contains(_ x: Double, _ y: Double) -> Bool {
    // From the middle of its height.
    let (u, v) = (abs(x - column), abs(y - (row - height / 2)))
    guard u <= width / 2, v <= height / 2 else { return false }
    switch shape {
    case .box: return true
    case .ellipse:
      let (a, b) = (2 * u / width, 2 * v / height)
      return a * a + b * b <= 1
    case .capsule:
      // All points within the radius of a segment along the longer axis.
      let radius = min(width, height) / 2
      let (a, b) = (max(0, u - (width / 2 - radius)), max(0, v - (height / 2 - radius)))
      return a * a + b * b <= radius * radius
    }
  }
}
