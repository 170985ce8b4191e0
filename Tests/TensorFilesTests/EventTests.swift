import Foundation
import Programs
import TensorCore
import TensorFiles
import Testing

@Suite("event files") struct EventTests {
  @Test("have the bytes that TensorBoard's own messages give")
  func bytes() throws {
    try withFolder { folder in
      let path = "\(folder)/x.tfevents"
      let events = try EventWriter(appendingTo: path)
      #expect(events.byteCount == 0)
      try events.append(
        [.scalar("loss/train", 2.5), .scalar("zero", 0)], step: 0, wallTime: 1_700_000_000.25)
      try events.append([], step: 1, wallTime: 1_700_000_001)
      try events.append(
        [
          .scalar("loss/train", .infinity), .scalar("größe", -0.0),
          .histogram("weights", Histogram(of: [-1, 0, 1, 1, 3] as [Float], bucketCount: 4)),
          .histogram("nobody", Histogram(of: [Double.nan])),
        ], step: 300, wallTime: 1_700_000_002.5)
      try events.append([.scalar("", 1)], step: -2, wallTime: -0.0)
      try events.sync()
      let bytes = try fileBytes(path)
      #expect(bytes == (try fileBytes(fixture("events.tfevents"))))
      #expect(events.byteCount == bytes.count)
    }
  }

  @Test("go on where a checkpoint was made, with the bytes of a run that never stopped")
  func resumes() throws {
    func append(_ steps: Range<Int>, to events: EventWriter) throws {
      for step in steps {
        let summaries = [
          EventSummary.scalar("loss", 1 / Double(step + 1)),
          .histogram("weights", Histogram(of: (0..<step).map(Double.init))),
        ]
        try events.append(summaries, step: step, wallTime: Double(step))
      }
    }
    try withFolder { folder in
      let whole = try EventWriter(appendingTo: "\(folder)/whole")
      try append(0..<9, to: whole)
      for kept in [0, 1, 5, 9] {
        let path = "\(folder)/\(kept)"
        let first = try EventWriter(appendingTo: path)
        try append(0..<kept, to: first)
        let noted = first.byteCount
        try append(kept..<9, to: first)
        try append(0..<2, to: first)
        let second = try EventWriter(appendingTo: path, keeping: noted)
        #expect(second.byteCount == noted)
        try append(kept..<9, to: second)
        #expect(second.byteCount == whole.byteCount)
        #expect(try fileBytes(path) == fileBytes("\(folder)/whole"))
      }
    }
  }

  @Test("refuse what is no picture")
  func refusesPictures() {
    expectRefusal("png.shape", ["got f32[1, 2, 3]"]) {
      _ = try EventSummary.picture("x", TensorBytes(counted(.f32, [1, 2, 3])))
    }
  }
}

// MARK: - Another reader
extension EventTests {
  /// The Python that `tools/setup` gives TensorBoard.
  private static var python: String {
    let environment = ProcessInfo.processInfo.environment
    let caches = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return (caches ?? environment["HOME", default: ""] + "/.cache") + "/smalti-tools/bin/python"
  }

  /// A run of two steps that stopped while it was at its third, and went on after its first.
  private static func writeRun(to path: String) throws {
    let picture = try TensorBytes(counted(.u8, [1, 2, 3]))
    let events = try EventWriter(appendingTo: path)
    try events.append(
      [.scalar("loss/train", 2.5), .scalar("rate", 0.25)], step: 0, wallTime: 1000.5)
    let noted = events.byteCount
    try events.append([.scalar("lost", 1)], step: 1, wallTime: 1001)
    let second = try EventWriter(appendingTo: path, keeping: noted)
    try second.append(
      [
        .scalar("loss/train", .nan), .picture("clip", picture),
        .picture("mask", TensorBytes(counted(.u8, [3, 1, 1]))),
        .histogram("weights", Histogram(of: [-1, 0, 1, 1, 3] as [Float], bucketCount: 4)),
        .histogram("ones", Histogram(of: [1, 1, .infinity] as [Double])),
      ], step: 7, wallTime: 1002)
    try second.append([.scalar("last", -0.5)], step: 1 << 40, wallTime: 1003)
  }

  @Test("are read by TensorBoard: scalars, pictures and histograms, by library and by server")
  func tensorBoardReads() throws {
    try #require(
      FileManager.default.isExecutableFile(atPath: Self.python),
      "there is no TensorBoard at \(Self.python); run tools/setup")
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: "\(folder)/run", withIntermediateDirectories: false)
      try Self.writeRun(to: "\(folder)/run/events.out.tfevents.1000.test")
      try ChildProgram.run(
        Self.python, ["-B", fixture("read_events.py"), "\(folder)/run", "\(folder)/found"],
        in: URL(filePath: folder))
      let found = try String(contentsOfFile: "\(folder)/found", encoding: .utf8)
      let expected = try String(contentsOfFile: fixture("read_events.txt"), encoding: .utf8)
      // Line by line, so that a difference shows.
      #expect(found.split(separator: "\n") == expected.split(separator: "\n"))
    }
  }
}
