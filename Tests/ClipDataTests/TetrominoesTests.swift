import ClipData
import TensorCore
import Testing

@Suite("images of tetrominoes")
struct TetrominoesTests {
  /// Every connected set of four cells that touches row 0 and column 0, as rows of marks.
  static let fixed: Set<[GridPlace]> = {
    var found: Set<[GridPlace]> = []
    for mask in 0..<1 << 16 where mask.nonzeroBitCount == 4 {
      let cells = (0..<16).filter { mask >> $0 & 1 == 1 }.map { (row: $0 / 4, column: $0 % 4) }
      guard cells.contains(where: { $0.row == 0 }), cells.contains(where: { $0.column == 0 })
      else { continue }
      var reached = [cells[0]]
      for _ in 0..<3 {
        reached += cells.filter { cell in
          !reached.contains { $0 == cell }
            && reached.contains { abs($0.row - cell.row) + abs($0.column - cell.column) == 1 }
        }
      }
      if reached.count == 4 { found.insert(cells.map { place($0.row, $0.column) }) }
    }
    return found
  }()

  static func place(_ row: Int, _ column: Int) -> GridPlace {
    var place = TetrominoShape.all[0].cells[0]
    (place.row, place.column) = (row, column)
    return place
  }

  @Test("there are 19 fixed tetrominoes; ours are all but S and Z upright")
  func shapes() {
    #expect(Self.fixed.count == 19)
    let ours = Set(TetrominoShape.all.map(\.cells))
    #expect(TetrominoShape.all.count == 17 && ours.count == 17)
    let upright = [[(0, 0), (1, 0), (1, 1), (2, 1)], [(0, 1), (1, 0), (1, 1), (2, 0)]]
    #expect(Self.fixed.subtracting(ours) == Set(upright.map { $0.map(Self.place) }))
    #expect(ours.isSubset(of: Self.fixed))
    for shape in TetrominoShape.all {
      #expect(shape.height == 1 + (shape.cells.map(\.row).max() ?? 0))
      #expect(shape.width == 1 + (shape.cells.map(\.column).max() ?? 0))
    }
  }

  /// The pieces in an image by their labels alone: nil for a label that is no piece of whole cells
  /// in one of the six colours, or when a pixel without label is not black.
  static func pieces(_ clip: LabelledClip, count: Int, cell: Int) -> [[GridPlace]]? {
    let size = clip.clip.width
    var places = [[Int]](repeating: [], count: count + 1)
    for (place, label) in clip.labels.enumerated() {
      guard Int(label) <= count else { return nil }
      places[Int(label)].append(place)
    }
    guard places[0].allSatisfy({ colour(clip, $0) == .zero }) else { return nil }
    var pieces: [[GridPlace]] = []
    for mine in places.dropFirst() {
      guard let top = mine.map({ $0 / size }).min(), let left = mine.map({ $0 % size }).min(),
        mine.count == 4 * cell * cell, Tetrominoes.colours.contains(colour(clip, mine[0])),
        mine.allSatisfy({ colour(clip, $0) == colour(clip, mine[0]) })
      else { return nil }
      let cells = mine.map { place(($0 / size - top) / cell, ($0 % size - left) / cell) }
      let whole = Set(cells).sorted { ($0.row, $0.column) < ($1.row, $1.column) }
      guard whole.count == 4 else { return nil }
      pieces.append(whole)
    }
    return pieces
  }

  @Test("an image shows three whole pieces of one colour each, apart from one another")
  func pieces() throws {
    let generator = try Tetrominoes(seed: 12)
    for index in 0..<400 {
      let (clip, scene) = (generator.clip(index), generator.scene(index))
      let pieces = try #require(Self.pieces(clip, count: 3, cell: 5), "image \(index)")
      #expect(pieces == scene.pieces.map(\.shape.cells))
      for (number, piece) in scene.pieces.enumerated() {
        let first = try #require(clip.labels.firstIndex(of: UInt8(number + 1)))
        #expect(colour(clip, first) == piece.colour)
      }
      #expect(!scene.isLaidOut)
    }
  }

  @Test("shapes, colours and counts are drawn evenly, and pieces reach every pixel")
  func choices() throws {
    var options = TetrominoesOptions()
    options.pieces = 1...3
    let generator = try Tetrominoes(options, seed: 5)
    let scenes = (0..<3000).map(generator.scene)
    let pieces = scenes.flatMap(\.pieces)
    expectEven(scenes.map(\.pieces.count), [1, 2, 3])
    expectEven(pieces.map(\.shape), TetrominoShape.all)
    expectEven(pieces.map(\.colour), Tetrominoes.colours)
    // One piece alone stands anywhere: a square at 26 places along each axis, evenly.
    let alone = scenes.filter { $0.pieces.count == 1 }.map { $0.pieces[0] }
    let upright = alone.filter { $0.shape.height == 3 }
    expectEven(upright.map(\.place.row), Array(0...20))
    expectEven(alone.filter { $0.shape.width == 3 }.map(\.place.column), Array(0...20))
  }

  @Test("unique colours differ, and a step of a cell keeps pieces on the grid")
  func settings() throws {
    var options = TetrominoesOptions()
    (options.unique, options.step) = (true, 5)
    let generator = try Tetrominoes(options, seed: 5)
    for index in 0..<300 {
      let scene = generator.scene(index)
      #expect(Set(scene.pieces.map(\.colour)).count == 3)
      #expect(
        scene.pieces.allSatisfy { $0.place.row % 5 == 0 && $0.place.column % 5 == 0 })
    }
    let free = try Tetrominoes(seed: 5)
    let scenes = (0..<300).map(free.scene)
    #expect(scenes.contains { Set($0.pieces.map(\.colour)).count < 3 })
    #expect(Set(scenes.flatMap(\.pieces).map { $0.place.row % 5 }).count == 5)
  }

  @Test("without luck pieces are laid out in order, and any fit the least size", arguments: 1...9)
  func layOut(_ count: Int) throws {
    var options = TetrominoesOptions()
    (options.pieces, options.tries, options.cell) = (count...count, 0, 3)
    options.size = 3 * max(2 * count, 4 + count / 2 * 2)
    let generator = try Tetrominoes(options, seed: 1)
    for index in 0..<400 {
      #expect(generator.scene(index).isLaidOut)
      #expect(
        Self.pieces(generator.clip(index), count: count, cell: 3)
          == generator.scene(index).pieces.map(\.shape.cells), "image \(index)")
    }
    options.size -= 1
    expectRefusal("clip.option-range", ["3-pixel cells need \(options.size + 1)"]) {
      try options.check()
    }
  }
}
