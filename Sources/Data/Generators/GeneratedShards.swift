import Foundation
import Synchronization
import TensorCore
import TensorFiles

/// Clips in files: `sprites-00000.npz`, `sprites-00001.npz`, …, or `.tfrecords`, each with `clipsPerShard` clips and
/// the last with what is left; ``ShardFormat`` says how. Clip i of file k is clip
/// `k * clipsPerShard + i` of the seed. The same call writes the same bytes.
public struct GeneratedShards<Generator: ClipGenerator>: Sendable {
  public var generator: Generator
  /// Clips in all.
  public var count: Int
  public var clipsPerShard = 100
  public var format = ShardFormat.npz(isDeflated: false)
  public var threadCount = ProcessInfo.processInfo.activeProcessorCount

  public init(_ generator: Generator, count: Int) {
    self.generator = generator
    self.count = count
  }

  /// Writes every file into `folder`, which is made if it is missing; each appears whole, under its
  /// name, or not at all.
  ///
  /// `progress` gets the number of clips rendered so far after each clip, from any thread but one
  /// call at a time.
  ///
  /// - Returns: the paths, in order.
  /// - Errors: `clip.option-range`, `clip.option-layout`, `clip.folder`, `clip.shard-surplus`,
  ///   `file.unwritable`, `file.not-regular`, `file.memory`.
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
      let path = "\(folder)/\(name(number))"
      try write(start..<min(start + clipsPerShard, count), to: path, progress)
      paths.append(path)
    }
    return paths
  }

  private var prefix: String { "\(Generator.name)-" }

  private func name(_ number: Int) -> String {
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 5 - digits.count))
    return "\(prefix)\(zeros)\(digits).\(format.suffix)"
  }

  private func check() throws(Diagnostic) {
    if format == .tfrecord { try generator.requireRecordLayout() }
    guard (1...1 << 40).contains(count) else {
      throw .clipOptionRange(
        "count is \(count), which is outside 1..\(1 << 40)", help: "for example count=200")
    }
    let most = max(1, Self.maximumShardByteCount / generator.options.pixelByteCount)
    guard (1...most).contains(clipsPerShard) else {
      throw .clipOptionRange(
        "clips per shard are \(clipsPerShard), which is outside 1..\(most)",
        help: "a shard lies in memory while it is made; its pixels may take "
          + "\(Self.maximumShardByteCount) bytes")
    }
  }

  /// Pixels of one shard: 4 GiB.
  public static var maximumShardByteCount: Int { 1 << 32 }

  /// Shards of an earlier, longer set would pass for a part of this one.
  private func refuseSurplus(in folder: String, beyond shardCount: Int) throws(Diagnostic) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw .clipFolder(folder, error)
    }
    let suffix = ".\(format.suffix)"
    for found in names.sorted() where found.hasPrefix(prefix) && found.hasSuffix(suffix) {
      let number = Int(found.dropFirst(prefix.count).dropLast(suffix.count))
      guard let number, found == name(number), number < shardCount else {
        throw .clipShardSurplus("\(folder)/\(found)", shardCount: shardCount)
      }
    }
  }
}

// MARK: - One file
extension GeneratedShards {
  private func write(
    _ clips: Range<Int>, to path: String, _ progress: @Sendable (Int) -> Void
  ) throws(Diagnostic) {
    switch format {
    case .npz(let isDeflated):
      try rendered(clips, progress).write(to: path, isDeflated: isDeflated)
    case .tfrecord:
      let records = records(clips, progress)
      try RecordWriter.write(to: path, Generator.recordLayout.packing) { sink throws(Diagnostic) in
        for record in records { try sink.append(record.get()) }
      }
    }
  }

  private func rendered(_ clips: Range<Int>, _ progress: @Sendable (Int) -> Void) -> RenderedShard {
    let shard = Mutex(RenderedShard(generator, clipCount: clips.count))
    forEach(clips, progress) { index in
      let clip = generator.clip(index)
      shard.withLock { $0.set(index - clips.lowerBound, to: clip) }
    }
    return shard.withLock { $0 }
  }

  /// The records of one file, packed where they were made.
  private func records(
    _ clips: Range<Int>, _ progress: @Sendable (Int) -> Void
  ) -> [Result<PackedRecord, Diagnostic>] {
    let layout = Generator.recordLayout
    let records = Mutex([Result<PackedRecord, Diagnostic>?](repeating: nil, count: clips.count))
    forEach(clips, progress) { index in
      let record = Result { () throws(Diagnostic) in
        let bytes = try layout.record(generator.clip(index), facts: generator.facts(index))
        return try PackedRecord(bytes, layout.packing)
      }
      records.withLock { $0[index - clips.lowerBound] = record }
    }
    return records.withLock { $0.compactMap(\.self) }
  }

  /// Workers take the next clip until none is left; a clip's place depends on its number alone.
  private func forEach(
    _ clips: Range<Int>, _ progress: @Sendable (Int) -> Void, _ body: @Sendable (Int) -> Void
  ) {
    let next = Mutex(clips.lowerBound)
    // Clips rendered so far, in all files.
    let doneCount = Mutex(clips.lowerBound)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threadCount, clips.count))) { _ in
      while let index = Self.take(next, below: clips.upperBound) {
        body(index)
        doneCount.withLock { count in
          count += 1
          progress(count)
        }
      }
    }
  }

  private static func take(_ next: borrowing Mutex<Int>, below end: Int) -> Int? {
    next.withLock { number in
      guard number < end else { return nil }
      defer { number += 1 }
      return number
    }
  }
}
