import TensorCore

/// Images of three pieces of four cells each, on black, that do not overlap.
///
/// Cells have sharp edges, as in the original.
///
/// - Source: a substitute for Tetrominoes (Kabra et al., "Multi-object datasets", 2019). Of the
///   original it is known that its pieces have 17 different pairs of shape and orientation, and not
///   which. Turned by quarters the seven pieces have 19: I 2, O 1, T 4, L 4, J 4, S 2, Z 2. Ours
///   leave out S and Z upright, which is a choice. So is that pieces stand at any pixel; with
///   `step=5` they stand on a grid of cells.
public struct Tetrominoes: ClipGenerator {
  public static let summary = "images of three tetrominoes on black"
  public static let example = "pieces=1..3 step=5"
  public static let isVideo = false

  /// Red, green, blue, yellow, magenta, cyan.
  public static let colours: [SIMD3<UInt8>] = [
    SIMD3(255, 0, 0), SIMD3(0, 255, 0), SIMD3(0, 0, 255),
    SIMD3(255, 255, 0), SIMD3(255, 0, 255), SIMD3(0, 255, 255),
  ]

  public let options: TetrominoesOptions
  public let seed: UInt64

  /// - Errors: `clip.option-range`.
  public init(
    _ options: TetrominoesOptions = TetrominoesOptions(), seed: UInt64
  ) throws(Diagnostic) {
    try options.check()
    self.options = options
    self.seed = seed
  }

  /// - Shapes: `u8[1, size, size, 3]`, labels `u8[1, size, size]`: 0 is the background and `i + 1`
  ///   piece `i` of `scene(index)`.
  public func clip(_ index: Int) -> LabelledClip {
    let scene = scene(index)
    let (size, cell) = (options.size, options.cell)
    var labels = [UInt8](repeating: 0, count: size * size)
    for (number, piece) in scene.pieces.enumerated() {
      for corner in piece.corners(cell: cell) {
        for row in corner.row..<corner.row + cell {
          let start = row * size + corner.column
          labels.replaceSubrange(
            start..<start + cell, with: repeatElement(UInt8(number + 1), count: cell))
        }
      }
    }
    let colours = [SIMD3<UInt8>.zero] + scene.pieces.map(\.colour)
    return image(index, pixels: colours.pixels(of: labels), labels: labels)
  }

  public func scene(_ index: Int) -> TetrominoesScene {
    TetrominoesScene(options, key(index))
  }
}

/// A row and a column, of cells or of pixels.
public struct GridPlace: Sendable, Hashable {
  public var row: Int
  public var column: Int
}

// MARK: - Shapes

/// One shape in one orientation.
public struct TetrominoShape: Sendable, Hashable {
  /// Four cells, from row 0 and column 0.
  public let cells: [GridPlace]
  /// In cells.
  public let height: Int
  public let width: Int

  private init(_ drawing: String) {
    let rows = drawing.split(separator: "/")
    cells = rows.enumerated().flatMap { row, line in
      line.enumerated().compactMap { column, mark in
        mark == "#" ? GridPlace(row: row, column: column) : nil
      }
    }
    height = rows.count
    width = rows[0].count
  }

  public static let all: [TetrominoShape] = [
    "####", "#/#/#/#",  // I
    "##/##",  // O
    "###/.#.", ".#/##/.#", ".#./###", "#./##/#.",  // T
    "#./#./##", "###/#..", "##/.#/.#", "..#/###",  // L
    ".#/.#/##", "#../###", "##/#./#.", "###/..#",  // J
    ".##/##.",  // S
    "##./.##",  // Z
  ].map(TetrominoShape.init)
}

/// One piece of an image.
public struct Tetromino: Sendable, Hashable {
  public var shape: TetrominoShape
  public var colour: SIMD3<UInt8>
  /// The upper left pixel of the smallest rectangle around it.
  public var place: GridPlace

  /// The upper left pixels of its cells.
  func corners(cell: Int) -> [GridPlace] {
    shape.cells.map {
      GridPlace(row: place.row + $0.row * cell, column: place.column + $0.column * cell)
    }
  }

  func overlaps(_ other: Tetromino, cell: Int) -> Bool {
    let corners = other.corners(cell: cell)
    return self.corners(cell: cell).contains { mine in
      corners.contains { abs($0.row - mine.row) < cell && abs($0.column - mine.column) < cell }
    }
  }
}
