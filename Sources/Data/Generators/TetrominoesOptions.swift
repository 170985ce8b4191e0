import TensorCore

/// Every number of the images of tetrominoes; the defaults are the data set.
public struct TetrominoesOptions: GeneratorOptions {
  public static let generator = "tetrominoes"

  /// Side of an image, in pixels.
  public var size = 35
  /// How many pieces an image has; each number is equally likely.
  public var pieces = 3...3
  /// Side of a cell of a piece, in pixels.
  public var cell = 5
  /// Pieces stand at multiples of so many pixels.
  public var step = 1
  /// Whether the pieces of an image have different colours.
  public var unique = false
  /// How often all pieces of an image are placed by chance before they are laid out in order.
  public var tries = 1000

  public init() {}

  /// An image is a clip of one frame.
  public var frames: Int { 1 }

  public var mostLabels: (count: Int, option: String) {
    (pieces.upperBound + Tetrominoes.backgroundLabels, "pieces")
  }
}

// MARK: - Bounds and settings
extension TetrominoesOptions {
  /// - Errors: `clip.option-range`.
  public func check() throws(Diagnostic) {
    try require("size", size, 1...4096)
    try require("pieces", pieces, 1...Self.maximumLabel)
    try require("cell", cell, 1...1024)
    try require("step", step, 1...1024)
    try require("tries", tries, 0...1_000_000)
    guard cell % step == 0 else {
      throw .clipOptionRange(
        "step is \(step), which does not divide the \(cell) pixels of a cell",
        help: "for example step=\(cell)")
    }
    let least = Self.leastCells(pieces.upperBound) * cell
    guard size >= least else {
      throw .clipOptionRange(
        "size is \(size), and \(pieces.upperBound) pieces of \(cell)-pixel cells need \(least)",
        help: "for example size=\(least)")
    }
    let colours = Tetrominoes.colours.count
    guard !unique || pieces.upperBound <= colours else {
      throw .clipOptionRange(
        "\(pieces.upperBound) pieces cannot differ in colour, of which there are \(colours)",
        help: "lower pieces, or say unique=false")
    }
  }

  /// Cells along each side that hold any `count` pieces; see ``TetrominoesScene``.
  static func leastCells(_ count: Int) -> Int { max(2 * count, count / 2 * 2 + 4) }

  public static let settings: [GeneratorSetting<TetrominoesOptions>] = [
    GeneratorSetting("size", \.size, "side of an image, in pixels"),
    GeneratorSetting("pieces", \.pieces, "how many pieces an image has"),
    GeneratorSetting("cell", \.cell, "side of a cell of a piece, in pixels"),
    GeneratorSetting("step", \.step, "pieces stand at multiples of so many pixels"),
    GeneratorSetting("unique", \.unique, "whether pieces of an image differ in colour"),
    GeneratorSetting("tries", \.tries, "draws of all places before pieces are laid in order"),
  ]
}
