import Foundation
import TensorCore

/// What a data set holds, as far as it was read.
public struct DataSummary: Sendable {
  public let path: String
  public let kind: DataFile.Kind
  /// The layout of the records; nil for other files.
  public private(set) var layout: RecordLayout?
  public let fileCount: Int
  /// Of all files.
  public let byteCount: Int
  /// Samples that were looked at; all there are if `isWhole`.
  public private(set) var sampleCount = 0
  /// False when reading stopped at the limit.
  public private(set) var isWhole = false
  public private(set) var frames = Spread()
  public private(set) var height = Spread()
  public private(set) var width = Spread()
  /// What is known of the labels; nil when no sample has any.
  public private(set) var labels: Labels?
  /// Red, green and blue.
  public private(set) var channels = [Channel](repeating: Channel(), count: 3)
  /// What reading and unpacking took, on one thread.
  public private(set) var readDuration = Duration.zero

  /// Smallest, largest and mean of some whole numbers.
  public struct Spread: Sendable {
    public private(set) var least = Int.max
    public private(set) var most = Int.min
    private var total = 0
    private var count = 0

    public var mean: Double { Double(total) / Double(count) }

    mutating func add(_ value: Int) {
      (least, most) = (min(least, value), max(most, value))
      total += value
      count += 1
    }
  }

  public struct Labels: Sendable {
    /// How many labels, from 0, are background.
    public internal(set) var background = Spread()
    /// Labels of a sample that are no background and seen in some frame.
    public internal(set) var objects = Spread()
    /// Samples that have labels.
    public internal(set) var sampleCount = 0
    fileprivate var pixelCount = 0
    fileprivate var backgroundPixelCount = 0

    /// The part of all pixels that show background, 0 to 1.
    public var backgroundShare: Double { Double(backgroundPixelCount) / Double(pixelCount) }
  }

  /// How often a channel has each byte.
  public struct Channel: Sendable {
    fileprivate var counts = [Int](repeating: 0, count: 256)

    public var least: Int { counts.firstIndex { $0 > 0 } ?? 0 }
    public var most: Int { counts.lastIndex { $0 > 0 } ?? 0 }
    /// In 0...255.
    public var mean: Double {
      let total = counts.enumerated().reduce(0) { $0 + $1.offset * $1.element }
      return Double(total) / Double(max(counts.reduce(0, +), 1))
    }
  }

  /// Reads the samples of a data set in order, and looks at each.
  ///
  /// - Parameters:
  ///   - limit: how many samples are looked at; nil reads all.
  ///   - body: gets each sample and its number, from 0.
  /// - Errors: those of reading; `data.empty`.
  public init(
    reading set: DataSet, limit: Int? = nil,
    _ body: (DataSample, Int) throws(Diagnostic) -> Void = { (_, _) in }
  ) throws(Diagnostic) {
    path = set.path
    kind = set.files[0].kind
    fileCount = set.files.count
    byteCount = set.files.reduce(0) { $0 + $1.byteCount }
    for file in set.files {
      guard try add(file, limit ?? .max, body) else { return }
    }
    isWhole = true
    guard sampleCount > 0 else { throw .dataEmpty(path) }
  }

  /// Whether all samples of the file are within the limit.
  private mutating func add(
    _ file: DataFile, _ limit: Int, _ body: (DataSample, Int) throws(Diagnostic) -> Void
  ) throws(Diagnostic) -> Bool {
    var start = ContinuousClock.now
    let reader = try file.reader()
    while sampleCount < limit {
      let sample = try reader.next()
      readDuration += ContinuousClock.now - start
      guard let sample else { return true }
      if layout == nil { layout = reader.layout }
      add(sample)
      try body(sample, sampleCount)
      sampleCount += 1
      start = ContinuousClock.now
    }
    // Whether there is more shows without reading it.
    return try reader.skip(1) == 0
  }

  /// How fast samples were read; nothing else is counted.
  public var samplesPerSecond: Double { Double(sampleCount) / (readDuration / .seconds(1)) }
}

// MARK: - One sample
extension DataSummary {
  private mutating func add(_ sample: DataSample) {
    frames.add(sample.clip.frameCount)
    height.add(sample.clip.height)
    width.add(sample.clip.width)
    for channel in 0..<3 { channels[channel].add(sample.clip.pixels, from: channel) }
    guard let labels = sample.labels else { return }
    var counts = [Int](repeating: 0, count: 256)
    for label in labels { counts[Int(label)] += 1 }
    let background = sample.backgroundLabels
    var known = self.labels ?? Labels()
    known.background.add(background)
    known.objects.add(counts.dropFirst(background).count { $0 > 0 })
    known.sampleCount += 1
    known.pixelCount += labels.count
    known.backgroundPixelCount += counts.prefix(background).reduce(0, +)
    self.labels = known
  }
}

extension DataSummary.Channel {
  fileprivate mutating func add(_ pixels: [UInt8], from channel: Int) {
    for place in stride(from: channel, to: pixels.count, by: 3) {
      counts[Int(pixels[place])] += 1
    }
  }
}

extension DataFile {
  /// Bytes on disk, for a folder of frames those of its pictures; 0 where there are none any more.
  public var byteCount: Int {
    let files = FileManager.default
    func bytes(_ path: String) -> Int {
      (try? files.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
    guard kind == .frames else { return bytes(path) }
    let names = (try? files.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { DataFile(path: $0)?.kind == .picture }
      .reduce(0) { $0 + bytes("\(path)/\($1)") }
  }
}
