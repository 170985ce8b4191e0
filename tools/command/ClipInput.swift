import Foundation
import ModelRequests
import Smalti

/// A clip as a model takes it, and where it came from.
struct ClipInput {
  /// `f32[1, T, S, S, 3]`
  var tensor: HostTensor
  /// The last part of the path.
  var name: String
  /// The file or folder, and the frames taken.
  var source: String
  var framesPerSecond: Double?
  /// The label of each pixel, `[T, S, S]`, where the file has `labels` beside its video.
  var truth: [Int]?
  /// Labels below it are background.
  var backgroundLabels = 1
  /// What was done to it that a person should know.
  var notes: [String]
}

// MARK: - Reading
extension ClipInput {
  /// - Parameters:
  ///   - sample: which clip of a file that has several.
  ///   - start, stride: which frames to take.
  /// - Errors: those of reading and preparing clips, `call.sample`.
  init(
    _ path: String, _ type: TensorType, sample: Int = 0, start: Int, stride: Int
  ) throws(Diagnostic) {
    let name = (path as NSString).lastPathComponent
    if let found = try Self.labelled(path, sample, Self.reader(type.shape[1], start, stride)) {
      self = try Self.prepared(found, name: name, sample, type, start: start, stride: stride)
      return
    }
    self.name = name
    guard sample == 0 else { throw .callSample(path, sample, count: nil) }
    if start == 0, stride == 1, let tensor = try Self.numbers(path, type) {
      self.tensor = tensor
      source = "\(path), \(type.shape[1]) frames as they are"
      notes = []
      return
    }
    let frames = type.shape[1]
    let clip = try Self.reader(frames, start, stride).read(path)
    let prepared = try clip.prepared(
      frames: frames, size: type.shape[2], start: start, stride: stride)
    tensor = prepared.tensor
    source = Self.source(clip.source, frames, start, stride)
    framesPerSecond = clip.framesPerSecond
    notes = prepared.notes
  }

  private static func prepared(
    _ found: DataSample, name: String, _ sample: Int, _ type: TensorType, start: Int, stride: Int
  ) throws(Diagnostic) -> ClipInput {
    let (frames, size) = (type.shape[1], type.shape[2])
    let clip = try found.clip.prepared(frames: frames, size: size, start: start, stride: stride)
    let labels = try found.labels.map { (labels) throws(Diagnostic) in
      try LabelledClip(found.clip, labels: labels)
        .prepared(frames: frames, size: size, start: start, stride: stride).labels
    }
    return ClipInput(
      tensor: clip.tensor, name: sample == 0 ? name : "\(name), clip \(sample)",
      source: source(found.clip.source, frames, start, stride),
      framesPerSecond: found.clip.framesPerSecond, truth: labels?.map(Int.init),
      backgroundLabels: found.backgroundLabels, notes: clip.notes)
  }

  private static func source(
    _ source: String, _ frames: Int, _ start: Int, _ stride: Int
  ) -> String {
    "\(source), \(frames) frames from \(start)" + (stride == 1 ? "" : " in steps of \(stride)")
  }

  /// The clip of this number in a file of a data set, if it is one: records, or an archive with labels or
  /// with several clips.
  ///
  /// - Errors: those of the format; `call.sample`.
  private static func labelled(
    _ path: String, _ sample: Int, _ reader: ClipReader
  ) throws(Diagnostic) -> DataSample? {
    let file = (path as NSString).lastPathComponent.lowercased()
    let isArchive = file.hasSuffix(".npz")
    guard isArchive || file.contains(".tfrecord") else { return nil }
    if isArchive {
      let names = try NPZFile(reading: path).names
      guard names.contains("video"), sample > 0 || names.contains("labels") else { return nil }
    }
    guard sample >= 0 else { throw .callSample(path, sample, count: nil) }
    let samples = try DataSet(path, pictures: .frames).files[0]
      .reader(frameLimit: reader.frameLimit)
    let skipped = try samples.skip(sample)
    guard skipped == sample, let found = try samples.next() else {
      throw .callSample(path, sample, count: skipped)
    }
    return found
  }

  /// An array of floating numbers that has the model's size goes in as it is, NaN and all; nil for
  /// everything else.
  private static func numbers(_ path: String, _ type: TensorType) throws(Diagnostic) -> HostTensor?
  {
    guard path.hasSuffix(".npy") || path.hasSuffix(".npz") else { return nil }
    let tensor = try InputLoader.read("video", path)
    return tensor.element.isFloating ? InputLoader.fitted(tensor, to: type) : nil
  }

  /// Reads no more frames than the model will look at; wrong numbers are refused later.
  private static func reader(_ frames: Int, _ start: Int, _ stride: Int) -> ClipReader {
    var reader = ClipReader()
    let sane = 0...1 << 24
    if sane.contains(start), sane.contains(stride) {
      reader.frameLimit = start + (frames - 1) * max(stride, 1) + 1
    }
    return reader
  }
}
