import ClipData
import Foundation
import TensorCore
import Testing
import TrainingRuns

/// Calls `body` with an empty folder that is gone afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// `body` is refused with this code; the text of the diagnostic has every one of `parts`.
func expectRefusal(
  _ code: Diagnostic.Code, _ parts: [String], sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was refused, expected \(code)", sourceLocation: sourceLocation)
  } catch let diagnostic as Diagnostic {
    #expect(diagnostic.code == code, sourceLocation: sourceLocation)
    for part in parts {
      #expect(
        diagnostic.description.contains(part), "\(diagnostic)", sourceLocation: sourceLocation)
    }
  } catch {
    Issue.record("unexpected \(error)", sourceLocation: sourceLocation)
  }
}

/// A SIMONe that takes a step in a few milliseconds.
let smallModel = [
  "frames=2", "size=16", "conv_layers=1", "conv_channels=8", "width=20", "feed_forward=20",
  "head_hidden=16", "decoder_layers=1", "decoder_width=16", "memory=keep",
]

/// Clips of sprites at that size, with labels.
func writeSprites(_ count: Int, to folder: String) throws {
  var options = SpriteOptions()
  (options.frames, options.size) = (3, 16)
  var shards = GeneratedShards(try Sprites(options, seed: 4), count: count)
  shards.clipsPerShard = 20
  try shards.write(to: folder)
}

func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

/// A log without what depends on the clock.
func lines(_ folder: RunFolder) throws -> [Substring] {
  try text(folder.log).split(separator: "\n").map { line in
    line[..<(try #require(line.range(of: ",\"time\":{"))).lowerBound]
  }
}
