import ClipData
import Foundation
import Synchronization
import TensorCore
import TensorFiles
import Testing

@Suite("sprite shards")
struct ShardTests {
  /// Seven clips in files of three.
  static func shards(threads: Int = 2) throws -> GeneratedShards<Sprites> {
    var options = SpriteOptions()
    options.frames = 4
    options.size = 16
    var shards = GeneratedShards(try Sprites(options, seed: 9), count: 7)
    shards.clipsPerShard = 3
    shards.threadCount = threads
    return shards
  }

  static let names = ["sprites-00000.npz", "sprites-00001.npz", "sprites-00002.npz"]

  @Test("each file holds its clips, each as if made alone")
  func contents() throws {
    let shards = try Self.shards()
    try withFolder { folder in
      let paths = try shards.write(to: folder + "/a/b")
      #expect(paths == Self.names.map { "\(folder)/a/b/\($0)" })
      try expectFiles(Self.names, in: folder + "/a/b")
      for (number, path) in paths.enumerated() {
        let file = try NPZFile(reading: path)
        #expect(file.names == ["video", "labels"])
        let (video, labels) = (try file.bytes(of: "video"), try file.bytes(of: "labels"))
        let count = number < 2 ? 3 : 1
        #expect(video.type == .u8([count, 4, 16, 16, 3]))
        #expect(labels.type == .u8([count, 4, 16, 16]))
        let clips = (0..<count).map { shards.generator.clip(number * 3 + $0) }
        #expect(video.bytes == clips.flatMap(\.clip.pixels))
        #expect(labels.bytes == clips.flatMap(\.labels))
      }
    }
  }

  @Test("the same bytes with any number of threads, and over an older set", arguments: [1, 3, 7])
  func sameBytes(_ threads: Int) throws {
    try withFolder { folder in
      let first = try Self.shards().write(to: folder).map(fileBytes)
      let second = try Self.shards(threads: threads).write(to: folder).map(fileBytes)
      #expect(first == second)
      try expectFiles(Self.names, in: folder)
    }
  }

  @Test("deflated files are smaller and hold the same")
  func deflated() throws {
    try withFolder { folder in
      var shards = try Self.shards()
      let plain = try shards.write(to: folder)
      shards.format = .npz(isDeflated: true)
      let packed = try shards.write(to: folder + "/packed")
      #expect(try fileBytes(packed[0]).count < fileBytes(plain[0]).count / 2)
      #expect(
        try NPZFile(reading: packed[1]).bytes(of: "video").bytes
          == NPZFile(reading: plain[1]).bytes(of: "video").bytes)
    }
  }

  @Test("progress counts every clip once, in order")
  func progress() throws {
    let counts = Mutex<[Int]>([])
    try withFolder { folder in
      _ = try Self.shards().write(to: folder) { count in counts.withLock { $0.append(count) } }
    }
    #expect(counts.withLock { $0 } == Array(1...7))
  }

  @Test("a shard can be segmented: its clips are read by number")
  func readable() throws {
    let shards = try Self.shards()
    try withFolder { folder in
      let path = try shards.write(to: folder)[1]
      var reader = ClipReader()
      reader.batchIndex = 2
      let clip = try reader.read(path)
      #expect(clip.pixels == shards.generator.clip(5).clip.pixels)
      #expect(clip.notes == ["\(path): video holds 3 clips, of which this is number 2"])
    }
  }

  @Test("refuses bad counts, a folder in use and one that cannot be made")
  func refusals() throws {
    try withFolder { folder in
      var shards = try Self.shards()
      shards.count = 0
      expectRefusal("clip.option-range", ["count is 0"]) { try shards.write(to: folder) }
      shards.count = 7
      shards.clipsPerShard = 0
      expectRefusal("clip.option-range", ["clips per shard are 0"]) {
        try shards.write(to: folder)
      }
      shards.clipsPerShard = 1 << 40
      expectRefusal("clip.option-range", ["4294967296 bytes"]) { try shards.write(to: folder) }
      try expectFiles([], in: folder)

      for name in ["sprites-00003.npz", "sprites-3.npz", "sprites-test.npz"] {
        try AtomicFile.write([1], to: "\(folder)/\(name)")
        expectRefusal("clip.shard-surplus", [name, "the 3 files", "nothing was written"]) {
          try Self.shards().write(to: folder)
        }
        try expectFiles([name], in: folder)
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      }
      try AtomicFile.write([1], to: folder + "/file")
      for path in ["/file", "/file/below"] {
        expectRefusal("clip.folder", [folder + path]) {
          try Self.shards().write(to: folder + path)
        }
      }
    }
  }
}
