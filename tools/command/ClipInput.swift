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
  /// What was done to it that a person should know.
  var notes: [String]

  /// - Parameter start, stride: which frames to take.
  /// - Errors: those of reading and preparing clips.
  init(_ path: String, _ type: TensorType, start: Int, stride: Int) throws(Diagnostic) {
    name = (path as NSString).lastPathComponent
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
    source =
      "\(clip.source), \(frames) frames from \(start)"
      + (stride == 1 ? "" : " in steps of \(stride)")
    framesPerSecond = clip.framesPerSecond
    notes = prepared.notes
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
