import ClipData
import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite("records of the data sets")
struct RecordLayoutTests {
  /// A sample of the layout's size whose labels take every entity.
  private func sample(_ layout: RecordLayout) -> LabelledClip {
    let clip = Clip(
      pixels: pattern(layout.pixelCount * 3), frameCount: layout.frames, height: layout.height,
      width: layout.width, source: "test")
    let labels = (0..<layout.pixelCount).map { UInt8($0 / 7 % layout.entities) }
    return LabelledClip(clip, labels: labels)
  }

  private func facts(_ layout: RecordLayout) -> [[Float]] {
    layout.facts.map { fact in (0..<fact.count).map(Float.init) }
  }

  private func write(_ records: [[UInt8]], _ packing: RecordWriter.Packing, to path: String) throws
  {
    try RecordWriter.write(to: path, packing) { sink throws(Diagnostic) in
      for record in records { try sink.append(record) }
    }
  }

  @Test("what is written is read", arguments: RecordLayout.known.filter { $0.channels == 3 })
  func roundTrips(_ layout: RecordLayout) throws {
    let sample = sample(layout)
    let record = try layout.record(sample, facts: facts(layout))
    try withFolder { folder in
      let path = "\(folder)/a.tfrecords"
      try write([record, record], layout.packing, to: path)
      let reader = try #require(DataSet(path).files.first).reader()
      #expect(try reader.skip(1) == 1)
      let read = try #require(try reader.next())
      #expect(read.clip.pixels == sample.clip.pixels)
      #expect(read.labels == sample.labels)
      #expect(read.backgroundLabels == layout.backgroundEntities)
      #expect(read.clip.source == "\(path), record 1")
      #expect(try reader.next() == nil)
      let example = try RecordExample(record, path: path, number: 0)
      for (fact, values) in zip(layout.facts, facts(layout)) {
        #expect(try example.floats(fact.name) == values)
      }
    }
  }

  @Test("no two layouts have the same lengths")
  func areTold() {
    let lengths = RecordLayout.known.map { [$0.imageByteCount, $0.maskByteCount] }
    #expect(Set(lengths).count == lengths.count)
  }

  @Test("gray pictures have three equal channels")
  func readsGray() throws {
    let layout = try #require(RecordLayout.known.first { $0.channels == 1 })
    let image = pattern(layout.imageByteCount)
    // The third of four entities everywhere.
    let mask = (0..<layout.maskByteCount).map { UInt8($0 % 4 == 2 ? 255 : 0) }
    let record = RecordExample.encode([
      ("image", .byteStrings(image)), ("mask", .byteStrings(mask)),
    ])
    try withFolder { folder in
      let path = "\(folder)/a.tfrecords"
      try write([record], .gzip, to: path)
      let sample = try #require(try DataSet(path).files.first?.reader().next())
      #expect(sample.clip.pixels == image.flatMap { [$0, $0, $0] })
      #expect(sample.labels == [UInt8](repeating: 2, count: layout.pixelCount))
    }
  }

  @Test("frames are limited; where masks overlap the first entity stays, where none is it is 0")
  func resolvesMasks() throws {
    let layout = RecordLayout.cater
    var mask = [UInt8](repeating: 0, count: layout.maskByteCount)
    // Frame 1, pixel 5: entities 3 and 7.
    for entity in [3, 7] { mask[(11 + entity) * 4096 + 5] = 255 }
    let record = RecordExample.encode([
      ("image", .bytes(pattern(layout.imageByteCount))), ("mask", .bytes(mask)),
    ])
    try withFolder { folder in
      let path = "\(folder)/a.tfrecords"
      try write([record], .zlib, to: path)
      let file = try #require(DataSet(path).files.first)
      let sample = try #require(try file.reader(frameLimit: 2).next())
      #expect(sample.clip.frameCount == 2)
      #expect(sample.labels?.firstIndex(of: 3) == 4096 + 5)
      #expect(sample.labels?.filter { $0 != 0 }.count == 1)
    }
  }

  @Test("what does not fit a layout is refused with file, record and key")
  func refuses() throws {
    let layout = RecordLayout.tetrominoes
    let image = RecordExample.Feature.byteStrings(pattern(layout.imageByteCount))
    var mask = [UInt8](repeating: 0, count: layout.maskByteCount)
    let good = RecordExample.encode([("image", image), ("mask", .byteStrings(mask))])
    mask[17] = 254
    let gray = RecordExample.encode([("image", image), ("mask", .byteStrings(mask))])
    let short = RecordExample.encode([("image", image), ("mask", .byteStrings([0, 0]))])
    try withFolder { folder in
      let path = "\(folder)/a.tfrecords"
      func refusal(_ code: Diagnostic.Code, _ parts: [String], _ records: [[UInt8]]) throws {
        try write(records, .none, to: path)
        let reader = try #require(DataSet(path).files.first).reader()
        for _ in records.dropLast() { _ = try reader.next() }
        expectRefusal(code, parts + [path]) { _ = try reader.next() }
      }
      try refusal("data.layout", ["record 0 has 3675 bytes of image and 2 of mask"], [short])
      try refusal(
        "data.byte-count", ["mask of record 1 has 2 bytes, and a record of tetrominoes has 4900"],
        [good, short])
      try refusal(
        "data.mask-value", ["mask of record 1 must be 0 or 255 everywhere, got 254 at byte 17"],
        [good, gray])
    }
  }

  @Test("what a layout cannot hold is not written")
  func refusesToWrite() throws {
    let layout = RecordLayout.tetrominoes
    let clip = Clip(
      pixels: pattern(36 * 35 * 3), frameCount: 1, height: 36, width: 35, source: "test")
    let wrong = LabelledClip(clip, labels: [UInt8](repeating: 4, count: 36 * 35))
    expectRefusal("data.not-in-layout", ["1 x 35 x 35", "at most 4", "1 x 36 x 35 and 5"]) {
      _ = try layout.record(wrong, facts: facts(layout))
    }
  }
}
