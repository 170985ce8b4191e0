import TensorCore

// What generators' clips have besides pictures and labels when they are written as records: numbers
// of the scene, in lists of floats by the names of the published data sets. A clip that an object
// never enters, or an entity that is not there, has zeros.

extension Sprites {
  public static let recordLayout = RecordLayout.cater

  /// - `camera_matrix [frames, 4, 4]`: of each frame the matrix, row by row, that takes a point
  ///   (x, y, depth, 1) of the world to the view, where the picture spans -1 to 1 along both axes,
  ///   x to the right and y down. With s = zoom / `view_half_width` and the camera's centre c it is
  ///
  ///       s  0  0  -s c.x
  ///       0  s  0  -s c.y
  ///       0  0  1   0
  ///       0  0  0   1
  ///
  /// - `object_positions [entities, frames, 3]`: x and y of an object's centre in world units, and
  ///   its depth rank: what has more covers what has less. Entity 0 is the background, with zeros.
  public func facts(_ index: Int) -> [[Float]] {
    let scene = scene(index)
    var positions = [Float](repeating: 0, count: Self.recordLayout.entities * options.frames * 3)
    for (number, object) in scene.objects.enumerated() {
      for frame in 0..<options.frames {
        let centre = object.position(frame: frame, worldHalfWidth: options.worldHalfWidth)
        let place = ((number + 1) * options.frames + frame) * 3
        positions[place] = Float(centre.x)
        positions[place + 1] = Float(centre.y)
        positions[place + 2] = Float(object.depth)
      }
    }
    return [(0..<options.frames).flatMap { view(scene.camera, frame: $0) }, positions]
  }

  private func view(_ camera: SpriteCamera, frame: Int) -> [Float] {
    let scale = camera.zoom(frame: frame) / options.viewHalfWidth
    let shift = -scale * camera.centre(frame: frame)
    return [
      scale, 0, 0, shift.x,
      0, scale, 0, shift.y,
      0, 0, 1, 0,
      0, 0, 0, 1,
    ].map(Float.init)
  }
}

extension MultiDSprites {
  public static let recordLayout = RecordLayout.coloredOnColored

  /// Of each entity, the background first:
  ///
  /// - `x`, `y`: a sprite's centre in parts of the image's side, from the upper left corner.
  /// - `shape`: 1 square, 2 ellipse, 3 heart, as in dSprites; 0 for none.
  /// - `orientation`: radians, from the x axis towards the y axis, which points down.
  /// - `scale`: 1 is the largest.
  /// - `visibility`: 1 for the background and for each sprite that was painted, even one that
  ///   others cover wholly.
  /// - `color [entities, 3]`: red, green, blue in [0, 1].
  public func facts(_ index: Int) -> [[Float]] {
    let scene = scene(index)
    let sprites = scene.sprites
    let rows: [[Double]] = [
      sprites.map(\.centre.x), sprites.map(\.centre.y),
      sprites.map { Double($0.shape.rawValue + 1) }, sprites.map(\.orientation),
      sprites.map(\.scale), sprites.map { _ in 1 },
    ]
    return Self.recordLayout.entityFacts(
      rows, background: [0, 0, 0, 0, 0, 1], colours: [scene.background] + sprites.map(\.colour))
  }
}

extension Tetrominoes {
  public static let recordLayout = RecordLayout.tetrominoes

  /// Of each entity, the background first:
  ///
  /// - `x`, `y`: the middle of the smallest rectangle around a piece, in parts of the image's side,
  ///   from the upper left corner.
  /// - `shape`: the number, from 1, of shape and orientation in ``TetrominoShape/all``; 0 for none.
  /// - `visibility`: 1 for the background and for each piece.
  /// - `color [entities, 3]`: red, green, blue in [0, 1].
  public func facts(_ index: Int) -> [[Float]] {
    let pieces = scene(index).pieces
    let side = Double(options.size)
    func middle(_ start: Int, _ cells: Int) -> Double {
      (Double(start) + Double(cells * options.cell) / 2) / side
    }
    let rows: [[Double]] = [
      pieces.map { middle($0.place.column, $0.shape.width) },
      pieces.map { middle($0.place.row, $0.shape.height) },
      pieces.map { piece in
        Double((TetrominoShape.all.firstIndex(of: piece.shape) ?? -1) + 1)
      },
      pieces.map { _ in 1 },
    ]
    return Self.recordLayout.entityFacts(
      rows, background: [0, 0, 0, 1], colours: [.zero] + pieces.map(\.colour))
  }
}

extension ObjectsRoom {
  public static let recordLayout = RecordLayout.objectsRoom

  /// The published set has pictures and masks alone.
  public func facts(_ index: Int) -> [[Float]] { [] }
}

extension RecordLayout {
  /// Lists of one number for each entity, the background's first and zeros at the end, and a list of
  /// colours.
  fileprivate func entityFacts(
    _ rows: [[Double]], background: [Double], colours: [SIMD3<UInt8>]
  ) -> [[Float]] {
    func filled(_ values: [Double], _ count: Int) -> [Float] {
      values.map(Float.init) + [Float](repeating: 0, count: count - values.count)
    }
    let channels = colours.flatMap { colour in (0..<3).map { Double(colour[$0]) / 255 } }
    return zip(background, rows).map { filled([$0] + $1, entities) }
      + [filled(channels, entities * 3)]
  }
}
