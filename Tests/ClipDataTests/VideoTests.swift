import ClipData
import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite("videos")
struct VideoTests {
  /// Encodes frames with ffmpeg.
  func encode(_ clip: Clip, _ arguments: [String], to path: String, in folder: String) throws {
    try writeFrames(of: clip, to: folder) { "\($0).png" }
    try ffmpeg(["-framerate", "25/2", "-i", "\(folder)/%d.png"] + arguments + [path])
  }

  func ffmpeg(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["ffmpeg", "-v", "error", "-nostdin", "-y"] + arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  /// An executable script that stands for a program.
  func script(_ text: String, _ path: String) throws -> String {
    try AtomicFile.write(Array("#!/bin/sh\n\(text)\n".utf8), to: path)
    try #require(chmod(path, 0o700) == 0)
    return path
  }

  @Test("a lossless video gives our frames back, bit for bit")
  func lossless() throws {
    let clip = try smallClip()
    try withFolder { folder in
      // A name that a shell or ffmpeg's options would trip over.
      let path = folder + "/-a $(clip) '%d'.avi"
      try encode(clip, ["-c:v", "png"], to: "file:" + path, in: folder)
      let got = try ClipReader().read(path)
      #expect(got.pixels == clip.pixels)
      #expect((got.frameCount, got.height, got.width) == (5, 32, 32))
      #expect(got.framesPerSecond == 12.5)
      #expect(got.source == path && got.notes == [])
      var reader = ClipReader()
      reader.frameLimit = 2
      #expect(try reader.read(path).pixels == Array(clip.pixels.prefix(2 * 32 * 32 * 3)))
      reader.frameLimit = 99
      #expect(try reader.read(path).frameCount == 5)
    }
  }

  @Test("lossy videos come near", arguments: [("mjpeg", "avi"), ("mpeg4", "mp4")])
  func lossy(_ codec: String, _ suffix: String) throws {
    let clip = try smallClip(frames: 4, size: 64)
    try withFolder { folder in
      let path = "\(folder)/clip.\(suffix)"
      try encode(clip, ["-c:v", codec, "-q:v", "1"], to: path, in: folder)
      let got = try ClipReader().read(path)
      #expect((got.frameCount, got.height, got.width) == (4, 64, 64))
      let differences = zip(got.pixels, clip.pixels).map { abs(Int($0) - Int($1)) }
      let mean = Double(differences.reduce(0, +)) / Double(differences.count)
      #expect(mean > 0 && mean < 5)
      #expect(got.framesPerSecond == 12.5)
    }
  }

  @Test("a video filmed upright is read upright")
  func rotated() throws {
    let wide = Clip(
      pixels: pattern(16 * 32 * 3), frameCount: 1, height: 16, width: 32, source: "wide")
    try withFolder { folder in
      try encode(wide, ["-c:v", "png"], to: folder + "/wide.mov", in: folder)
      try ffmpeg(
        ["-i", folder + "/wide.mov", "-c", "copy", "-metadata:s:v", "rotate=90"]
          + [folder + "/tall.mov"])
      let got = try ClipReader().read(folder + "/tall.mov")
      #expect((got.height, got.width) == (32, 16))
      #expect(Set(got.pixels) == Set(wide.pixels))
    }
  }

  @Test("refuses files without a video, quoting ffprobe")
  func refusesOtherFiles() throws {
    try withFolder { folder in
      try AtomicFile.write(pattern(1000), to: folder + "/noise.avi")
      expectRefusal("clip.not-video", ["noise.avi", "note: ", "Invalid data"]) {
        _ = try ClipReader().read(folder + "/noise.avi")
      }
      try AtomicFile.write([], to: folder + "/empty.mp4")
      expectRefusal("clip.not-video", ["empty.mp4"]) {
        _ = try ClipReader().read(folder + "/empty.mp4")
      }
      try AtomicFile.write(
        Array(String(repeating: "some words\n", count: 200).utf8), to: folder + "/words.txt")
      expectRefusal("clip.not-video", ["words.txt"]) {
        _ = try ClipReader().read(folder + "/words.txt")
      }
      try ffmpeg(["-f", "lavfi", "-i", "sine=duration=0.1", folder + "/sound.wav"])
      expectRefusal("clip.not-video", ["sound.wav"]) {
        _ = try ClipReader().read(folder + "/sound.wav")
      }
      // A playlist may not fetch anything.
      try AtomicFile.write(
        Array(
          "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n"
            .utf8),
        to: folder + "/list.m3u8")
      expectRefusal("clip.not-video", ["list.m3u8", "whitelist 'file,pipe'"]) {
        _ = try ClipReader().read(folder + "/list.m3u8")
      }
    }
  }

  @Test("refuses a video without frames and one that is too large")
  func refusesSizes() throws {
    let clip = try smallClip(frames: 3)
    try withFolder { folder in
      let path = folder + "/clip.avi"
      try encode(clip, ["-c:v", "png"], to: path, in: folder)
      var reader = ClipReader()
      reader.byteLimit = 2 * 32 * 32 * 3
      expectRefusal("clip.too-large", [path, "9216 bytes", "6144"]) { _ = try reader.read(path) }
      reader.frameLimit = 2
      #expect(try reader.read(path).frameCount == 2)
      // All headers, and no frame.
      try ffmpeg(["-i", path, "-c", "copy", "-frames:v", "0", folder + "/none.avi"])
      expectRefusal("clip.no-frames", ["none.avi"]) {
        _ = try ClipReader().read(folder + "/none.avi")
      }
    }
  }

  @Test("refuses when a program is missing, fails, or writes something else")
  func refusesPrograms() throws {
    try withFolder { folder in
      let path = folder + "/clip.avi"
      try encode(smallClip(frames: 1), ["-c:v", "png"], to: path, in: folder)
      func read(ffmpeg program: String) throws {
        var reader = ClipReader()
        reader.programs.ffmpeg = program
        _ = try reader.read(path)
      }
      expectRefusal("clip.program-missing", ["no-such-ffmpeg", "No such file", "tools/setup"]) {
        try read(ffmpeg: "no-such-ffmpeg")
      }
      try AtomicFile.write([1], to: folder + "/plain")
      expectRefusal("clip.program-missing", ["Permission denied"]) {
        try read(ffmpeg: folder + "/plain")
      }
      let lines = "for i in 1 2 3 4 5 6 7; do echo line $i >&2; done"
      expectRefusal("clip.program-failed", ["code 3", "note: line 3\n", "note: line 7\n"]) {
        try read(ffmpeg: script("\(lines); exit 3", folder + "/fails"))
      }
      expectRefusal("clip.program-failed", ["signal 9"]) {
        try read(ffmpeg: script("kill -9 $$", folder + "/dies"))
      }
      expectRefusal("clip.program-failed", ["no picture"]) {
        try read(ffmpeg: script("yes", folder + "/babbles"))
      }
      expectRefusal("clip.program-failed", ["ended with code 0"]) {
        try read(ffmpeg: script("printf 'P6\\n2 2\\n255\\nabc'", folder + "/stops"))
      }
      expectRefusal("clip.no-frames", ["clip.avi", "note: nothing"]) {
        try read(ffmpeg: script("echo nothing >&2", folder + "/silent"))
      }
      // More than a pipe holds on both sides, in turn: neither may block the other.
      let noise = "head -c 300000 /dev/zero >&2; printf 'P6\\n300 300\\n255\\n'"
      var reader = ClipReader()
      reader.programs.ffmpeg = try script(
        "\(noise); head -c 270000 /dev/zero; echo >&2; echo end >&2", folder + "/loud")
      let clip = try reader.read(path)
      #expect((clip.frameCount, clip.height) == (1, 300))
      #expect(clip.notes.last == "ffmpeg says: end")
    }
  }
}

// MARK: - Streams of pictures
extension VideoTests {
  /// Two pictures of 3 x 2 pixels.
  static let stream = [0, 18].flatMap { start in
    Array("P6\n3 2\n255\n".utf8) + Array(pattern(36)[start..<start + 18])
  }

  func parse(_ bytes: [UInt8], pieces: Int, limit: Int = 36) throws -> PPMStream {
    var stream = PPMStream(path: "a.avi", byteLimit: limit)
    for start in Swift.stride(from: 0, to: bytes.count, by: pieces) {
      try Array(bytes[start..<min(start + pieces, bytes.count)]).withUnsafeBytes {
        try stream.append($0)
      }
    }
    return stream
  }

  @Test("pictures are found whatever the pieces", arguments: [1, 2, 7, 12, 29, 100])
  func pieces(_ count: Int) throws {
    let stream = try parse(Self.stream, pieces: count)
    #expect(stream.pixels == pattern(36))
    #expect(stream.frameCount == 2 && stream.isWhole)
    #expect(stream.size?.height == 2 && stream.size?.width == 3)
    for length in 1..<Self.stream.count where length != 29 {
      #expect(try !parse(Array(Self.stream.prefix(length)), pieces: count).isWhole)
    }
  }

  @Test("refuses other bytes, hostile sizes and changing ones")
  func refusesStreams() {
    for text in [
      "P5\n3 2\n255\n", "P6\n3 2\n65535\n", "P6\n3\n255\n", "P6\n0 2\n255\n", "P6\n-3 2\n255\n",
      "P6\n99999999999999999999 2\n255\n", "P6\n2000000 2\n255\n", "\n\n\n",
      String(repeating: "x", count: 65),
    ] {
      expectRefusal("clip.program-failed", ["a.avi", "no picture"]) {
        _ = try parse(Array(text.utf8), pieces: 100)
      }
    }
    expectRefusal("clip.too-large", ["3298534883328 bytes", "36"]) {
      _ = try parse(Array("P6\n1048576 1048576\n255\n".utf8), pieces: 100)
    }
    expectRefusal("clip.frame-size", ["a.avi, frame 2", "2 x 3", "3 x 2"]) {
      _ = try parse(Self.stream + Array("P6\n2 3\n255\n".utf8), pieces: 100)
    }
  }
}
