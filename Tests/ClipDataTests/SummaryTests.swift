import ClipData
import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite("summaries of data sets")
struct SummaryTests {
  /// Two clips of two frames of 2 x 3, the second without objects.
  private func write(to folder: String) throws {
    let pixels = (0..<72).map { UInt8($0) }
    let labels: [UInt8] =
      [0, 0, 1, 2, 2, 0] + [0, 0, 0, 0, 3, 1] + [UInt8](repeating: 1, count: 12)
    try NPZFile.write(
      [
        (name: "video", value: TensorBytes(.u8([2, 2, 2, 3, 3]), bytes: pixels)),
        (name: "labels", value: TensorBytes(.u8([2, 2, 2, 3]), bytes: labels)),
        (name: "background_labels", value: TensorBytes(.u8([1]), bytes: [2])),
      ], to: "\(folder)/a.npz")
  }

  @Test("count samples, pixels and objects")
  func counts() throws {
    try withFolder { folder in
      try write(to: folder)
      let summary = try DataSummary(reading: DataSet(folder))
      #expect(summary.kind == .arrays && summary.layout == nil && summary.fileCount == 1)
      #expect(summary.byteCount == (try fileBytes("\(folder)/a.npz").count))
      #expect(summary.sampleCount == 2 && summary.isWhole)
      #expect((summary.frames.least, summary.frames.most) == (2, 2))
      #expect((summary.height.least, summary.width.most) == (2, 3))
      let labels = try #require(summary.labels)
      #expect(labels.background.least == 2 && labels.sampleCount == 2)
      #expect((labels.objects.least, labels.objects.most, labels.objects.mean) == (0, 2, 1))
      // Labels 2 and 3, thrice, are objects.
      #expect(labels.backgroundShare == 21.0 / 24)
      // 0, 3, …, 69 and the next ones.
      #expect(summary.channels.map(\.least) == [0, 1, 2])
      #expect(summary.channels.map(\.most) == [69, 70, 71])
      #expect(summary.channels.map(\.mean) == [34.5, 35.5, 36.5])
      #expect(summary.samplesPerSecond > 0)
    }
  }

  @Test("stop at a limit, and know whether there is more", arguments: [1, 2, 3, 6, 7])
  func stops(_ limit: Int) throws {
    try withFolder { folder in
      for name in ["a", "b", "c"] {
        try write(to: folder)
        if name != "a" {
          try FileManager.default.copyItem(
            atPath: "\(folder)/a.npz", toPath: "\(folder)/\(name).npz")
        }
      }
      var numbers: [Int] = []
      let summary = try DataSummary(reading: DataSet(folder), limit: limit) { _, number in
        numbers.append(number)
      }
      #expect(summary.sampleCount == min(limit, 6))
      #expect(summary.isWhole == (limit >= 6))
      #expect(numbers == Array(0..<min(limit, 6)))
    }
  }

  @Test("tell the layout of records")
  func layout() throws {
    try withFolder { folder in
      var shards = GeneratedShards(try ObjectsRoom(seed: 1), count: 3)
      shards.format = .tfrecord
      try shards.write(to: folder)
      let summary = try DataSummary(reading: DataSet(folder))
      #expect(summary.kind == .records && summary.layout == .objectsRoom)
      #expect(summary.labels?.background.most == 4)
    }
  }

  @Test("pictures of several sizes, without labels")
  func pictures() throws {
    try withFolder { folder in
      for (name, height) in [("a", 2), ("b", 5)] {
        try PNGFile.write(
          TensorBytes(
            .u8([height, 3, 3]), bytes: [UInt8](repeating: 9, count: height * 9)),
          to: "\(folder)/\(name).png")
      }
      let summary = try DataSummary(reading: DataSet(folder))
      #expect(summary.sampleCount == 2 && summary.labels == nil)
      #expect((summary.height.least, summary.height.most, summary.height.mean) == (2, 5, 3.5))
    }
  }

  @Test("an empty set and damaged files are refused")
  func refusals() throws {
    try withFolder { folder in
      let path = "\(folder)/a.tfrecords"
      try RecordWriter.write(to: path) { _ in }
      expectRefusal("data.empty", [path]) { _ = try DataSummary(reading: DataSet(path)) }
      var shards = GeneratedShards(try Tetrominoes(seed: 1), count: 2)
      shards.format = .tfrecord
      let whole = try fileBytes(try shards.write(to: folder)[0])
      try AtomicFile.write(Array(whole.dropLast(40)), to: path)
      expectRefusal("tfrecord.packed", [path, "end too early"]) {
        _ = try DataSummary(reading: DataSet(path))
      }
    }
  }
}

@Suite("thumbnails")
struct ThumbnailTests {
  @Test("first, middle and last frame as they are, if small")
  func small() throws {
    let clip = try smallClip()
    let labels = (0..<5 * 32 * 32).map { UInt8($0 / 1024) }
    let thumbnail = DataSample(clip, labels: labels, backgroundLabels: 3).thumbnail(mostSide: 32)
    #expect((thumbnail.height, thumbnail.width, thumbnail.backgroundLabels) == (32, 32, 3))
    #expect(
      thumbnail.pictures == [0, 2, 4].map { Array(clip.pixels[$0 * 3072..<($0 + 1) * 3072]) })
    #expect(thumbnail.labels == [0, 2, 4].map { [UInt8](repeating: $0, count: 1024) })
  }

  @Test("one picture is one picture")
  func single() throws {
    let thumbnail = DataSample(try smallClip(frames: 1), labels: nil).thumbnail(mostSide: 128)
    #expect(thumbnail.pictures.count == 1 && thumbnail.labels == nil)
  }

  @Test("large pictures are averaged, labels taken from the middle")
  func large() {
    // 2 x 4 to 1 x 2: each pixel is the mean of four, with halves up.
    let pixels: [UInt8] = [0, 2, 10, 11, 4, 8, 10, 11].flatMap { [$0, 0, 255] }
    let clip = Clip(pixels: pixels, frameCount: 1, height: 2, width: 4, source: "test")
    let thumbnail = DataSample(clip, labels: [1, 2, 3, 4, 5, 6, 7, 8]).thumbnail(mostSide: 2)
    #expect((thumbnail.height, thumbnail.width) == (1, 2))
    #expect(thumbnail.pictures == [[4, 0, 255, 11, 0, 255]])
    #expect(thumbnail.labels == [[6, 8]])
  }
}
