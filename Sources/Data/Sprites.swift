import Foundation
import Synchronization
import TensorCore
import TensorFiles

/// Procedural clips of flat objects that move under a moving camera, with labels.
///
/// Clip `index` is a function of options, seed and index alone: any can be made by itself, on any
/// thread, with the same bytes.
public struct Sprites: Sendable {
  public let options: SpriteOptions
  public let seed: UInt64

  /// - Errors: `clip.option-range`.
  public init(_ options: SpriteOptions = SpriteOptions(), seed: UInt64) throws(Diagnostic) {
    try options.check()
    self.options = options
    self.seed = seed
  }

  /// - Shapes: `u8[frames, size, size, 3]`, labels `u8[frames, size, size]`: 0 is the background
  ///   and `i + 1` object `i` of `scene(index)`.
  public func clip(_ index: Int) -> LabelledClip {
    clip(of: scene(index), named: "sprites, seed \(seed), clip \(index)")
  }

  /// A scene of one's own, rendered with these options.
  ///
  /// - Precondition: at most 255 objects.
  public func clip(of scene: SpriteScene, named source: String) -> LabelledClip {
    let (video, labels) = rendered(scene)
    return LabelledClip(
      Clip(
        pixels: video, frameCount: options.frames, height: options.size, width: options.size,
        source: source),
      labels: labels)
  }

  public func scene(_ index: Int) -> SpriteScene {
    SpriteScene(options, seed: seed, index: index)
  }

  func rendered(_ scene: SpriteScene) -> (video: [UInt8], labels: [UInt8]) {
    var renderer = SpriteRenderer(options, scene)
    return renderer.render()
  }
}

// MARK: - Files

/// Clips in files: `sprites-00000.npz`, `sprites-00001.npz`, …, each with the arrays
///
///     video   u8[n, frames, size, size, 3]
///     labels  u8[n, frames, size, size]      0 = background
///
/// where n is `clipsPerShard`, fewer in the last. Clip i of file k is clip `k * clipsPerShard + i`
/// of the seed. The same call writes the same bytes.
public struct SpriteShards: Sendable {
  public var sprites: Sprites
  /// Clips in all.
  public var count: Int
  public var clipsPerShard = 100
  /// Deflated files are about a fourteenth as large and take twice as long to make.
  public var isDeflated = false
  public var threadCount = ProcessInfo.processInfo.activeProcessorCount

  public init(_ sprites: Sprites, count: Int) {
    self.sprites = sprites
    self.count = count
  }

  /// Writes every file into `folder`, which is made if it is missing; each appears whole, under its
  /// name, or not at all.
  ///
  /// `progress` gets the number of clips rendered so far after each clip, from any thread but one
  /// call at a time.
  ///
  /// - Returns: the paths, in order.
  /// - Errors: `clip.option-range`, `clip.folder`, `clip.shard-surplus`, `file.unwritable`,
  ///   `file.not-regular`, `file.memory`.
  @discardableResult
  public func write(
    to folder: String, progress: @Sendable (Int) -> Void = { _ in }
  ) throws(Diagnostic) -> [String] {
    try check()
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .clipFolder(folder, error)
    }
    let starts = Array(stride(from: 0, to: count, by: clipsPerShard))
    try refuseSurplus(in: folder, beyond: starts.count)
    var paths: [String] = []
    for (number, start) in starts.enumerated() {
      let path = "\(folder)/\(Self.name(number))"
      let clips = start..<min(start + clipsPerShard, count)
      let (video, labels) = render(clips, progress)
      let (frames, size) = (sprites.options.frames, sprites.options.size)
      try NPZFile.write(
        [
          ("video", TensorBytes(.u8([clips.count, frames, size, size, 3]), bytes: video)),
          ("labels", TensorBytes(.u8([clips.count, frames, size, size]), bytes: labels)),
        ], to: path, isDeflated: isDeflated)
      paths.append(path)
    }
    return paths
  }

  private static func name(_ number: Int) -> String {
    let digits = String(number)
    return "sprites-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".npz"
  }

  private func check() throws(Diagnostic) {
    guard (1...1 << 40).contains(count) else {
      throw .clipOptionRange(
        "count is \(count), which is outside 1..\(1 << 40)", help: "for example count=200")
    }
    let most = max(1, Self.maximumShardByteCount / sprites.options.videoByteCount)
    guard (1...most).contains(clipsPerShard) else {
      throw .clipOptionRange(
        "clips per shard are \(clipsPerShard), which is outside 1..\(most)",
        help: "a shard lies in memory while it is made; its video may take "
          + "\(Self.maximumShardByteCount) bytes")
    }
  }

  /// Video of one shard: 4 GiB.
  public static let maximumShardByteCount = 1 << 32

  /// Shards of an earlier, longer set would pass for a part of this one.
  private func refuseSurplus(in folder: String, beyond shardCount: Int) throws(Diagnostic) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw .clipFolder(folder, error)
    }
    for name in names.sorted() where name.hasPrefix("sprites-") && name.hasSuffix(".npz") {
      let number = Int(name.dropFirst("sprites-".count).dropLast(".npz".count))
      guard let number, name == Self.name(number), number < shardCount else {
        throw .clipShardSurplus("\(folder)/\(name)", shardCount: shardCount)
      }
    }
  }
}

// MARK: - Threads
extension SpriteShards {
  /// Workers take the next clip until none is left; a clip's place depends on its number alone.
  private func render(
    _ clips: Range<Int>, _ progress: @Sendable (Int) -> Void
  ) -> (video: [UInt8], labels: [UInt8]) {
    let videoByteCount = sprites.options.videoByteCount
    let labelCount = videoByteCount / 3
    let next = Mutex(clips.lowerBound)
    let shard = Mutex(
      Shard(
        video: [UInt8](repeating: 0, count: clips.count * videoByteCount),
        labels: [UInt8](repeating: 0, count: clips.count * labelCount),
        clipCount: clips.lowerBound))
    DispatchQueue.concurrentPerform(iterations: max(1, min(threadCount, clips.count))) { _ in
      while let index = Self.take(next, below: clips.upperBound) {
        let (video, labels) = sprites.rendered(sprites.scene(index))
        let place = index - clips.lowerBound
        shard.withLock { shard in
          let start = place * labelCount
          shard.video.replaceSubrange(start * 3..<start * 3 + videoByteCount, with: video)
          shard.labels.replaceSubrange(start..<start + labelCount, with: labels)
          shard.clipCount += 1
          progress(shard.clipCount)
        }
      }
    }
    return shard.withLock { ($0.video, $0.labels) }
  }

  private static func take(_ next: borrowing Mutex<Int>, below end: Int) -> Int? {
    next.withLock { number in
      guard number < end else { return nil }
      defer { number += 1 }
      return number
    }
  }

  private struct Shard {
    var video: [UInt8]
    var labels: [UInt8]
    /// Clips rendered so far, in all shards.
    var clipCount: Int
  }
}
