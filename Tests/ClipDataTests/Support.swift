import ClipData
import Foundation
import TensorCore
import TensorFiles
import Testing

/// Calls `body` with an empty folder that is gone afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// The folder holds files of exactly these names: nothing partial lies beside them.
func expectFiles(
  _ names: [String], in folder: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let found = try FileManager.default.contentsOfDirectory(atPath: folder)
  #expect(found.sorted() == names, sourceLocation: sourceLocation)
}

func fileBytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(filePath: path)))
}

/// `body` is refused with this code; the text of the diagnostic has every one of `parts`, and a
/// remedy.
func expectRefusal(
  _ code: Diagnostic.Code, _ parts: [String], sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was refused, expected \(code)", sourceLocation: sourceLocation)
  } catch let diagnostic as Diagnostic {
    #expect(diagnostic.code == code, sourceLocation: sourceLocation)
    #expect(diagnostic.help != nil, sourceLocation: sourceLocation)
    for part in parts {
      #expect(diagnostic.description.contains(part), sourceLocation: sourceLocation)
    }
  } catch {
    Issue.record("unexpected \(error)", sourceLocation: sourceLocation)
  }
}

/// FNV-1a 64 of bytes.
func hash(_ bytes: [UInt8]) -> String {
  let value = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
    ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3
  }
  return String(value, radix: 16)
}

/// Byte i of a pattern that has no period near any row or frame.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 16) }
}

/// The first `frames` frames of a small clip of sprites.
func smallClip(frames: Int = 5, size: Int = 32) throws -> Clip {
  var options = SpriteOptions()
  options.frames = frames
  options.size = size
  return try Sprites(options, seed: 3).clip(0).clip
}

func writeFrames(of clip: Clip, to folder: String, named name: (Int) -> String) throws {
  let byteCount = clip.pixels.count / clip.frameCount
  for frame in 0..<clip.frameCount {
    let pixels = Array(clip.pixels[frame * byteCount..<(frame + 1) * byteCount])
    try PNGFile.write(
      TensorBytes(.u8([clip.height, clip.width, 3]), bytes: pixels), to: "\(folder)/\(name(frame))")
  }
}
