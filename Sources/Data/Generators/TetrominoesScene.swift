import TensorCore

/// What one image shows, drawn by the names
///
///     count  piece.shape  piece.colour
///     piece.row  piece.column  (t * count + i in try t, for piece i)
///
/// Every try draws all places anew until no pieces overlap, so each arrangement without overlap is
/// equally likely. Should all tries fail, the pieces are laid out in order, which always succeeds:
/// wide ones (`####`, and all of two rows and three columns) take at most 2 rows of 4 columns, the
/// others at most 4 rows of 2 columns. Of the kind that is not in the majority there are at most
/// ⌊n/2⌋ of n. Stack the wide ones at the left when they are as many as the others or more, and put
/// the others in a row at their right: that takes max(2n, 4) rows and 4 + 2⌊n/2⌋ columns. Else put
/// the others in a row at the top and stack the wide ones below: the same with rows and columns
/// exchanged.
public struct TetrominoesScene: Sendable, Hashable {
  /// Piece `i` has the label `i + 1`.
  public var pieces: [Tetromino]
  /// Whether the pieces were laid out in order, since chance placed none without overlap.
  public var isLaidOut: Bool

  init(_ options: TetrominoesOptions, _ key: Key) {
    let count = Draw(key, "count").integer(in: options.pieces)
    let shape = Draw(key, "piece.shape")
    let colours = Draw(key, "piece.colour").integers(
      count, below: Tetrominoes.colours.count, areDistinct: options.unique)
    pieces = colours.enumerated().map { number, colour in
      Tetromino(
        shape: shape.choice(of: TetrominoShape.all, at: number),
        colour: Tetrominoes.colours[colour], place: GridPlace(row: 0, column: 0))
    }
    isLaidOut = false
    for number in 0..<options.tries {
      place(options, key, number)
      if !hasOverlap(options) { return }
    }
    isLaidOut = true
    layOut(cell: options.cell)
  }

  /// Draws all places of one try.
  private mutating func place(_ options: TetrominoesOptions, _ key: Key, _ number: Int) {
    let (row, column) = (Draw(key, "piece.row"), Draw(key, "piece.column"))
    func place(_ draw: Draw, _ cells: Int, at index: Int) -> Int {
      let free = options.size - cells * options.cell
      return draw.integer(in: 0...free / options.step, at: index) * options.step
    }
    for index in pieces.indices {
      let shape = pieces[index].shape
      let draw = number * pieces.count + index
      pieces[index].place = GridPlace(
        row: place(row, shape.height, at: draw), column: place(column, shape.width, at: draw))
    }
  }

  private func hasOverlap(_ options: TetrominoesOptions) -> Bool {
    pieces.indices.contains { index in
      pieces[..<index].contains { $0.overlaps(pieces[index], cell: options.cell) }
    }
  }

  private mutating func layOut(cell: Int) {
    let wideCount = pieces.count { $0.shape.isWide }
    let isWideAtLeft = 2 * wideCount >= pieces.count
    var wide = GridPlace(row: isWideAtLeft ? 0 : 4 * cell, column: 0)
    var tall = GridPlace(row: 0, column: isWideAtLeft ? 4 * cell : 0)
    for index in pieces.indices {
      let shape = pieces[index].shape
      if shape.isWide {
        pieces[index].place = wide
        wide.row += shape.height * cell
      } else {
        pieces[index].place = tall
        tall.column += shape.width * cell
      }
    }
  }
}

extension TetrominoShape {
  fileprivate var isWide: Bool { width > height }
}
