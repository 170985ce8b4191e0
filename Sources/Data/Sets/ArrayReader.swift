import Foundation
import TensorCore
import TensorFiles

/// Samples of arrays: `video [n, frames, height, width, 3]` or `image [n, height, width, 3]`, u8 or f32 in
/// [0, 1], beside it perhaps `labels` of the same positions, u8, and `background_labels` u8[1].
///
/// An array in a file of its own is a video; without n it is one clip.
final class ArrayReader: SampleReader {
  private let path: String
  private let frameLimit: Int?
  private let pictures: TensorBytes
  private let labels: TensorBytes?
  private let backgroundLabels: Int
  /// Samples, and frames, height and width of each.
  private let count: Int
  private let lengths: [Int]
  private var position = 0

  /// - Errors: those of the formats; `data.arrays`, `data.array-type`, `data.labels`.
  init(_ path: String, frameLimit: Int?) throws(Diagnostic) {
    self.path = path
    self.frameLimit = frameLimit
    guard path.lowercased().hasSuffix(".npz") else {
      pictures = try NPYFile.read(path)
      (labels, backgroundLabels) = (nil, 1)
      (count, lengths) = try Self.lengths(pictures.type, isVideo: true, path)
      return
    }
    let archive = try NPZFile(reading: path)
    let isVideo = archive.names.contains("video")
    guard isVideo || archive.names.contains("image") else {
      throw .dataArrays(path, names: archive.names)
    }
    pictures = try archive.bytes(of: isVideo ? "video" : "image")
    (count, lengths) = try Self.lengths(pictures.type, isVideo: isVideo, path)
    labels = archive.names.contains("labels") ? try archive.bytes(of: "labels") : nil
    if let type = labels?.type {
      let expected = Array(pictures.type.shape.dimensions.dropLast())
      guard type.element == .u8, type.shape.dimensions == expected else {
        throw .dataLabels(path, type, pictures.type)
      }
    }
    backgroundLabels = try Self.backgroundLabels(archive)
  }

  private static func lengths(
    _ type: TensorType, isVideo: Bool, _ path: String
  ) throws(Diagnostic) -> (count: Int, lengths: [Int]) {
    let shape = type.shape.dimensions
    let isMany = shape.count == (isVideo ? 5 : 4)
    let isKnown = type.element == .u8 || type.element == .f32
    guard isKnown, isMany || shape.count == (isVideo ? 4 : 3), shape.last == 3 else {
      throw .dataArrayType(path, type, isVideo: isVideo)
    }
    let sample = (isVideo ? [] : [1]) + shape.dropFirst(isMany ? 1 : 0).dropLast()
    guard sample.allSatisfy({ $0 > 0 }) else {
      throw .dataArrayType(path, type, isVideo: isVideo)
    }
    return (isMany ? shape[0] : 1, sample)
  }

  private static func backgroundLabels(_ archive: NPZFile) throws(Diagnostic) -> Int {
    let name = "background_labels"
    guard archive.names.contains(name) else { return 1 }
    let bytes = try archive.bytes(of: name)
    guard bytes.type.element == .u8, bytes.type.shape.count == 1 else {
      throw .dataBackground(archive.path, bytes.type)
    }
    return Int(bytes.bytes[0])
  }

  func next() throws(Diagnostic) -> DataSample? {
    guard position < count else { return nil }
    defer { position += 1 }
    let frames = min(lengths[0], frameLimit ?? lengths[0])
    let whole = lengths.reduce(1, *)
    let taken = frames * lengths[1] * lengths[2]
    let name = count > 1 || lengths[0] == 1 ? "\(path), number \(position)" : path
    let pixels = try pixels(position * whole * 3..<position * whole * 3 + taken * 3)
    let clip = Clip(
      pixels: pixels, frameCount: frames, height: lengths[1], width: lengths[2], source: name)
    let labels = labels?.withUnsafeBytes {
      [UInt8]($0[position * whole..<position * whole + taken])
    }
    return DataSample(clip, labels: labels, backgroundLabels: backgroundLabels)
  }

  private func pixels(_ range: Range<Int>) throws(Diagnostic) -> [UInt8] {
    try pictures.withUnsafeBytes { (bytes) throws(Diagnostic) in
      pictures.type.element == .u8
        ? [UInt8](bytes[range])
        : try ClipReader.quantised(bytes, range, pictures.type.shape, path)
    }
  }

  func skip(_ count: Int) throws(Diagnostic) -> Int {
    let taken = min(count, self.count - position)
    position += taken
    return taken
  }
}
