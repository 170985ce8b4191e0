import CSmaltiPNG
import Glibc
import TensorCore

/// Pictures as PNG: read as 8-bit RGB, written as gray, RGB or RGBA.
public enum PNGFile {
  /// No side may be longer, in pixels; the format itself allows 2^31 - 1.
  public static let maximumSide = 1 << 15
  /// No picture may have more pixels: 2^27 are 400 MB of RGB.
  public static let maximumPixelCount = 1 << 27

  /// The picture in the file at `path`.
  ///
  /// Gray is repeated, palettes are looked up, alpha is dropped (not blended), 16 bits are scaled
  /// to 8, and colour profiles are not applied.
  ///
  /// - Shapes: `u8[height, width, 3]`.
  /// - Errors: `file.unreadable`, `file.not-regular`, `file.memory`, `png.damaged`,
  ///   `png.too-large`.
  public static func read(_ path: String) throws(Diagnostic) -> TensorBytes {
    try decode(FileContents(mapping: path))
  }

  /// Writes a file that holds `picture`, or leaves what was there.
  ///
  /// - Shapes: `picture: u8[height, width, 1 | 3 | 4]`.
  /// - Errors: `png.shape`, `png.too-large`, `file.memory`, `file.unwritable`,
  ///   `file.not-regular`.
  public static func write(_ picture: TensorBytes, to path: String) throws(Diagnostic) {
    try AtomicFile.write(encode(picture, for: path), to: path)
  }

  /// The bytes of a PNG file, for pages that embed their pictures.
  ///
  /// - Shapes: `picture: u8[height, width, 1 | 3 | 4]`.
  /// - Errors: `png.shape`, `png.too-large`, `file.memory`.
  public static func encode(_ picture: TensorBytes) throws(Diagnostic) -> [UInt8] {
    try encode(picture, for: "a picture")
  }

  package static func decode(_ contents: FileContents) throws(Diagnostic) -> TensorBytes {
    let path = contents.path
    guard !contents.bytes.isEmpty,
      let bytes = contents.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    else {
      throw .pngDamaged(path, "the file is empty")
    }
    let byteCount = contents.bytes.count
    var info = smalti_png_info()
    guard smalti_png_read_info(bytes, byteCount, UInt32(maximumSide), &info) == 0 else {
      throw .pngDamaged(path, sentence(&info))
    }
    let (width, height) = (info.width, info.height)
    guard Int(width) * Int(height) <= maximumPixelCount else {
      throw .pngTooLarge(path, height: Int(height), width: Int(width))
    }
    // Deflate makes at most 1032 bytes of one: a short file cannot hold a large picture.
    guard info.raw_byte_count <= UInt64(byteCount) * 1032 else {
      throw .pngDamaged(
        path, "it states \(height) x \(width) pixels but has only \(byteCount) bytes")
    }
    let type = TensorType(.u8, [Int(height), Int(width), 3])
    let pixels = try FileContents(named: path, byteCount: type.byteCount) {
      (target) throws(Diagnostic) in
      let start = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
      guard smalti_png_read_rgb(bytes, byteCount, width, height, start, &info) == 0 else {
        throw .pngDamaged(path, sentence(&info))
      }
    }
    return withExtendedLifetime(contents) {
      TensorBytes(type, in: pixels, at: 0..<type.byteCount)
    }
  }

  private static func encode(
    _ picture: TensorBytes, for path: String
  ) throws(Diagnostic) -> [UInt8] {
    let type = picture.type
    guard type.element == .u8, type.rank == 3, [1, 3, 4].contains(type.shape[2]),
      type.shape.count > 0
    else { throw .pngShape(path, type) }
    let (height, width) = (type.shape[0], type.shape[1])
    guard height <= maximumSide, width <= maximumSide, height * width <= maximumPixelCount else {
      throw .pngTooLarge(path, height: height, width: width)
    }
    var info = smalti_png_info()
    var encoded: UnsafeMutablePointer<UInt8>?
    var byteCount = 0
    let result = picture.withUnsafeBytes { bytes in
      smalti_png_write(
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(width), UInt32(height),
        Int32(type.shape[2]), &encoded, &byteCount, &info)
    }
    // The shape was checked, so only memory can have failed.
    guard result == 0, let encoded else { throw .fileMemory(path, type.byteCount) }
    defer { free(encoded) }
    return [UInt8](UnsafeBufferPointer(start: encoded, count: byteCount))
  }

  private static func sentence(_ info: inout smalti_png_info) -> String {
    withUnsafeBytes(of: &info.message) { text in
      String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
