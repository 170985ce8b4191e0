import TensorCore

/// One sample of a data set: a clip, or a picture as a clip of one frame, and what is known of it.
public struct DataSample: Sendable {
  public let clip: Clip
  /// `u8[frames, height, width]`, row-major: the entity that each pixel shows. nil where the set has none.
  public let labels: [UInt8]?
  /// Labels below it are background: 1 in most sets, 4 where sky, floor and two walls have one each.
  public let backgroundLabels: Int

  /// - Precondition: one label for each pixel.
  public init(_ clip: Clip, labels: [UInt8]?, backgroundLabels: Int = 1) {
    precondition(
      labels.map { $0.count * 3 == clip.pixels.count } ?? true,
      "internal: \(labels?.count ?? 0) labels")
    self.clip = clip
    self.labels = labels
    self.backgroundLabels = backgroundLabels
  }

  /// The first frames as a model takes them, and their labels.
  ///
  /// - Shapes: `f32[1, frames, size, size, 3]`, labels `u8[frames, size, size]`.
  /// - Errors: `data.few-frames`, `clip.option-range`.
  public func prepared(frames: Int, size: Int) throws(Diagnostic) -> PreparedSample {
    guard clip.frameCount >= frames else {
      throw .dataFewFrames(clip.source, frames: clip.frameCount, needed: frames)
    }
    guard let labels else {
      let prepared = try clip.prepared(frames: frames, size: size)
      return PreparedSample(
        values: prepared.values, labels: nil, backgroundLabels: backgroundLabels)
    }
    let (prepared, reduced) = try LabelledClip(clip, labels: labels)
      .prepared(frames: frames, size: size)
    return PreparedSample(
      values: prepared.values, labels: reduced, backgroundLabels: backgroundLabels)
  }
}

/// A sample at a model's size.
public struct PreparedSample: Sendable {
  /// `f32[frames, size, size, 3]` in [0, 1].
  public let values: [Float]
  /// `u8[frames, size, size]`
  public let labels: [UInt8]?
  public let backgroundLabels: Int

  /// What it takes in memory.
  public var byteCount: Int { values.count * 4 + (labels?.count ?? 0) }
}
