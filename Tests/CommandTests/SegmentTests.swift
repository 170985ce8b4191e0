import Foundation
import Smalti
import Testing

/// `data make sprites` and `segment`.
@Suite("The command: sprites and segment")
struct SegmentTests {
  static let tiny = ["--model", "simone:tiny", "frames=2", "frames_decoded=1", "--untrained"]

  /// Writes one clip of four frames, 48 x 40, as AVI with lossless pictures.
  private func makeVideo(_ smalti: Command) throws {
    let pixels = Command.pictures([4, 40, 48, 3])
    try Data(pixels.bytes).write(to: URL(filePath: smalti.path("raw")))
    let ffmpeg = Process()
    ffmpeg.executableURL = URL(filePath: "/usr/bin/env")
    ffmpeg.arguments = [
      "ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "48x40", "-r", "10",
      "-i", smalti.path("raw"), "-c:v", "ffv1", smalti.path("clip.avi"),
    ]
    try ffmpeg.run()
    ffmpeg.waitUntilExit()
    try #require(ffmpeg.terminationStatus == 0)
  }

  @Test("sprites are those of the generator, the same for the same seed")
  func sprites() throws {
    try withCommand { smalti in
      let outcome = try smalti.run(
        "data", "make", "sprites", "frames=3", "size=16", "--seed", "5", "--count", "3", "--shard",
        "2", "--out", "clips")
      #expect(outcome.status == 0)
      #expect(outcome.error == "")
      #expect(outcome.out.hasPrefix("wrote 3 clips u8[3, 16, 16, 3] of seed 5 in 2 files to clips"))
      var options = SpriteOptions()
      (options.frames, options.size) = (3, 16)
      let sprites = try Sprites(options, seed: 5)
      let second = try NPZFile(reading: smalti.path("clips/sprites-00001.npz"))
      #expect(try second.bytes(of: "video").bytes == sprites.clip(2).clip.pixels)
      #expect(try second.bytes(of: "labels").bytes == sprites.clip(2).labels)
    }
  }

  @Test("images are those of their generator, with what is background")
  func images() throws {
    try withCommand { smalti in
      let outcome = try smalti.run(
        "data", "make", "objects-room", "objects=2", "--seed", "5", "--count", "3", "--packed",
        "--json", "--out", "rooms")
      #expect(outcome.status == 0 && outcome.error == "")
      #expect(outcome.out.contains(#""image" : "u8[64, 64, 3]""#))
      #expect(outcome.out.contains(#""images" : 3"#))
      var options = ObjectsRoomOptions()
      options.objects = 2...2
      let rooms = try ObjectsRoom(options, seed: 5)
      let file = try NPZFile(reading: smalti.path("rooms/objects-room-00000.npz"))
      #expect(try file.bytes(of: "image").bytes == (0..<3).flatMap { rooms.clip($0).clip.pixels })
      #expect(try file.bytes(of: "labels").bytes == (0..<3).flatMap { rooms.clip($0).labels })
      #expect(try file.bytes(of: "background_labels").bytes == [4])
    }
  }

  @Test("wrong options of sprites are mistakes in the call")
  func wrongSprites() throws {
    try withCommand { smalti in
      for (option, code) in [
        ("frame=3", "clip.option-unknown"), ("size=big", "clip.option-value"),
        ("size=0", "clip.option-range"), ("size", "call.setting-syntax"),
      ] {
        let outcome = try smalti.run("data", "make", "sprites", option, "--out", "clips")
        #expect(outcome.status == 2)
        #expect(outcome.error.hasPrefix("error[\(code)]: "))
        #expect(try smalti.files() == [])
      }
    }
  }

  @Test("a video, an archive and a folder of pictures become pages that stand alone")
  func pages() throws {
    try withCommand { smalti in
      try makeVideo(smalti)
      let clip = Command.pictures([4, 40, 48, 3])
      try NPZFile.write(
        [(name: "video", value: try TensorBytes(clip))], to: smalti.path("clip.npz"))
      try FileManager.default.createDirectory(
        atPath: smalti.path("frames"), withIntermediateDirectories: false)
      for frame in 0..<4 {
        let start = frame * 40 * 48 * 3
        let bytes = Array(clip.bytes[start..<start + 40 * 48 * 3])
        try PNGFile.write(
          TensorBytes(.u8([40, 48, 3]), bytes: bytes), to: smalti.path("frames/\(frame).png"))
      }
      for input in ["clip.avi", "clip.npz", "frames"] {
        let outcome = try smalti.start(
          ["segment", input, "--start", "1", "--stride", "2", "-o", "page.html"] + Self.tiny
        ).outcome()
        #expect(outcome.status == 0)
        #expect(outcome.out.contains("compiled simone:tiny frames=2 frames_decoded=1 for "))
        #expect(outcome.out.contains("wrote page.html: "))
        #expect(outcome.error.contains("it is not trained"))
        let page = try String(contentsOfFile: smalti.path("page.html"), encoding: .utf8)
        #expect(page.hasPrefix("<!DOCTYPE html>"))
        #expect(page.contains("simone:tiny on \(input)"))
        #expect(page.contains("The weights were made from seed 0 and never trained"))
        #expect(page.contains("smalti segment \(input) --start 1 --stride 2 -o page.html"))
        #expect(page.contains("data:image/png;base64,"))
        #expect(!page.contains("http://") && !page.contains("src=\"/"))
      }
    }
  }

  @Test("a clip with labels is scored; latents are moved and exchanged; plans are compared")
  func trained() throws {
    try withCommand { smalti in
      let made = try smalti.run(
        "data", "make", "sprites", "frames=3", "--count", "3", "--seed", "4", "--out", "clips")
      #expect(made.status == 0)
      let file = "clips/sprites-00000.npz"
      let outcome = try smalti.start(
        [
          "segment", file, "--sample", "1", "--latents", "--exchange", file, "--compare", "--json",
          "-o", "page.html",
        ] + Self.tiny
      ).outcome()
      #expect(outcome.status == 0)
      let report = try #require(try json(outcome.out) as? [String: Any])
      let scores = try #require(report["scores"] as? [String: Double])
      #expect(try #require(scores["mse"]) > 0)
      #expect(try (-1...1).contains(#require(scores["ariF"])))
      let page = try String(contentsOfFile: smalti.path("page.html"), encoding: .utf8)
      #expect(page.contains("sprites-00000.npz, clip 1"))
      for part in [
        "the labels; their numbers", "ARI of objects", "Exchanged latents",
        "A frame&#39;s latent, moved", "An object&#39;s latent, moved",
        "fused, as a shared library",
        "unfused, products by OpenBLAS", "same bits",
      ] { #expect(page.contains(part), "\(part)") }
      // A frame's latent of seed-made weights moves little, but it moves the picture.
      let cells = page.matches(of: /\.study-1-0-[17]\{background-image:url\(([^)]*)/).map(
        \.output.1)
      #expect(cells.count == 2 && cells[0] != cells[1])
      for (call, part) in [
        (["segment", file, "--sample", "3"], "there is no clip 3 in \(file); the file has 3"),
        (["segment", file, "--sample=-1"], "there is no clip -1"),
        (["segment", "clips", "--sample", "1"], "there is no clip 1 in clips"),
        (["segment", file, "--sample", "2", "--exchange", file], "there is no clip 3"),
      ] {
        let refused = try smalti.start(call + ["-o", "none.html"] + Self.tiny).outcome()
        #expect(refused.status == 2 && refused.error.contains(part), "\(refused.error)")
      }
      #expect(try !smalti.files().contains("none.html"))
    }
  }

  @Test("weights of a run say how well it knew its clips; another kind of clip is told")
  func unlike() throws {
    try withCommand { smalti in
      _ = try smalti.run(
        "data", "make", "sprites", "frames=2", "--count", "12", "--out", "clips")
      let run = try smalti.run(
        "train", "simone:tiny", "--data", "clips", "--out", "run", "frames=2", "steps=60",
        "lr=1e-3", "val_every=60", "held_out=4")
      #expect(run.status == 0, "\(run.error)")
      func segment(_ input: String) throws -> Outcome {
        try smalti.run(
          "segment", input, "--model", "simone:tiny", "frames=2", "--weights",
          "run/best.safetensors",
          "-o", "page.html")
      }
      let known = try segment("clips/sprites-00000.npz")
      #expect(known.status == 0 && !known.error.contains("does not know"), "\(known.error)")
      try smalti.write(HostTensor(.f32([2, 32, 32, 3]), repeating: 1), to: "white.npy")
      let white = try segment("white.npy")
      #expect(white.error.contains("times that of the clips the model was validated on"))
      #expect(white.error.contains("it does not know pictures of this kind"))
    }
  }

  @Test("--json is JSON alone, and NaN is said")
  func notANumber() throws {
    try withCommand { smalti in
      var values = [Double](repeating: 0.5, count: 2 * 32 * 32 * 3)
      values[32 * 3 + 1] = .nan
      try smalti.write(.f32([2, 32, 32, 3], values), to: "clip.npy")
      let outcome = try smalti.start(
        ["segment", "clip.npy", "-o", "page.html", "--json"] + Self.tiny
      ).outcome()
      #expect(outcome.status == 0)
      let report = try #require(try json(outcome.out) as? [String: Any])
      let notes = try #require(report["notes"] as? [String])
      let input = "input video holds NaN at 1 of 6144 places, first at [0, 0, 1, 0, 1]"
      #expect(notes.first == input)
      #expect(notes.contains { $0.hasPrefix("output reconstruction holds NaN") })
      #expect(try String(contentsOfFile: smalti.path("page.html"), encoding: .utf8).contains(input))
    }
  }

  @Test("without weights segment refuses, unless told")
  func untrained() throws {
    try withCommand { smalti in
      let bare = try smalti.run("segment", "clip.avi", "--model", "simone:tiny", "-o", "page.html")
      #expect(bare.status == 2)
      #expect(
        bare.error == """
          error[call.untrained]: segment needs trained weights for simone:tiny, and no file is named
            help: add --weights FILE.safetensors, or --untrained to see what seed-made weights give

          """)
      let both = try smalti.run(
        "segment", "clip.avi", "--weights", "w", "--untrained", "-o", "page.html")
      #expect(both.status == 2)
      #expect(both.error.hasPrefix("error[call.untrained-weights]: "))
    }
  }

  @Test("what cannot be segmented is said, and no page is left")
  func refusals() throws {
    try withCommand { smalti in
      func segment(
        _ input: String, _ more: [String] = Self.tiny, environment: [String: String] = [:]
      ) throws -> Outcome {
        try smalti.start(["segment", input, "-o", "page.html"] + more, environment: environment)
          .outcome()
      }
      let none = try segment("none.avi")
      #expect(none.status == 1)
      #expect(none.error.contains("none.avi"))
      try smalti.write("no video", to: "text.avi")
      let text = try segment("text.avi")
      #expect(text.status == 1)
      #expect(text.error.contains("error[clip."))
      let missing = try segment("text.avi", environment: ["PATH": smalti.folder])
      #expect(missing.status == 1)
      #expect(missing.error.contains("error[clip.program-missing]: "))
      try smalti.write(Command.pictures([2, 8, 8, 3]), to: "clip.npy")
      let late = try segment("clip.npy", Self.tiny + ["--start", "2"])
      #expect(late.status == 2)
      #expect(
        late.error.contains("error[clip.start]: frames are taken from number 2, and the clip has 2")
      )
      try smalti.write(Command.smallGraph, to: "small.smalti")
      let graph = try segment("clip.npy", ["--model", "small.smalti", "--untrained"])
      #expect(graph.status == 2)
      #expect(
        graph.error.hasPrefix(
          "error[call.not-segmenting]: small.smalti does not segment videos: "
            + "it lacks input video, output reconstruction"))
      let batch = try segment("clip.npy", Self.tiny + ["batch=2"])
      #expect(batch.status == 2)
      #expect(batch.error.contains("its video is f32[2, 2, 32, 32, 3]"))
      #expect(try smalti.files() == ["clip.npy", "small.smalti", "text.avi"])
    }
  }
}
