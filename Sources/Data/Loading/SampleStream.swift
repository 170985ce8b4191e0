import TensorCore

/// Where a stream of samples stands: with the same set, options and key it goes on from there.
public struct StreamPosition: Sendable, Hashable {
  /// Passes over the set before this one.
  public var epoch = 0
  /// The file that the block at hand begins in, by its number in this pass.
  public var file = 0
  /// The sample of that file that the block begins with.
  public var sample = 0
  /// Samples of the block that were taken.
  public var taken = 0

  public init() {}
}

/// Which samples, at which size, in which order.
public struct StreamOptions: Sendable {
  public var set: DataSet
  public var frames: Int
  public var size: Int
  /// Where orders come from.
  public var key: Key
  /// Samples that are shuffled together; 1 leaves the order of the files.
  public var block = 1024
  /// Of each file so many samples at its beginning are left out: those that are held out. By the number of
  /// the file; files without an entry are used whole.
  public var heldOut: [Int: Int] = [:]
  /// Bytes of samples that are kept, to spare reading them again.
  public var cacheLimit = 1 << 29

  public init(_ set: DataSet, frames: Int, size: Int, key: Key) {
    (self.set, self.frames, self.size, self.key) = (set, frames, size, key)
  }

  /// What one sample takes in memory, without labels.
  public var sampleByteCount: Int { frames * size * size * 3 * 4 }
}

/// The samples of a set at a model's size, pass after pass, without end, each pass in an order of its own.
///
/// Files are put in an order; their samples, one file after the other, are cut into blocks; the samples of a
/// block are put in an order. Orders come from the key, so they are the same on every machine, and no more
/// than a block has to be read to go on where a stream stood. A set that fits the cache is read once.
public struct SampleStream {
  public let options: StreamOptions
  public private(set) var position: StreamPosition
  private var samples: [PreparedSample] = []
  /// The numbers of the block's samples in the order in which they are taken.
  private var order: [Int] = []
  /// The order of the files in a pass.
  private var files: (epoch: Int, order: [Int])?
  /// Where the next block begins; nil before the first one was read.
  private var next: StreamPosition?
  private var source: BlockSource

  public init(_ options: StreamOptions, from position: StreamPosition = StreamPosition()) {
    self.options = options
    self.position = position
    source = BlockSource(options)
  }

  /// The next sample.
  ///
  /// - Errors: `data.empty`, `data.few-frames`, those of reading.
  public mutating func take() throws(Diagnostic) -> PreparedSample {
    // A stream that goes on may stand at the end of a block.
    while next == nil || position.taken >= order.count {
      if let next { position = next }
      try readBlock()
    }
    defer { position.taken += 1 }
    return samples[order[position.taken]]
  }

  private mutating func readBlock() throws(Diagnostic) {
    let pass = options.key.folded(UInt64(position.epoch))
    if files?.epoch != position.epoch {
      files = (position.epoch, order(options.set.files.count, pass.folded("files")))
    }
    let files = files?.order ?? []
    let read = try source.block(files, from: (position.file, position.sample))
    if read.samples.isEmpty, position.file == 0, position.sample == 0 {
      throw .dataEmpty(options.set.path)
    }
    samples = read.samples
    let place = pass.folded("block").folded(UInt64(position.file))
      .folded(UInt64(position.sample))
    order = order(samples.count, place)
    var next = StreamPosition()
    next.epoch = read.end == nil ? position.epoch + 1 : position.epoch
    (next.file, next.sample) = read.end ?? (0, 0)
    self.next = next
  }

  private func order(_ count: Int, _ key: Key) -> [Int] {
    options.block > 1 ? key.permutation(count) : Array(0..<count)
  }
}
