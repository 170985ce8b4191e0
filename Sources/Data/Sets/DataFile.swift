import Foundation
import TensorCore
import TensorFiles

/// One file or folder of a data set that holds samples in an order.
public struct DataFile: Sendable, Hashable {
  public enum Kind: String, Sendable {
    /// Arrays of clips or pictures with their labels, `.npz` or `.npy`.
    case arrays
    /// `tf.Example` records in a known layout.
    case records
    /// One picture.
    case picture
    /// A folder whose pictures are the frames of one clip.
    case frames
  }

  public let path: String
  public let kind: Kind

  /// Nil for what holds no samples by its name.
  init?(path: String) {
    let name = URL(filePath: path).lastPathComponent.lowercased()
    // `cater_with_masks_train.tfrecords-00000-of-00100`
    if name.contains(".tfrecord") {
      kind = .records
    } else if name.hasSuffix(".npz") || name.hasSuffix(".npy") {
      kind = .arrays
    } else if name.hasSuffix(".png") {
      kind = .picture
    } else {
      return nil
    }
    self.path = path
  }

  init(frames path: String) {
    self.path = path
    kind = .frames
  }

  /// The samples, from the first on.
  ///
  /// - Parameter frameLimit: of each clip no more than its first frames; nil takes all.
  /// - Errors: those of opening a file of that kind.
  public func reader(frameLimit: Int? = nil) throws(Diagnostic) -> any SampleReader {
    switch kind {
    case .arrays: try ArrayReader(path, frameLimit: frameLimit)
    case .records: RecordSampleReader(try RecordReader(path), frameLimit: frameLimit)
    case .picture, .frames: PictureReader(path, frameLimit: frameLimit)
    }
  }
}

/// Reads the samples of one file in order.
public protocol SampleReader: AnyObject {
  /// The next sample, or nil after the last one.
  ///
  /// - Errors: those of the file's format, and the `data.` codes.
  func next() throws(Diagnostic) -> DataSample?

  /// Steps over samples without decoding them; fewer at the end of the file.
  ///
  /// - Returns: how many there were.
  func skip(_ count: Int) throws(Diagnostic) -> Int

  /// How records lie, as the first one told; nil before it and for other files.
  var layout: RecordLayout? { get }
}

extension SampleReader {
  public var layout: RecordLayout? { nil }
}

/// A picture, or a folder of frames, as one sample.
final class PictureReader: SampleReader {
  private let path: String
  private let frameLimit: Int?
  private var isDone = false

  init(_ path: String, frameLimit: Int?) {
    self.path = path
    self.frameLimit = frameLimit
  }

  func next() throws(Diagnostic) -> DataSample? {
    guard !isDone else { return nil }
    isDone = true
    var reader = ClipReader()
    reader.frameLimit = frameLimit
    return DataSample(try reader.read(path), labels: nil)
  }

  func skip(_ count: Int) throws(Diagnostic) -> Int {
    defer { isDone = isDone || count > 0 }
    return isDone || count == 0 ? 0 : 1
  }
}

/// Records of a TFRecord file, whose layout the first one tells.
final class RecordSampleReader: SampleReader {
  private let records: RecordReader
  private let frameLimit: Int?
  private(set) var layout: RecordLayout?

  init(_ records: RecordReader, frameLimit: Int?) {
    self.records = records
    self.frameLimit = frameLimit
  }

  func next() throws(Diagnostic) -> DataSample? {
    let number = records.count
    guard let record = try records.next() else { return nil }
    let example = try RecordExample(record, path: records.path, number: number)
    if layout == nil {
      layout = try RecordLayout.of(example, path: records.path, number: number)
    }
    return try layout?.sample(
      example, path: records.path, number: number, frameLimit: frameLimit)
  }

  func skip(_ count: Int) throws(Diagnostic) -> Int {
    for done in 0..<count where try records.next() == nil { return done }
    return count
  }
}
