import TensorCore
import TensorFiles

/// How the clips of one shard lie in its file.
public enum ShardFormat: Sendable, Hashable {
  /// An archive of arrays, n clips along the first axis of each. Of videos
  ///
  ///     video   u8[n, frames, size, size, 3]
  ///     labels  u8[n, frames, size, size]
  ///
  /// and of images
  ///
  ///     image   u8[n, size, size, 3]
  ///     labels  u8[n, size, size]
  ///
  /// Label 0 is the background. A set with more labels of background than that one says how many
  /// in `background_labels: u8[1]`.
  ///
  /// Deflated sprites are about a fourteenth as large and take twice as long to make.
  case npz(isDeflated: Bool)

  /// Packed records in the layout of the published data set, ``ClipGenerator/recordLayout``, with
  /// the numbers of each scene, ``ClipGenerator/facts(_:)``.
  case tfrecord

  /// What names of files end in.
  public var suffix: String {
    switch self {
    case .npz: "npz"
    case .tfrecord: "tfrecords"
    }
  }
}

/// The clips of one shard, in order.
struct RenderedShard {
  let clipCount: Int
  let frames: Int
  let size: Int
  let isVideo: Bool
  let backgroundLabels: Int
  /// `u8[clipCount, frames, size, size, 3]`
  var pixels: [UInt8]
  /// `u8[clipCount, frames, size, size]`
  var labels: [UInt8]

  init<Generator: ClipGenerator>(_ generator: Generator, clipCount: Int) {
    self.clipCount = clipCount
    frames = generator.options.frames
    size = generator.options.size
    isVideo = Generator.isVideo
    backgroundLabels = Generator.backgroundLabels
    let pixelByteCount = clipCount * generator.options.pixelByteCount
    pixels = [UInt8](repeating: 0, count: pixelByteCount)
    labels = [UInt8](repeating: 0, count: pixelByteCount / 3)
  }

  /// Puts a clip in its place.
  mutating func set(_ place: Int, to clip: LabelledClip) {
    let labelCount = labels.count / clipCount
    let start = place * labelCount
    pixels.replaceSubrange(start * 3..<(start + labelCount) * 3, with: clip.clip.pixels)
    labels.replaceSubrange(start..<start + labelCount, with: clip.labels)
  }
}

// MARK: - Writing
extension RenderedShard {
  /// Writes one archive, whole or not at all.
  ///
  /// - Errors: `file.unwritable`, `file.not-regular`, `file.memory`.
  func write(to path: String, isDeflated: Bool) throws(Diagnostic) {
    try NPZFile.write(arrays(), to: path, isDeflated: isDeflated)
  }

  private func arrays() throws(Diagnostic) -> [(name: String, value: TensorBytes)] {
    let shape = isVideo ? [clipCount, frames, size, size] : [clipCount, size, size]
    var arrays: [(name: String, value: TensorBytes)] = []
    arrays.append(
      (
        name: isVideo ? "video" : "image",
        value: try TensorBytes(.u8(Shape(trusted: shape + [3])), bytes: pixels)
      ))
    arrays.append(
      (name: "labels", value: try TensorBytes(.u8(Shape(trusted: shape)), bytes: labels)))
    if backgroundLabels != 1 {
      let count = try TensorBytes(.u8([1]), bytes: [UInt8(backgroundLabels)])
      arrays.append((name: "background_labels", value: count))
    }
    return arrays
  }
}
