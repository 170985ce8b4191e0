import TensorCore

/// Reads runs of samples from the files of a set, put in an order, and keeps them while there is room.
struct BlockSource {
  private let options: StreamOptions
  /// Samples of files that were read whole, by the number of the file.
  private var cache: [Int: [PreparedSample]] = [:]
  private var cachedByteCount = 0
  /// The file being read: its number, how far, and its samples so far if they may be kept.
  private var open: (file: Int, sample: Int, reader: any SampleReader)?
  private var kept: [PreparedSample]?

  init(_ options: StreamOptions) { self.options = options }

  /// A block's samples from a place on, fewer at the end of the pass, and where the next ones begin; nil if
  /// the pass ends with them.
  ///
  /// - Parameter files: numbers of the set's files, in the order of the pass.
  mutating func block(
    _ files: [Int], from start: (file: Int, sample: Int)
  ) throws(Diagnostic) -> (samples: [PreparedSample], end: (file: Int, sample: Int)?) {
    var samples: [PreparedSample] = []
    var place = start
    while place.file < files.count {
      let file = files[place.file]
      let first = options.heldOut[file] ?? 0
      while samples.count < options.block,
        let sample = try sample(max(place.sample, first), of: file, first: first)
      {
        samples.append(sample)
        place.sample = max(place.sample, first) + 1
      }
      if samples.count == options.block { return (samples, place) }
      place = (place.file + 1, 0)
    }
    return (samples, nil)
  }

  /// Sample `number` of a file, or nil behind its last one.
  private mutating func sample(
    _ number: Int, of file: Int, first: Int
  ) throws(Diagnostic) -> PreparedSample? {
    if let cached = cache[file] {
      return number - first < cached.count ? cached[number - first] : nil
    }
    if open?.file != file || open?.sample != number {
      let reader = try options.set.files[file].reader(frameLimit: options.frames)
      guard try reader.skip(number) == number else { return nil }
      open = (file, number, reader)
      dropKept()
      kept = number == first ? [] : nil
    }
    guard let sample = try open?.reader.next() else {
      if let kept { cache[file] = kept }
      (open, kept) = (nil, nil)
      return nil
    }
    open?.sample += 1
    let prepared = try sample.prepared(frames: options.frames, size: options.size)
    keep(prepared)
    return prepared
  }

  /// A file that does not fit in what is left gives its room back.
  private mutating func keep(_ sample: PreparedSample) {
    guard kept != nil else { return }
    cachedByteCount += sample.byteCount
    kept?.append(sample)
    if cachedByteCount > options.cacheLimit { dropKept() }
  }

  private mutating func dropKept() {
    cachedByteCount -= kept?.reduce(0) { $0 + $1.byteCount } ?? 0
    kept = nil
  }
}
