import TensorCore

/// Some frames of 8-bit pictures, as they came from a file or a generator.
public struct Clip: Sendable, Hashable {
  /// `u8[frames, height, width, 3]`, row-major: red, green, blue.
  public let pixels: [UInt8]
  public let frameCount: Int
  public let height: Int
  public let width: Int
  /// Nil when the source does not say.
  public let framesPerSecond: Double?
  /// The file, folder or generator, for messages and pages.
  public let source: String
  /// What a person should know about how it was read, one sentence each.
  public let notes: [String]

  /// - Precondition: at least one frame of at least one pixel, and all bytes.
  public init(
    pixels: [UInt8], frameCount: Int, height: Int, width: Int, framesPerSecond: Double? = nil,
    source: String, notes: [String] = []
  ) {
    precondition(
      frameCount > 0 && height > 0 && width > 0
        && pixels.count == frameCount * height * width * 3,
      "internal: \(pixels.count) bytes for \(frameCount) x \(height) x \(width)")
    self.pixels = pixels
    self.frameCount = frameCount
    self.height = height
    self.width = width
    self.framesPerSecond = framesPerSecond
    self.source = source
    self.notes = notes
  }
}

/// A clip as a model takes it.
public struct PreparedClip: Sendable, Hashable {
  /// `f32[1, frames, size, size, 3]` in [0, 1], row-major.
  public let values: [Float]
  public let frameCount: Int
  public let size: Int
  /// What was done to the clip that a person should know, one sentence each.
  public let notes: [String]

  public var type: TensorType { .f32([1, frameCount, size, size, 3]) }
  public var tensor: HostTensor { HostTensor(type, reals: values.map(Double.init)) }
}

// MARK: - Preparing
extension Clip {
  /// `frames` frames from `start`, every `stride`-th, each the centre square averaged over areas
  /// to `size` x `size`. When the clip ends too early its last frame taken stands again, and a
  /// note says so.
  ///
  /// Sums are whole numbers, so a value is the exact average rounded once to f32.
  ///
  /// - Shapes: `u8[n, height, width, 3]` → `f32[1, frames, size, size, 3]` in [0, 1].
  /// - Errors: `clip.option-range`, `clip.start`.
  public func prepared(
    frames: Int, size: Int, start: Int = 0, stride: Int = 1
  ) throws(Diagnostic) -> PreparedClip {
    let taken = try frameNumbers(frames: frames, size: size, start: start, stride: stride)
    let square = CentreSquare(height: height, width: width)
    let filter = AreaAverage(from: square.side, to: size)
    let scale = 255 * Double(square.side * square.side)
    var values: [Float] = []
    values.reserveCapacity(frames * size * size * 3)
    for (index, frame) in taken.enumerated() {
      if index > 0, taken[index - 1] == frame {
        values.append(contentsOf: values.suffix(size * size * 3))
        continue
      }
      let sums = filter.sums(pixels, from: frame * height * width * 3, width: width, square)
      values.append(contentsOf: sums.map { Float(Double($0) / scale) })
    }
    var notes = notes
    let present = Set(taken).count
    if present < frames, let last = taken.last {
      notes.append(
        "\(source) has \(frameCount) frames, from which \(present) could be taken; frame \(last) "
          + "stands for the other \(frames - present)")
    }
    return PreparedClip(values: values, frameCount: frames, size: size, notes: notes)
  }

  /// The frames that a model sees, as many as it takes.
  ///
  /// - Errors: `clip.option-range`, `clip.start`.
  func frameNumbers(
    frames: Int, size: Int, start: Int, stride: Int
  ) throws(Diagnostic) -> [Int] {
    for (name, value, least) in [
      ("frames", frames, 1), ("size", size, 1), ("start", start, 0), ("stride", stride, 1),
    ] {
      guard (least...1 << 24).contains(value) else {
        throw .clipOptionRange(
          "\(name) is \(value), which is outside \(least)..\(1 << 24)",
          help: "for example \(name)=\(least)")
      }
    }
    guard start < frameCount else {
      throw .clipStart(source, start: start, frameCount: frameCount)
    }
    let last = start + (frameCount - 1 - start) / stride * stride
    return (0..<frames).map { min(start + $0 * stride, last) }
  }
}

// MARK: - With labels

/// A clip that knows which object each pixel shows.
public struct LabelledClip: Sendable, Hashable {
  public let clip: Clip
  /// `u8[frames, height, width]`, row-major; 0 is the background.
  public let labels: [UInt8]

  /// - Precondition: one label for each pixel.
  public init(_ clip: Clip, labels: [UInt8]) {
    precondition(labels.count * 3 == clip.pixels.count, "internal: \(labels.count) labels")
    self.clip = clip
    self.labels = labels
  }

  /// The same reduction for pictures and labels: areas are averaged, and of the labels the one
  /// that covers most of a pixel stays, of equals the smallest. With the model's `frames` and
  /// `size` this makes a `tiny` clip.
  ///
  /// - Shapes: `labels: u8[frames, size, size]`.
  /// - Errors: `clip.option-range`, `clip.start`.
  public func prepared(
    frames: Int, size: Int, start: Int = 0, stride: Int = 1
  ) throws(Diagnostic) -> (clip: PreparedClip, labels: [UInt8]) {
    let prepared = try clip.prepared(frames: frames, size: size, start: start, stride: stride)
    let square = CentreSquare(height: clip.height, width: clip.width)
    let filter = AreaAverage(from: square.side, to: size)
    var reduced: [UInt8] = []
    for frame in try clip.frameNumbers(
      frames: frames, size: size, start: start, stride: stride)
    {
      filter.appendMajorities(
        labels, from: frame * clip.height * clip.width, width: clip.width, square, to: &reduced)
    }
    return (clip: prepared, labels: reduced)
  }
}
