import ClipData
import Foundation
import TensorCore
import TensorFiles
import Testing

/// What holds for every generator of images; what each of them shows has tests of its own.
@Suite("image generators")
struct GeneratorTests {
  @Test("the first images of seed 1 keep their bits")
  func golden() throws {
    try expectBits(MultiDSprites(seed: 1), pixels: "47597d2826804469", labels: "5adb5b648472c198")
    try expectBits(Tetrominoes(seed: 1), pixels: "6154d55c3692de8d", labels: "4376a17f06ad88b1")
    try expectBits(ObjectsRoom(seed: 1), pixels: "797d513eb0e5529", labels: "a556b50198069c80")
  }

  private func expectBits(_ generator: some ClipGenerator, pixels: String, labels: String) {
    let clips = (0..<20).map(generator.clip)
    #expect(hash(clips.flatMap(\.clip.pixels)) == pixels)
    #expect(hash(clips.flatMap(\.labels)) == labels)
  }

  @Test("an image depends on options, seed and number alone")
  func alone() throws {
    try expectPure { seed throws(Diagnostic) in try MultiDSprites(seed: seed) }
    try expectPure { seed throws(Diagnostic) in try Tetrominoes(seed: seed) }
    try expectPure { seed throws(Diagnostic) in try ObjectsRoom(seed: seed) }
  }

  private func expectPure<Generator: ClipGenerator>(
    _ make: (UInt64) throws(Diagnostic) -> Generator
  ) throws {
    let generator = try make(5)
    let size = generator.options.size
    let clips = (0..<10).map(generator.clip)
    #expect(try make(5).clip(7) == clips[7])
    #expect(try make(6).clip(7).clip.pixels != clips[7].clip.pixels)
    #expect(Set(clips.map(\.clip.pixels)).count == 10)
    for (index, clip) in clips.enumerated() {
      #expect(clip.clip.frameCount == 1)
      #expect(clip.clip.height == size && clip.clip.width == size)
      #expect(clip.clip.source == "\(Generator.name), seed 5, image \(index)")
    }
  }

  @Test("names, kinds and labels of background")
  func kinds() {
    #expect(
      [Sprites.name, MultiDSprites.name, Tetrominoes.name, ObjectsRoom.name]
        == ["sprites", "multi-dsprites", "tetrominoes", "objects-room"])
    #expect(Sprites.isVideo && Sprites.backgroundLabels == 1)
    #expect(!MultiDSprites.isVideo && MultiDSprites.backgroundLabels == 1)
    #expect(!Tetrominoes.isVideo && Tetrominoes.backgroundLabels == 1)
    #expect(!ObjectsRoom.isVideo && ObjectsRoom.backgroundLabels == 4)
  }
}

// MARK: - Options
extension GeneratorTests {
  @Test("every option has a setting, which text sets and which reads back")
  func settings() throws {
    try expectSettings(of: MultiDSpritesOptions())
    try expectSettings(of: TetrominoesOptions())
    try expectSettings(of: ObjectsRoomOptions())
  }

  private func expectSettings<Options: GeneratorOptions>(of defaults: Options) throws {
    try defaults.check()
    #expect(Mirror(reflecting: defaults).children.count == Options.settings.count)
    for setting in Options.settings {
      var options = defaults
      let value = setting.value(in: options)
      try options.set(setting.name, to: value)
      #expect(options == defaults)
      let other = ["4", "0.5", "0..1", "true"].first {
        $0 != value && (try? options.set(setting.name, to: $0)) != nil
      }
      #expect(other != nil && options != defaults && setting.value(in: options) != value)
      expectRefusal(
        "clip.option-value", ["\(setting.name) needs ", "got x", "for example \(setting.name)="]
      ) { try options.set(setting.name, to: "x") }
    }
  }

  @Test("the examples of calls are taken")
  func examples() throws {
    try expectExample(Sprites.self)
    try expectExample(MultiDSprites.self)
    try expectExample(Tetrominoes.self)
    try expectExample(ObjectsRoom.self)
  }

  private func expectExample<Generator: ClipGenerator>(_ type: Generator.Type) throws {
    var options = Generator.Options()
    for setting in Generator.example.split(separator: " ") {
      let parts = setting.split(separator: "=").map(String.init)
      try options.set(parts[0], to: parts[1])
    }
    #expect(options != Generator.Options())
    _ = try Generator(options, seed: 0).clip(0)
  }

  @Test("an unknown option is refused with the generator's name and options")
  func unknown() {
    var options = TetrominoesOptions()
    expectRefusal(
      "clip.option-unknown",
      [
        "the generator tetrominoes has no option sprites",
        "it has size, pieces, cell, step, unique, tries",
      ]
    ) { try options.set("sprites", to: "1") }
    expectRefusal("clip.option-value", ["unique needs true or false, got yes"]) {
      try options.set("unique", to: "yes")
    }
  }

  @Test("options that contradict each other are refused")
  func contradictions() throws {
    expectRange(
      MultiDSprites.self, ["levels=2", "sprites=1..8", "unique=true"],
      "background and 8 sprites cannot differ in colour when 2 levels make 8 colours",
      help: "raise levels, lower sprites, or say unique=false")
    expectRange(
      MultiDSprites.self, ["lattice=0"], "lattice is 0, which is outside 1..1000000",
      help: "for example lattice=1")
    expectRange(
      Tetrominoes.self, ["step=2"], "step is 2, which does not divide the 5 pixels of a cell",
      help: "for example step=5")
    expectRange(
      Tetrominoes.self, ["pieces=1..4"], "size is 35, and 4 pieces of 5-pixel cells need 40",
      help: "for example size=40")
    expectRange(
      Tetrominoes.self, ["pieces=7", "size=70", "unique=true"],
      "7 pieces cannot differ in colour, of which there are 6",
      help: "lower pieces, or say unique=false")
    expectRange(
      ObjectsRoom.self, ["objects=1..253"], "objects is 253, which is outside 0..252",
      help: "for example objects=0")
    expectRange(
      ObjectsRoom.self, ["nearest=0.5", "wall_slope=4", "wall_depth=0.125", "horizon=0.25"],
      "walls may end at row 0.75 and objects stand no lower than 0.5",
      help: "lower horizon, wall_depth or wall_slope, or raise nearest")
  }

  private func expectRange<Generator: ClipGenerator>(
    _ type: Generator.Type, _ settings: [String], _ message: String, help: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      var options = Generator.Options()
      for setting in settings {
        let parts = setting.split(separator: "=").map(String.init)
        try options.set(parts[0], to: parts[1])
      }
      _ = try Generator(options, seed: 0)
      Issue.record("nothing was refused", sourceLocation: sourceLocation)
    } catch let diagnostic as Diagnostic {
      #expect(diagnostic.code == "clip.option-range", sourceLocation: sourceLocation)
      #expect(diagnostic.message == message, sourceLocation: sourceLocation)
      #expect(diagnostic.help == help, sourceLocation: sourceLocation)
    } catch {
      Issue.record("unexpected \(error)", sourceLocation: sourceLocation)
    }
  }
}

// MARK: - Files
extension GeneratorTests {
  @Test("files hold images, labels, and how many labels are background if not one")
  func shards() throws {
    try expectShards(MultiDSprites(seed: 3), background: nil)
    try expectShards(Tetrominoes(seed: 3), background: nil)
    try expectShards(ObjectsRoom(seed: 3), background: 4)
  }

  private func expectShards<Generator: ClipGenerator>(
    _ generator: Generator, background: UInt8?
  ) throws {
    let size = generator.options.size
    let names = (0..<3).map { "\(Generator.name)-0000\($0).npz" }
    var shards = GeneratedShards(generator, count: 7)
    shards.clipsPerShard = 3
    try withFolder { folder in
      let paths = try shards.write(to: folder)
      try expectFiles(names, in: folder)
      for (number, path) in paths.enumerated() {
        let file = try NPZFile(reading: path)
        let count = number < 2 ? 3 : 1
        let clips = (0..<count).map { generator.clip(number * 3 + $0) }
        let image = try file.bytes(of: "image")
        let labels = try file.bytes(of: "labels")
        #expect(image.type == .u8(try Shape(checking: [count, size, size, 3])))
        #expect(labels.type == .u8(try Shape(checking: [count, size, size])))
        #expect(image.bytes == clips.flatMap(\.clip.pixels))
        #expect(labels.bytes == clips.flatMap(\.labels))
        if let background {
          #expect(file.names == ["image", "labels", "background_labels"])
          let array = try file.bytes(of: "background_labels")
          #expect(array.type == .u8([1]) && array.bytes == [background])
        } else {
          #expect(file.names == ["image", "labels"])
        }
      }
      // Whatever the threads, and however many more follow.
      let first = try paths.map(fileBytes)
      for threads in [1, 3] {
        shards.threadCount = threads
        #expect(try shards.write(to: folder).map(fileBytes) == first)
      }
      shards.count = 12
      #expect(Array(try shards.write(to: folder).map(fileBytes)[..<2]) == Array(first[..<2]))
    }
  }

  @Test("sets of different generators share a folder")
  func shared() throws {
    try withFolder { folder in
      try GeneratedShards(Tetrominoes(seed: 0), count: 1).write(to: folder)
      try GeneratedShards(MultiDSprites(seed: 0), count: 1).write(to: folder)
      try expectFiles(["multi-dsprites-00000.npz", "tetrominoes-00000.npz"], in: folder)
    }
  }
}

// MARK: - Statistics

/// Every one of `choices` occurs about equally often among `values`, and nothing else does.
///
/// Of N fair draws among k each occurs N/k times with deviation sqrt(N (k - 1)) / k. Beyond five
/// deviations lies less than one case in a million; seeds are fixed, so the test is too.
func expectEven<Value: Hashable>(
  _ values: [Value], _ choices: [Value], sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(Set(values) == Set(choices), sourceLocation: sourceLocation)
  let (total, kinds) = (Double(values.count), Double(choices.count))
  for choice in choices {
    let count = Double(values.count { $0 == choice })
    #expect(
      abs(count - total / kinds) <= 5 * (total * (kinds - 1)).squareRoot() / kinds,
      "\(choice): \(count) of \(total)", sourceLocation: sourceLocation)
  }
}

/// The pixel's red, green and blue.
func colour(_ clip: LabelledClip, _ place: Int) -> SIMD3<UInt8> {
  SIMD3(clip.clip.pixels[place * 3..<place * 3 + 3])
}
