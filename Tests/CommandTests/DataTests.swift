import Foundation
import Smalti
import Testing

/// `data make --format tfrecord` and `data info`.
@Suite("The command: data sets")
struct DataTests {
  @Test("records hold what arrays hold, and are described alike")
  func records() throws {
    try withCommand { smalti in
      var pages: [[String: Any]] = []
      for format in ["npz", "tfrecord"] {
        let made = try smalti.run(
          "data", "make", "objects-room", "--seed", "5", "--count", "7", "--shard", "3",
          "--format", format, "--out", format)
        #expect(made.status == 0 && made.error == "")
        #expect(
          made.out.hasPrefix("wrote 7 images u8[64, 64, 3] of seed 5 in 3 files to \(format)"))
        let info = try smalti.run("data", "info", format, "--json")
        #expect(info.status == 0 && info.error == "")
        pages.append(try #require(try json(info.out) as? [String: Any]))
      }
      #expect(
        try smalti.files() == ["npz", "npz-sheet.png", "tfrecord", "tfrecord-sheet.png"])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: smalti.path("tfrecord")).sorted()
          == (0..<3).map { "objects-room-0000\($0).tfrecords" })
      #expect(pages.map { $0["kind"] as? String } == ["arrays", "records"])
      #expect(pages.map { $0["layout"] as? String } == [nil, "objects-room"])
      for page in pages {
        #expect(page["samples"] as? Int == 7 && page["isWhole"] as? Bool == true)
        #expect(page["files"] as? Int == 3)
        let labels = try #require(page["labels"] as? [String: Any])
        #expect((labels["background"] as? [String: Double])?["most"] == 4)
      }
      for key in ["channels", "labels", "frames", "height", "width"] {
        let values = pages.map { $0[key] as? NSObject }
        #expect(values[0] != nil && values[0] == values[1])
      }
      let sheets = try ["npz", "tfrecord"].map { try PNGFile.read(smalti.path("\($0)-sheet.png")) }
      #expect(sheets[0].bytes == sheets[1].bytes)
    }
  }

  @Test("info in words, with a limit and a sheet of its own name")
  func words() throws {
    try withCommand { smalti in
      _ = try smalti.run(
        "data", "make", "sprites", "frames=3", "size=16", "--count", "4", "--out", "clips")
      let outcome = try smalti.run(
        "data", "info", "clips/sprites-00000.npz", "--limit", "3", "--sheet", "a.png")
      #expect(outcome.status == 0 && outcome.error == "")
      let lines = outcome.out.split(separator: "\n").map(String.init)
      #expect(lines.first == "clips/sprites-00000.npz: arrays")
      #expect(lines.contains("  samples  at least 3; --limit 0 looks at all"))
      #expect(lines.contains("  each     3 x 16 x 16 (frames, height, width)"))
      #expect(lines.last == "the first samples are drawn in a.png")
      #expect(try smalti.files() == ["a.png", "clips"])
      let whole = try smalti.run("data", "info", "clips", "--limit", "0", "--no-sheet")
      #expect(whole.out.contains("\n  samples  4\n") && !whole.out.contains("drawn"))
      #expect(try smalti.files() == ["a.png", "clips"])
    }
  }

  @Test("damaged and empty sets end with code 1 and leave no sheet")
  func damaged() throws {
    try withCommand { smalti in
      try RecordWriter.write(to: smalti.path("empty.tfrecords")) { _ in }
      try NPZFile.write(
        [
          (
            name: "image",
            value: TensorBytes(.u8([2, 4, 4, 1]), bytes: [UInt8](repeating: 0, count: 32))
          )
        ],
        to: smalti.path("gray.npz"))
      let record = try RecordLayout.tetrominoes.record(
        Tetrominoes(seed: 0).clip(0), facts: Tetrominoes(seed: 0).facts(0))
      try RecordWriter.write(to: smalti.path("cut.tfrecords")) { sink throws(Diagnostic) in
        try sink.append(record)
      }
      var bytes = [UInt8](try Data(contentsOf: URL(filePath: smalti.path("cut.tfrecords"))))
      bytes[5000] ^= 1
      try AtomicFile.write(bytes, to: smalti.path("flipped.tfrecords"))
      try AtomicFile.write(Array(bytes.dropLast(5)), to: smalti.path("cut.tfrecords"))
      let before = try smalti.files()
      for (name, code) in [
        ("empty.tfrecords", "data.empty"), ("gray.npz", "data.array-type"),
        ("cut.tfrecords", "tfrecord.truncated"), ("flipped.tfrecords", "tfrecord.check"),
        ("none", "clip.unreadable"),
      ] {
        let outcome = try smalti.run("data", "info", name)
        #expect(outcome.status == 1 && outcome.out == "")
        #expect(outcome.error.hasPrefix("error[\(code)]"), "\(outcome.error)")
        #expect(outcome.error.contains(name))
        #expect(try smalti.files() == before)
      }
    }
  }

  @Test(
    "mistakes in the call end with code 2, before anything is made",
    arguments: [
      (
        ["make", "sprites", "frames=12", "--format", "tfrecord", "--out", "x"], "clip.option-layout"
      ),
      (["make", "sprites", "--packed", "--format", "tfrecord", "--out", "x"], "call.packed"),
      (["make", "sprites", "--format", "zip", "--out", "x"], "call.syntax"),
      (["info", "x", "--sheet", "a.png", "--no-sheet"], "call.sheet"),
      (["info", "x", "--limit=-1"], "call.number"),
    ])
  func mistakes(_ words: [String], _ code: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.start(["data"] + words).outcome()
      #expect(outcome.status == 2 && outcome.out == "")
      #expect(outcome.error.hasPrefix("error[\(code)]"), "\(outcome.error)")
      #expect(try smalti.files() == [])
    }
  }
}

// MARK: - Another reader
extension DataTests {
  @Test(
    "records are read by TensorBoard and protobuf: checks, kinds, pictures and masks",
    arguments: [
      (
        "sprites",
        """
        camera_matrix: float_list, 528 values
        image: bytes_list, 1 values of 405504 bytes
        mask: bytes_list, 1 values of 1486848 bytes
        object_positions: float_list, 1089 values
        """
      ),
      (
        "multi-dsprites",
        """
        color: float_list, 15 values
        image: bytes_list, 12288 values of 1 bytes
        mask: bytes_list, 20480 values of 1 bytes
        orientation: float_list, 5 values
        scale: float_list, 5 values
        shape: float_list, 5 values
        visibility: float_list, 5 values
        x: float_list, 5 values
        y: float_list, 5 values
        """
      ),
      (
        "tetrominoes",
        """
        color: float_list, 12 values
        image: bytes_list, 3675 values of 1 bytes
        mask: bytes_list, 4900 values of 1 bytes
        shape: float_list, 4 values
        visibility: float_list, 4 values
        x: float_list, 4 values
        y: float_list, 4 values
        """
      ),
      (
        "objects-room",
        """
        image: bytes_list, 12288 values of 1 bytes
        mask: bytes_list, 28672 values of 1 bytes
        """
      ),
    ])
  func otherReaders(_ kind: String, _ features: String) throws {
    try withCommand { smalti in
      for format in ["npz", "tfrecord"] {
        let made = try smalti.run(
          "data", "make", kind, "--count", "3", "--shard", "2", "--format", format, "--out",
          format)
        #expect(made.status == 0)
      }
      let words = try fixtureOutput(
        "read_records", [smalti.path("tfrecord"), smalti.path("npz")])
      #expect(words == "3 records\n\(features)\n")
    }
  }
}
