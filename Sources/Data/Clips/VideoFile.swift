import TensorCore

/// Videos through `ffprobe` and `ffmpeg` as child processes.
///
/// Frames come as PPM pictures, each with its size before its bytes: so rotated videos and those
/// that change size need no guessing. Only local files are opened, whatever the file refers to.
struct VideoFile {
  let path: String
  /// Names or paths of the two programs.
  let programs: VideoPrograms

  /// `frameLimit` frames from the beginning, or all.
  ///
  /// - Errors: `clip.program-missing`, `clip.program-failed`, `clip.not-video`,
  ///   `clip.no-frames`, `clip.frame-size`, `clip.too-large`.
  func read(frameLimit: Int?, byteLimit: Int) throws(Diagnostic) -> Clip {
    let framesPerSecond = try probedRate()
    var frames = PPMStream(path: path, byteLimit: byteLimit)
    let count = frameLimit.map { ["-frames:v", String($0)] } ?? []
    let ending = try ChildProcess.run(
      programs.ffmpeg,
      ["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-i", "file:" + path]
        + ["-map", "0:V:0"] + count
        + [
          "-fps_mode", "passthrough", "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "-",
        ],
      for: path
    ) { (bytes) throws(Diagnostic) in try frames.append(bytes) }
    guard ending.exitCode == 0, frames.isWhole else {
      throw .clipProgramFailed(path, programs.ffmpeg, ending.sentence, ending.errors)
    }
    guard let size = frames.size, frames.frameCount > 0 else {
      throw .clipNoFrames(path, "the video", notes: ending.errors)
    }
    return Clip(
      pixels: frames.pixels, frameCount: frames.frameCount, height: size.height,
      width: size.width, framesPerSecond: framesPerSecond, source: path,
      notes: ending.errors.map { "ffmpeg says: \($0)" })
  }

  /// Makes sure that the file has a video with something in it, and returns its frames per second
  /// if they are known.
  ///
  /// - Errors: `clip.program-missing`, `clip.not-video`, `clip.no-frames`.
  private func probedRate() throws(Diagnostic) -> Double? {
    var text: [UInt8] = []
    let ending = try ChildProcess.run(
      programs.ffprobe,
      ["-v", "error", "-protocol_whitelist", "file,pipe", "-select_streams", "V:0"]
        // One packet is enough to know that there is one.
        + ["-read_intervals", "%+#1", "-count_packets", "-show_entries"]
        + ["format=format_name:stream=codec_type,avg_frame_rate,nb_read_packets"]
        + ["-of", "default=noprint_wrappers=1", "file:" + path],
      for: path
    ) { (bytes) throws(Diagnostic) in
      // A few short lines; a damaged file may cause more, which say nothing.
      if text.count < 1 << 16 { text.append(contentsOf: bytes) }
    }
    var facts: [String: String] = [:]
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      guard let sign = line.firstIndex(of: "=") else { continue }
      facts[String(line[..<sign])] = String(line[line.index(after: sign)...])
    }
    // ffmpeg draws a plain text file as a film of letters.
    guard ending.exitCode == 0, facts["codec_type"] == "video",
      facts["format_name"] != "tty"
    else {
      throw .clipNotVideo(path, ending.errors)
    }
    // ffprobe writes N/A, and ffmpeg would only say that it cannot tell the format.
    guard (Int(facts["nb_read_packets"] ?? "") ?? 0) > 0 else {
      throw .clipNoFrames(path, "the video", notes: ending.errors)
    }
    return Self.rate(facts["avg_frame_rate"] ?? "")
  }

  /// `30000/1001` frames per second; nil for `0/0`.
  static func rate(_ text: String) -> Double? {
    let parts = text.split(separator: "/").map { Double($0) ?? 0 }
    guard parts.count == 2, parts[0] > 0, parts[1] > 0 else { return nil }
    return parts[0] / parts[1]
  }
}

/// The programs that read videos.
public struct VideoPrograms: Sendable, Hashable {
  public var ffmpeg: String
  public var ffprobe: String

  /// Names are looked up along PATH.
  public init(ffmpeg: String = "ffmpeg", ffprobe: String = "ffprobe") {
    self.ffmpeg = ffmpeg
    self.ffprobe = ffprobe
  }
}

/// PPM pictures one after the other, in pieces of any length.
///
/// - Source: the netpbm manual, ppm(5): `P6`, width, height, 255, then red, green and blue bytes.
package struct PPMStream {
  let path: String
  let byteLimit: Int
  package private(set) var pixels: [UInt8] = []
  package private(set) var frameCount = 0
  package private(set) var size: (height: Int, width: Int)?
  private var header: [UInt8] = []
  /// Bytes that the picture begun still needs.
  private var missing = 0

  package init(path: String, byteLimit: Int) {
    self.path = path
    self.byteLimit = byteLimit
  }

  /// Whether the last picture has ended.
  package var isWhole: Bool { missing == 0 && header.isEmpty }

  /// - Errors: `clip.program-failed`, `clip.frame-size`, `clip.too-large`.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    var rest = bytes[...]
    while let byte = rest.first {
      if missing > 0 {
        let part = rest.prefix(missing)
        pixels.append(contentsOf: part)
        missing -= part.count
        rest = rest.dropFirst(part.count)
        if missing == 0 { frameCount += 1 }
      } else {
        header.append(byte)
        rest = rest.dropFirst()
        try beginPicture()
      }
    }
  }

  /// ffmpeg writes exactly three lines: `P6`, `64 48`, `255`.
  private mutating func beginPicture() throws(Diagnostic) {
    guard header.count(where: { $0 == UInt8(ascii: "\n") }) == 3 || header.count > 64 else {
      return
    }
    let words = String(decoding: header, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 4, words[0] == "P6", words[3] == "255", let width = Int(words[1]),
      let height = Int(words[2]), (1...1 << 20).contains(width), (1...1 << 20).contains(height)
    else {
      throw .clipProgramFailed(path, "ffmpeg", "wrote something that is no picture", [])
    }
    header.removeAll(keepingCapacity: true)
    if let size, size != (height, width) {
      throw .clipFrameSize(
        "\(path), frame \(frameCount)", expected: size, got: (height, width))
    }
    size = (height, width)
    missing = height * width * 3
    guard pixels.count + missing <= byteLimit else {
      throw .clipTooLarge(path, byteCount: pixels.count + missing, limit: byteLimit)
    }
  }
}
