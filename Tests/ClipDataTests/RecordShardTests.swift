import ClipData
import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite("record shards")
struct RecordShardTests {
  /// Samples of a set, in order.
  private func samples(_ path: String) throws -> [DataSample] {
    try DataSet(path).files.flatMap { file in
      let reader = try file.reader()
      var samples: [DataSample] = []
      while let sample = try reader.next() { samples.append(sample) }
      return samples
    }
  }

  private func shards<Generator: ClipGenerator>(
    _ generator: Generator, threads: Int = 2
  ) -> GeneratedShards<Generator> {
    var shards = GeneratedShards(generator, count: 5)
    shards.clipsPerShard = 2
    shards.format = .tfrecord
    shards.threadCount = threads
    return shards
  }

  private func expectRoundTrip<Generator: ClipGenerator>(_ generator: Generator) throws {
    try withFolder { folder in
      let paths = try shards(generator).write(to: folder)
      try expectFiles(
        (0..<3).map { "\(Generator.name)-0000\($0).tfrecords" }, in: folder)
      let layout = Generator.recordLayout
      for (number, sample) in try samples(folder).enumerated() {
        let clip = generator.clip(number)
        #expect(sample.clip.pixels == clip.clip.pixels)
        #expect(sample.labels == clip.labels)
        #expect(sample.backgroundLabels == Generator.backgroundLabels)
      }
      // The last file has one record.
      let records = try RecordReader(paths[2])
      let example = try RecordExample(
        try #require(try records.next()), path: paths[2], number: 0)
      #expect(try records.next() == nil)
      #expect(example.names == (["image", "mask"] + layout.facts.map(\.name)).sorted())
      let facts = generator.facts(4)
      #expect(facts.map(\.count) == layout.facts.map(\.count))
      for (fact, values) in zip(layout.facts, facts) {
        #expect(try example.floats(fact.name) == values)
      }
      // Whatever the threads.
      let first = try paths.map(fileBytes)
      for threads in [1, 3] {
        #expect(try shards(generator, threads: threads).write(to: folder).map(fileBytes) == first)
      }
    }
  }

  @Test("hold what the generators make, in the layouts of the published sets")
  func roundTrips() throws {
    try expectRoundTrip(Sprites(seed: 4))
    try expectRoundTrip(MultiDSprites(seed: 4))
    try expectRoundTrip(Tetrominoes(seed: 4))
    try expectRoundTrip(ObjectsRoom(seed: 4))
  }

  @Test("options that no record holds are refused before anything is made")
  func refusesOptions() throws {
    func expect<Generator: ClipGenerator>(
      _ type: Generator.Type, _ option: String, _ value: String, _ parts: [String]
    ) throws {
      var options = Generator.Options()
      try options.set(option, to: value)
      let generator = try Generator(options, seed: 0)
      try withFolder { folder in
        expectRefusal("clip.option-layout", parts + ["set \(option) to", "npz"]) {
          try shards(generator).write(to: folder + "/new")
        }
        try expectFiles([], in: folder)
      }
    }
    try expect(Sprites.self, "frames", "12", ["frames is 12, and a record of cater has 33"])
    try expect(Sprites.self, "size", "32", ["size is 32, and a record of cater has 64"])
    try expect(
      Sprites.self, "objects", "3..11",
      ["objects is up to 11, and a record of cater has at most 10"])
    try expect(
      MultiDSprites.self, "sprites", "5",
      ["sprites is up to 5", "colored-on-colored has at most 4"])
    try expect(Tetrominoes.self, "size", "40", ["size is 40, and a record of tetrominoes has 35"])
    try expect(
      ObjectsRoom.self, "objects", "1..4",
      ["objects is up to 4, and a record of objects-room has at most 3"])
  }

  @Test("fewer objects fit")
  func takesFewer() throws {
    var options = TetrominoesOptions()
    options.pieces = 1...2
    try expectRoundTrip(Tetrominoes(options, seed: 1))
  }
}

// MARK: - Facts
extension RecordShardTests {
  @Test("the camera's matrix takes an object's position to where it is seen")
  func camera() throws {
    let generator = try Sprites(seed: 11)
    var seen = 0
    for index in 0..<4 {
      let scene = generator.scene(index)
      let labels = generator.clip(index).labels
      let facts = generator.facts(index)
      let (matrices, positions) = (facts[0], facts[1])
      // Entity 0 and those that are not there.
      #expect(positions[..<99].allSatisfy { $0 == 0 })
      #expect(positions[((scene.objects.count + 1) * 99)...].allSatisfy { $0 == 0 })
      for entity in 1...scene.objects.count {
        for frame in stride(from: 0, to: 33, by: 4) {
          let place = (entity * 33 + frame) * 3
          let point = Array(positions[place..<place + 3]) + [1]
          let view = (0..<4).map { row in
            (0..<4).reduce(Float(0)) { $0 + matrices[frame * 16 + row * 4 + $1] * point[$1] }
          }
          #expect(view[2] == Float(scene.objects[entity - 1].depth) && view[3] == 1)
          guard abs(view[0]) < 0.99, abs(view[1]) < 0.99 else { continue }
          let column = Int((view[0] + 1) * 32)
          let row = Int((view[1] + 1) * 32)
          let label = Int(labels[(frame * 64 + row) * 64 + column])
          // Itself, or something in front of it.
          let isThere =
            label > 0 && scene.objects[label - 1].depth >= scene.objects[entity - 1].depth
          #expect(isThere)
          seen += label == entity ? 1 : 0
        }
      }
    }
    #expect(seen > 20)
  }

  @Test("entities of an image have their place, shape and colour where the pixels show them")
  func entities() throws {
    let sprites = try MultiDSprites(seed: 2)
    let pieces = try Tetrominoes(seed: 2)
    for index in 0..<20 {
      let scene = sprites.scene(index)
      let facts = sprites.facts(index)
      let count = scene.sprites.count
      #expect(facts[5] == (0..<5).map { $0 <= count ? 1 : 0 })
      #expect(facts[2].map { $0 > 0 } == (0..<5).map { (1...count).contains($0) })
      expectColours(facts[6], sprites.clip(index))
      // The last one painted lies uncovered, and its centre within it.
      let (column, row) = (Int(facts[0][count] * 64), Int(facts[1][count] * 64))
      #expect(Int(sprites.clip(index).labels[row * 64 + column]) == count)
      #expect(scene.sprites.map { Float($0.orientation) } == Array(facts[3][1...count]))
      #expect(scene.sprites.map { Float($0.scale) } == Array(facts[4][1...count]))

      let tetrominoes = pieces.facts(index)
      let labels = pieces.clip(index).labels
      #expect(tetrominoes[3] == [1, 1, 1, 1])
      #expect(tetrominoes[2][0] == 0 && tetrominoes[2].allSatisfy { (0...17).contains($0) })
      expectColours(tetrominoes[4], pieces.clip(index))
      for entity in 1...3 {
        let places = labels.indices.filter { Int(labels[$0]) == entity }
        let columns = places.map { $0 % 35 }
        let rows = places.map { $0 / 35 }
        #expect(tetrominoes[0][entity] == Self.middle(columns))
        #expect(tetrominoes[1][entity] == Self.middle(rows))
      }
    }
    #expect(try ObjectsRoom(seed: 2).facts(0) == [])
  }

  private static func middle(_ places: [Int]) -> Float {
    Float(Double(places.min()! + places.max()! + 1) / 2 / 35)
  }

  /// Where an entity is seen, the picture has its colour.
  private func expectColours(_ colours: [Float], _ sample: LabelledClip) {
    for (place, label) in sample.labels.enumerated() {
      for channel in 0..<3 {
        let byte = Float(sample.clip.pixels[place * 3 + channel])
        guard colours[Int(label) * 3 + channel] * 255 != byte else { continue }
        #expect(abs(colours[Int(label) * 3 + channel] * 255 - byte) < 1e-3)
      }
    }
  }
}
