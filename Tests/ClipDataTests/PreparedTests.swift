import ClipData
import TensorCore
import Testing

@Suite("prepared clips")
struct PreparedTests {
  /// Averages by cutting every pixel into as many parts as the target has cells.
  static func average(
    _ clip: Clip, frame: Int, channel: Int, row: Int, column: Int, size: Int
  ) -> Double {
    let side = min(clip.height, clip.width)
    let (top, left) = ((clip.height - side) / 2, (clip.width - side) / 2)
    var total = 0
    for y in row * side..<(row + 1) * side {
      for x in column * side..<(column + 1) * side {
        let pixel = (frame * clip.height + top + y / size) * clip.width + left + x / size
        total += Int(clip.pixels[pixel * 3 + channel])
      }
    }
    return Double(total) / Double(side * side * 255)
  }

  @Test(
    "areas are averaged exactly, whatever the ratio",
    arguments: [
      (8, 8, 4), (7, 7, 3), (9, 14, 4), (13, 5, 5), (5, 6, 8), (1, 1, 3), (10, 10, 1), (3, 3, 3),
    ])
  func averages(_ height: Int, _ width: Int, _ size: Int) throws {
    let clip = Clip(
      pixels: pattern(2 * height * width * 3), frameCount: 2, height: height, width: width,
      source: "a pattern")
    let prepared = try clip.prepared(frames: 2, size: size)
    #expect(prepared.type == .f32([1, 2, size, size, 3]))
    #expect(prepared.notes == [])
    for (index, value) in prepared.values.enumerated() {
      let (channel, column) = (index % 3, index / 3 % size)
      let (row, frame) = (index / 3 / size % size, index / 3 / size / size)
      let exact = Self.average(
        clip, frame: frame, channel: channel, row: row, column: column, size: size)
      #expect(value == Float(exact))
    }
  }

  @Test("overlaps are positive and add up to the source", arguments: [(64, 32), (7, 3), (3, 7)])
  func overlaps(_ from: Int, _ to: Int) {
    let cells = AreaAverage(from: from, to: to).cells
    #expect(cells.count == to)
    #expect(cells.allSatisfy { $0.map(\.overlap).reduce(0, +) == from })
    #expect(cells.joined().allSatisfy { $0.overlap > 0 && (0..<from).contains($0.source) })
  }

  /// Frame f is all bytes f.
  static func counted(_ frameCount: Int) -> Clip {
    Clip(
      pixels: (0..<frameCount).flatMap { [UInt8](repeating: UInt8($0), count: 12) },
      frameCount: frameCount, height: 2, width: 2, source: "counted", notes: ["a note"])
  }

  func frames(_ prepared: PreparedClip) -> [Int] {
    stride(from: 0, to: prepared.values.count, by: 3).map {
      Int((prepared.values[$0] * 255).rounded())
    }
  }

  @Test("frames are taken from start by stride")
  func takesFrames() throws {
    let prepared = try Self.counted(20).prepared(frames: 4, size: 1, start: 3, stride: 5)
    #expect(frames(prepared) == [3, 8, 13, 18])
    #expect(prepared.notes == ["a note"])
  }

  @Test("a clip that is too short ends with its last frame taken, and says so")
  func repeatsLastFrame() throws {
    let prepared = try Self.counted(10).prepared(frames: 6, size: 1, start: 2, stride: 3)
    #expect(frames(prepared) == [2, 5, 8, 8, 8, 8])
    #expect(
      prepared.notes == [
        "a note",
        "counted has 10 frames, from which 3 could be taken; frame 8 stands for the other 3",
      ])
    #expect(prepared.tensor.reals.count == 6 * 3)
  }

  @Test("refuses what no clip can give")
  func refusals() {
    expectRefusal("clip.start", ["number 10", "has 10", "counted", "0 to 9"]) {
      _ = try Self.counted(10).prepared(frames: 1, size: 1, start: 10)
    }
    for (name, frames, size, start, stride) in [
      ("frames", 0, 1, 0, 1), ("size", 1, 0, 0, 1), ("start", 1, 1, -1, 1),
      ("stride", 1, 1, 0, 0), ("stride", 1, 1, 0, .max),
    ] {
      expectRefusal("clip.option-range", ["\(name) is ", "outside"]) {
        _ = try Self.counted(10).prepared(
          frames: frames, size: size, start: start, stride: stride)
      }
    }
  }

  @Test("a tiny clip of sprites: half the size, labels by majority, ties the smallest")
  func tinySprites() throws {
    let clip = try Sprites(seed: 2).clip(3)
    let (tiny, labels) = try clip.prepared(frames: 6, size: 32)
    #expect(tiny.type == .f32([1, 6, 32, 32, 3]))
    #expect(labels.count == 6 * 32 * 32)
    var tieCount = 0
    for (index, label) in labels.enumerated() {
      let (frame, row, column) = (index / 1024, index / 32 % 32, index % 32)
      let corner = (frame * 64 + row * 2) * 64 + column * 2
      let four = [0, 1, 64, 65].map { clip.labels[corner + $0] }
      let counts = Dictionary(grouping: four) { $0 }.mapValues(\.count)
      let most = counts.values.max()
      let winners = counts.filter { $0.value == most }.keys.sorted()
      if winners.count > 1 { tieCount += 1 }
      #expect(label == winners[0])
      let sum = [0, 1, 64, 65].map { Int(clip.clip.pixels[(corner + $0) * 3]) }.reduce(0, +)
      #expect(tiny.values[index * 3] == Float(Double(sum) / 1020))
    }
    #expect(tieCount > 10)
  }

  @Test("labels are weighed by area when the ratio is not whole")
  func weighsLabels() throws {
    // Three columns on two: the middle one is split, and each side outweighs its half.
    let labels: [UInt8] = [1, 2, 3, 1, 2, 3, 1, 2, 3]
    let clip = LabelledClip(
      Clip(
        pixels: pattern(27), frameCount: 1, height: 3, width: 3, source: "columns"),
      labels: labels)
    #expect(try clip.prepared(frames: 1, size: 2).labels == [1, 3, 1, 3])
    #expect(try clip.prepared(frames: 1, size: 1).labels == [1])
    let taller = LabelledClip(
      Clip(
        pixels: pattern(45), frameCount: 1, height: 5, width: 3, source: "rows"),
      labels: [9, 9, 9] + labels + [8, 8, 8])
    #expect(try taller.prepared(frames: 2, size: 3).labels == labels + labels)
  }
}
