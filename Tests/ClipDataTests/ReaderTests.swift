import ClipData
import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite("folders and arrays")
struct ReaderTests {
  func read(_ path: String, _ change: (inout ClipReader) -> Void = { _ in }) throws -> Clip {
    var reader = ClipReader()
    // Nothing here may need ffmpeg.
    reader.programs = VideoPrograms(ffmpeg: "/nowhere/ffmpeg", ffprobe: "/nowhere/ffprobe")
    change(&reader)
    return try reader.read(path)
  }

  @Test("a folder of PNG files is a clip, in natural order")
  func folder() throws {
    let clip = try smallClip(frames: 12, size: 8)
    try withFolder { folder in
      try writeFrames(of: clip, to: folder) { "frame\($0).\($0 == 11 ? "PNG" : "png")" }
      try AtomicFile.write([1], to: folder + "/notes.txt")
      try AtomicFile.write([1], to: folder + "/.hidden.png")
      let got = try read(folder)
      #expect(got.pixels == clip.pixels)
      #expect((got.frameCount, got.height, got.width) == (12, 8, 8))
      #expect(got.framesPerSecond == nil && got.source == folder && got.notes == [])
      let first = try read(folder) { $0.frameLimit = 2 }
      #expect(first.pixels == Array(clip.pixels.prefix(2 * 8 * 8 * 3)))
      let one = try read(folder + "/frame3.png")
      #expect(one.pixels == Array(clip.pixels[3 * 192..<4 * 192]))
    }
  }

  @Test("numbers in names count as numbers")
  func naturalOrder() {
    let names = ["a2", "a10", "a1", "b1", "a01", "a1b", "10", "9", "a1c2", "a1c10"]
    #expect(
      names.sorted(by: ClipReader.precedesNaturally)
        == ["9", "10", "a01", "a1", "a1b", "a1c2", "a1c10", "a2", "a10", "b1"])
  }

  @Test("arrays are clips: bytes or numbers from 0 to 1, with or without a batch axis")
  func arrays() throws {
    let bytes = pattern(4 * 5 * 6 * 3)
    let numbers = bytes.map { Double($0) / 255 }
    try withFolder { folder in
      let values: [(String, TensorBytes)] = [
        ("u8", try TensorBytes(.u8([4, 5, 6, 3]), bytes: bytes)),
        ("u8b", try TensorBytes(.u8([1, 4, 5, 6, 3]), bytes: bytes)),
        ("f32", try TensorBytes(HostTensor(.f32([4, 5, 6, 3]), converting: numbers))),
        ("f32b", try TensorBytes(HostTensor(.f32([1, 4, 5, 6, 3]), converting: numbers))),
      ]
      for (name, value) in values {
        try NPYFile.write(value, to: "\(folder)/\(name).npy")
        try NPZFile.write([("x", value)], to: "\(folder)/\(name).npz")
        try NPZFile.write([("labels", value), ("video", value)], to: "\(folder)/\(name)2.NPZ")
        for file in ["\(name).npy", "\(name).npz", "\(name)2.NPZ"] {
          let clip = try read("\(folder)/\(file)")
          #expect(clip.pixels == bytes)
          #expect((clip.frameCount, clip.height, clip.width) == (4, 5, 6))
          #expect(clip.notes == [])
          let first = try read("\(folder)/\(file)") { $0.frameLimit = 3 }
          #expect(first.pixels == Array(bytes.prefix(3 * 5 * 6 * 3)))
        }
      }
    }
  }

  @Test("one clip of several is chosen by number")
  func batches() throws {
    let bytes = pattern(3 * 2 * 4 * 4 * 3)
    let numbers = bytes.map { Double($0) / 255 }
    try withFolder { folder in
      let type = TensorType.f32([3, 2, 4, 4, 3])
      try NPYFile.write(TensorBytes(HostTensor(type, converting: numbers)), to: folder + "/x.npy")
      let clip = try read(folder + "/x.npy") { $0.batchIndex = 2 }
      #expect(clip.pixels == Array(bytes.suffix(2 * 4 * 4 * 3)))
      #expect(clip.notes == ["\(folder)/x.npy holds 3 clips, of which this is number 2"])
      for index in [-1, 3] {
        expectRefusal("clip.batch", ["clip \(index)", "f32[3, 2, 4, 4, 3]", "0 to 2"]) {
          _ = try read(folder + "/x.npy") { $0.batchIndex = index }
        }
      }
    }
  }

  @Test("refuses folders without frames and frames of different sizes")
  func refusesFolders() throws {
    try withFolder { folder in
      expectRefusal("clip.no-frames", [folder, ".png"]) { _ = try read(folder) }
      try writeFrames(of: smallClip(frames: 2, size: 8), to: folder) { "f\($0).png" }
      expectRefusal("clip.too-large", [folder, "384 bytes", "383"]) {
        _ = try read(folder) { $0.byteLimit = 383 }
      }
      #expect(try read(folder) { $0.byteLimit = 384 }.frameCount == 2)
      try writeFrames(of: smallClip(frames: 1, size: 9), to: folder) { _ in "f10.png" }
      expectRefusal("clip.frame-size", ["f10.png", "8 x 8", "9 x 9"]) { _ = try read(folder) }
      try AtomicFile.write([1, 2, 3], to: folder + "/f1.png")
      expectRefusal("png.damaged", ["f1.png"]) { _ = try read(folder) }
      expectRefusal("clip.option-range", ["0"]) { _ = try read(folder) { $0.frameLimit = 0 } }
    }
  }

  @Test("refuses arrays that are no clips, naming the type")
  func refusesTypes() throws {
    let types: [TensorType] = [
      .u8([4, 4, 3]), .u8([2, 4, 4, 1]), .u8([2, 3, 4, 4]), .f64([2, 4, 4, 3]),
      .i32([2, 4, 4, 3]), .u8([1, 1, 2, 4, 4, 3]), .f32([]),
    ]
    try withFolder { folder in
      for type in types {
        try NPYFile.write(TensorBytes(HostTensor(type, repeating: 0)), to: folder + "/x.npy")
        expectRefusal("clip.type", [folder + "/x.npy", "got \(type)"]) {
          _ = try read(folder + "/x.npy")
        }
      }
      for type in [TensorType.u8([0, 4, 4, 3]), .f32([2, 0, 4, 3]), .u8([1, 2, 4, 0, 3])] {
        try NPYFile.write(TensorBytes(HostTensor(type, repeating: 0)), to: folder + "/x.npy")
        expectRefusal("clip.no-frames", [folder + "/x.npy", "\(type)"]) {
          _ = try read(folder + "/x.npy")
        }
      }
      let none = TensorType.u8([0, 2, 4, 4, 3])
      try NPYFile.write(TensorBytes(HostTensor(none, repeating: 0)), to: folder + "/x.npy")
      expectRefusal("clip.batch", ["\(none)"]) { _ = try read(folder + "/x.npy") }
    }
  }

  @Test("refuses numbers outside 0 to 1, with their place", arguments: [-0.5, 1.5, 200, .nan])
  func refusesValues(_ value: Double) throws {
    let type = TensorType.f32([2, 3, 4, 3])
    var numbers = [Double](repeating: 0.5, count: type.shape.count)
    numbers[(1 * 3 + 2) * 12 + 3 * 3 + 1] = value
    try withFolder { folder in
      try NPYFile.write(TensorBytes(HostTensor(type, converting: numbers)), to: folder + "/x.npy")
      expectRefusal("clip.value", ["got \(Float(value))", "[1, 2, 3, 1]", "255"]) {
        _ = try read(folder + "/x.npy")
      }
    }
  }

  @Test("refuses archives without a clip, large arrays and damaged files")
  func refusesArchives() throws {
    let clip = try TensorBytes(.u8([1, 2, 2, 3]), bytes: pattern(12))
    try withFolder { folder in
      let path = folder + "/x.npz"
      try NPZFile.write([("a", clip), ("b", clip)], to: path)
      expectRefusal("clip.member", [path, "a, b", "video"]) { _ = try read(path) }
      try NPZFile.write([], to: path)
      expectRefusal("clip.member", [path, "none"]) { _ = try read(path) }
      try NPZFile.write([("a", clip)], to: path)
      expectRefusal("clip.too-large", [path, "12 bytes", "11"]) {
        _ = try read(path) { $0.byteLimit = 11 }
      }
      try AtomicFile.write([1], to: path)
      expectRefusal("npz.not-zip", [path]) { _ = try read(path) }
      try AtomicFile.write([1], to: folder + "/x.npy")
      expectRefusal("npy.magic", ["x.npy"]) { _ = try read(folder + "/x.npy") }
    }
  }

  @Test("refuses what cannot be read at all")
  func refusesPaths() throws {
    try withFolder { folder in
      expectRefusal("clip.unreadable", [folder + "/none.avi", "no such"]) {
        _ = try read(folder + "/none.avi")
      }
      #expect(mkfifo(folder + "/pipe.avi", 0o600) == 0)
      expectRefusal("clip.unreadable", ["pipe.avi", "pipe"]) {
        _ = try read(folder + "/pipe.avi")
      }
      try AtomicFile.write([1], to: folder + "/x.avi")
      expectRefusal(
        "clip.program-missing", ["/nowhere/ffprobe", "No such file", "apt-get install ffmpeg"]
      ) { _ = try read(folder + "/x.avi") }
    }
  }
}
