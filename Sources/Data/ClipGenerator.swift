import TensorCore

/// Makes labelled clips from a seed: pictures whose objects are known.
///
/// Clip `index` is a function of options, seed and index alone: any can be made by itself, on any
/// thread, with the same bytes. Everything is drawn from the clip's key, `Key(seed).folded(index)`,
/// folded with the name of the quantity, so one option changes one quantity. A generator of images
/// makes clips of one frame.
public protocol ClipGenerator: Sendable {
  associatedtype Options: GeneratorOptions

  /// What `smalti data make` shows of it.
  static var summary: String { get }
  /// Settings that an example of a call shows.
  static var example: String { get }
  /// False when every clip is one image.
  static var isVideo: Bool { get }
  /// How many labels, from 0, are background and no object.
  static var backgroundLabels: Int { get }

  var options: Options { get }
  var seed: UInt64 { get }

  /// - Errors: `clip.option-range`.
  init(_ options: Options, seed: UInt64) throws(Diagnostic)

  /// - Shapes: `u8[frames, size, size, 3]`, labels `u8[frames, size, size]`.
  func clip(_ index: Int) -> LabelledClip
}

/// Every number of a generator; the defaults are the data set.
public protocol GeneratorOptions: Sendable, Hashable {
  /// The generator's name, as `smalti data make` takes it.
  static var generator: String { get }
  /// Every option, in the order in which pages list them.
  static var settings: [GeneratorSetting<Self>] { get }

  /// Frames of a clip.
  var frames: Int { get }
  /// Side of a frame, in pixels.
  var size: Int { get }

  init()

  /// - Errors: `clip.option-range`.
  func check() throws(Diagnostic)
}

extension GeneratorOptions {
  /// Bytes of one clip's pixels.
  public var pixelByteCount: Int { frames * size * size * 3 }

  /// Labels are bytes.
  static var maximumLabel: Int { 255 }
}

extension ClipGenerator {
  public static var name: String { Options.generator }
  public static var backgroundLabels: Int { 1 }

  /// The key from which clip `index` is drawn.
  func key(_ index: Int) -> Key { Key(seed).folded(UInt64(index)) }

  /// One image as a clip.
  func image(_ index: Int, pixels: [UInt8], labels: [UInt8]) -> LabelledClip {
    LabelledClip(
      Clip(
        pixels: pixels, frameCount: 1, height: options.size, width: options.size,
        source: "\(Self.name), seed \(seed), image \(index)"),
      labels: labels)
  }
}
