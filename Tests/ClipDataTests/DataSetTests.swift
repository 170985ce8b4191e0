import ClipData
import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite("data sets")
struct DataSetTests {
  /// Samples of all files, in order.
  private func samples(_ set: DataSet, frameLimit: Int? = nil) throws -> [DataSample] {
    var samples: [DataSample] = []
    for file in set.files {
      let reader = try file.reader(frameLimit: frameLimit)
      while let sample = try reader.next() { samples.append(sample) }
    }
    return samples
  }

  private func writeShard(
    _ path: String, count: Int, first: UInt8, _ more: [(name: String, value: TensorBytes)] = []
  ) throws {
    let area = 2 * 4 * 6
    let video = (0..<count).flatMap { sample in
      [UInt8](repeating: first + UInt8(sample), count: area * 3)
    }
    let labels = (0..<count * area).map { UInt8($0 % 5) }
    try NPZFile.write(
      [
        ("video", TensorBytes(.u8([count, 2, 4, 6, 3]), bytes: video)),
        ("labels", TensorBytes(.u8([count, 2, 4, 6]), bytes: labels)),
      ] + more, to: path)
  }

  @Test("shards are read in natural order, with labels")
  func readsShards() throws {
    try withFolder { folder in
      try writeShard("\(folder)/a-10.npz", count: 2, first: 100)
      try writeShard("\(folder)/a-9.npz", count: 3, first: 10)
      try Data("notes".utf8).write(to: URL(filePath: "\(folder)/README.txt"))
      let samples = try samples(DataSet(folder))
      #expect(samples.map { $0.clip.pixels[0] } == [10, 11, 12, 100, 101])
      #expect(samples.allSatisfy { $0.clip.frameCount == 2 && $0.clip.width == 6 })
      #expect(samples[1].labels?.prefix(3) == [3, 4, 0])
      #expect(samples[4].clip.source.hasSuffix("a-10.npz, number 1"))
      #expect(samples[0].backgroundLabels == 1)
    }
  }

  @Test("of each clip no more frames are read than asked for")
  func limitsFrames() throws {
    try withFolder { folder in
      try writeShard("\(folder)/a.npz", count: 2, first: 1)
      let samples = try samples(DataSet("\(folder)/a.npz"), frameLimit: 1)
      #expect(samples.map(\.clip.frameCount) == [1, 1])
      #expect(samples.map { $0.clip.pixels[0] } == [1, 2])
      #expect(samples[1].labels?.prefix(2) == [3, 4])
    }
  }

  @Test("samples are skipped without being decoded")
  func skips() throws {
    try withFolder { folder in
      try writeShard("\(folder)/a.npz", count: 4, first: 1)
      let reader = try DataSet(folder).files[0].reader()
      #expect(try reader.skip(3) == 3)
      #expect(try reader.next()?.clip.pixels[0] == 4)
      #expect(try reader.skip(2) == 0)
      #expect(try reader.next() == nil)
    }
  }

  @Test("pictures are samples, or the frames of one clip; folders of frames are clips")
  func readsPictures() throws {
    try withFolder { folder in
      let clip = try smallClip(frames: 3, size: 8)
      for name in ["one", "two"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
        try writeFrames(of: clip, to: "\(folder)/\(name)") { "\($0).png" }
      }
      let clips = try samples(DataSet(folder))
      #expect(clips.map(\.clip.pixels) == [clip.pixels, clip.pixels])
      #expect(clips[0].labels == nil)
      let pictures = try samples(DataSet("\(folder)/one"))
      #expect(pictures.map(\.clip.frameCount) == [1, 1, 1])
      #expect(pictures.flatMap(\.clip.pixels) == clip.pixels)
      let frames = try samples(DataSet("\(folder)/one", pictures: .frames), frameLimit: 2)
      #expect(frames.map(\.clip.frameCount) == [2])
      let reader = try DataSet("\(folder)/one").files[0].reader()
      #expect(try reader.skip(5) == 1)
      #expect(try reader.next() == nil)
    }
  }

  @Test("training and validation are told by folders or names")
  func splits() throws {
    try withFolder { folder in
      try writeShard("\(folder)/x_train.npz", count: 1, first: 1)
      let whole = try DataSet.split(folder)
      #expect(whole.training.files.count == 1 && whole.validation == nil)
      try writeShard("\(folder)/x_test.npz", count: 2, first: 7)
      let named = try DataSet.split(folder)
      #expect(try samples(named.training).map { $0.clip.pixels[0] } == [1])
      #expect(try samples(#require(named.validation)).map { $0.clip.pixels[0] } == [7, 8])
      for name in ["train", "val"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
        try writeShard("\(folder)/\(name)/a.npz", count: 1, first: name == "val" ? 3 : 2)
      }
      let folders = try DataSet.split(folder)
      #expect(try samples(folders.training).map { $0.clip.pixels[0] } == [2])
      #expect(try samples(#require(folders.validation)).map { $0.clip.pixels[0] } == [3])
    }
  }

  @Test("a sample is prepared with its labels, and not longer than it is")
  func prepares() throws {
    let pixels = (0..<2 * 4 * 4 * 3).map { UInt8($0) }
    let labels: [UInt8] = (0..<32).map { $0 % 4 < 2 ? 3 : 1 }
    let clip = Clip(pixels: pixels, frameCount: 2, height: 4, width: 4, source: "here")
    let sample = DataSample(clip, labels: labels)
    let prepared = try sample.prepared(frames: 1, size: 2)
    // Mean of the four red values 0, 3, 12, 15.
    #expect(prepared.values.prefix(1) == [Float(7.5 / 255)])
    #expect(prepared.labels == [3, 1, 3, 1])
    #expect(prepared.byteCount == 12 * 4 + 4)
    expectRefusal("data.few-frames", ["takes 3 frames, and here has 2", "set frames=2"]) {
      _ = try sample.prepared(frames: 3, size: 2)
    }
  }
}

// MARK: - Refusals
extension DataSetTests {
  @Test("what holds no samples is refused with its name")
  func refusesOthers() throws {
    try withFolder { folder in
      expectRefusal("data.empty", ["has no samples", folder]) { _ = try DataSet(folder) }
      expectRefusal("clip.unreadable", ["\(folder)/none"]) { _ = try DataSet("\(folder)/none") }
      let text = "\(folder)/a.txt"
      try Data("x".utf8).write(to: URL(filePath: text))
      expectRefusal("data.unknown", ["got \(text)"]) { _ = try DataSet(text) }
      try writeShard("\(folder)/a.npz", count: 1, first: 0)
      try writeFrames(of: smallClip(frames: 1, size: 8), to: folder) { "\($0).png" }
      expectRefusal("data.mixed", ["picture as \(folder)/0.png", "arrays as \(folder)/a.npz"]) {
        _ = try DataSet(folder)
      }
    }
  }

  @Test("arrays that are no samples are refused with their type")
  func refusesArrays() throws {
    try withFolder { folder in
      let path = "\(folder)/a.npz"
      func refusal(
        _ code: Diagnostic.Code, _ parts: [String],
        _ arrays: [(name: String, value: TensorBytes)]
      ) throws {
        try NPZFile.write(arrays, to: path)
        expectRefusal(code, parts) { _ = try DataFile.arrays(path).reader() }
      }
      func zeros(_ lengths: [Int]) throws -> TensorBytes {
        let type = TensorType(.u8, try Shape(checking: lengths))
        return try TensorBytes(type, bytes: [UInt8](repeating: 0, count: type.byteCount))
      }
      try refusal("data.arrays", ["the archive has x"], [("x", zeros([1]))])
      try refusal("data.array-type", ["u8[2, 4, 4, 3, 1]"], [("video", zeros([2, 4, 4, 3, 1]))])
      try refusal("data.array-type", ["u8[2, 0, 4, 4, 3]"], [("video", zeros([2, 0, 4, 4, 3]))])
      try refusal(
        "data.labels", ["as u8[2, 1, 4, 4]", "got u8[2, 4, 4]"],
        [("video", zeros([2, 1, 4, 4, 3])), ("labels", zeros([2, 4, 4]))])
      try refusal(
        "data.background", ["got u8[2]"],
        [("image", zeros([1, 4, 4, 3])), ("background_labels", zeros([2]))])
    }
  }
}

extension DataFile {
  fileprivate static func arrays(_ path: String) throws -> DataFile {
    try #require(DataSet(path).files.first)
  }
}
