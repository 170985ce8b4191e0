import Foundation
import TensorCore
import TensorFiles

/// Reads a clip from whatever a person has: a video, a folder of PNG frames, an array.
public struct ClipReader: Sendable {
  /// A clip of more bytes, as 8-bit RGB, is refused.
  public var byteLimit = 1 << 31
  /// Read no more frames than this; nil reads all. A model that takes `frames` frames from `start`
  /// with `stride` needs `start + (frames - 1) * stride + 1`.
  public var frameLimit: Int?
  /// Which clip of an array with a batch axis.
  public var batchIndex = 0
  public var programs = VideoPrograms()

  public init() {}

  /// The clip at `path`: a folder means its PNG files in natural order (`frame2` before `frame10`),
  /// `.npy` and `.npz` an array, `.png` one frame, and everything else a video.
  ///
  /// - Errors: every `clip.` code about files; those of `NPYFile`, `NPZFile` and `PNGFile`.
  public func read(_ path: String) throws(Diagnostic) -> Clip {
    if let frameLimit, frameLimit < 1 {
      throw .clipOptionRange(
        "frames to read are \(frameLimit), which is less than 1", help: "read at least one")
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .clipUnreadable(path, "there is no such file or folder")
    }
    if isFolder.boolValue { return try readFolder(path) }
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(filePath: path).resolvingSymlinksInPath().path)
    // A pipe without a writer would keep ffmpeg waiting for ever.
    guard attributes?[.type] as? FileAttributeType == .typeRegular else {
      throw .clipUnreadable(path, "it is a pipe or a device, not a regular file")
    }
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw .clipUnreadable(path, "permission denied")
    }
    switch Self.suffix(path) {
    case "npy": return try clip(NPYFile.read(path), of: path)
    case "npz": return try readArchive(path)
    case "png": return try clip(ofFrames: [path], source: path)
    default:
      return try VideoFile(path: path, programs: programs)
        .read(frameLimit: frameLimit, byteLimit: byteLimit)
    }
  }

  /// `npz` of `a/CLIP.NPZ`; empty when there is none.
  private static func suffix(_ path: String) -> String {
    URL(filePath: path).pathExtension.lowercased()
  }
}

// MARK: - Folders
extension ClipReader {
  private func readFolder(_ folder: String) throws(Diagnostic) -> Clip {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw .clipUnreadable(folder, error.localizedDescription)
    }
    let frames = names.filter { !$0.hasPrefix(".") && Self.suffix($0) == "png" }
      .sorted(by: Self.precedesNaturally)
    guard !frames.isEmpty else {
      throw .clipNoFrames(
        folder, "the folder", notes: ["frames are files with the suffix .png"])
    }
    let taken = frames.prefix(frameLimit ?? frames.count)
    return try clip(ofFrames: taken.map { "\(folder)/\($0)" }, source: folder)
  }

  private func clip(ofFrames paths: [String], source: String) throws(Diagnostic) -> Clip {
    var pixels: [UInt8] = []
    var size: (height: Int, width: Int)?
    for path in paths {
      let picture = try PNGFile.read(path)
      let (height, width) = (picture.type.shape[0], picture.type.shape[1])
      if let size, size != (height, width) {
        throw .clipFrameSize(path, expected: size, got: (height, width))
      }
      size = (height, width)
      let byteCount = pixels.count + picture.type.byteCount
      guard byteCount <= byteLimit else {
        throw .clipTooLarge(source, byteCount: byteCount, limit: byteLimit)
      }
      picture.withUnsafeBytes { pixels.append(contentsOf: $0) }
    }
    guard let size else { throw .clipNoFrames(source, "the folder") }
    return Clip(
      pixels: pixels, frameCount: paths.count, height: size.height, width: size.width,
      source: source)
  }

  /// Numbers inside names count as numbers; names that are equal so, such as `f1` and `f01`, keep
  /// the order of their bytes.
  package static func precedesNaturally(_ left: String, _ right: String) -> Bool {
    switch left.compare(right, options: .numeric) {
    case .orderedAscending: true
    case .orderedDescending: false
    case .orderedSame: left < right
    }
  }
}

// MARK: - Arrays
extension ClipReader {
  private func readArchive(_ path: String) throws(Diagnostic) -> Clip {
    let archive = try NPZFile(reading: path)
    guard let name = archive.names.contains("video") ? "video" : archive.names.first,
      name == "video" || archive.names.count == 1
    else { throw .clipMember(path, names: archive.names) }
    return try clip(archive.bytes(of: name), of: "\(path): \(name)")
  }

  private func clip(_ array: TensorBytes, of path: String) throws(Diagnostic) -> Clip {
    let type = array.type
    let hasBatch = type.rank == 5
    guard type.element == .u8 || type.element == .f32, type.rank == 4 || hasBatch,
      type.shape[type.rank - 1] == 3
    else { throw .clipType(path, type) }
    if hasBatch, !(0..<type.shape[0]).contains(batchIndex) {
      throw .clipBatch(path, type, index: batchIndex)
    }
    let lengths = type.shape.dimensions.suffix(4).map { $0 }
    let (height, width) = (lengths[1], lengths[2])
    guard lengths[0] * height * width > 0 else { throw .clipNoFrames(path, "the array \(type)") }
    let frameCount = min(lengths[0], frameLimit ?? lengths[0])
    let count = frameCount * height * width * 3
    guard count <= byteLimit else {
      throw .clipTooLarge(path, byteCount: count, limit: byteLimit)
    }
    let start = hasBatch ? batchIndex * lengths.reduce(1, *) : 0
    let pixels = try array.withUnsafeBytes { (bytes) throws(Diagnostic) in
      type.element == .u8
        ? [UInt8](bytes[start..<start + count])
        : try Self.quantised(bytes, start..<start + count, type.shape, path)
    }
    return Clip(
      pixels: pixels, frameCount: frameCount, height: height, width: width, source: path,
      notes: hasBatch && type.shape[0] > 1
        ? ["\(path) holds \(type.shape[0]) clips, of which this is number \(batchIndex)"] : [])
  }

  /// Numbers from 0 to 1 as bytes, rounded to the nearest.
  ///
  /// - Errors: `clip.value`.
  static func quantised(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ shape: Shape, _ path: String
  ) throws(Diagnostic) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(range.count)
    for index in range {
      let bits = bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
      let value = Float(bitPattern: UInt32(littleEndian: bits))
      guard value >= 0, value <= 1 else {
        let position = zip(shape.dimensions, shape.strides).map { index / $1 % $0 }
        throw .clipValue(path, value, at: position)
      }
      pixels.append(UInt8((value * 255).rounded()))
    }
    return pixels
  }
}
