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
  /// How clips lie in TFRecords, if the options leave them the size of the published data set.
  static var recordLayout: RecordLayout { get }

  var options: Options { get }
  var seed: UInt64 { get }

  /// - Errors: `clip.option-range`.
  init(_ options: Options, seed: UInt64) throws(Diagnostic)

  /// - Shapes: `u8[frames, size, size, 3]`, labels `u8[frames, size, size]`.
  func clip(_ index: Int) -> LabelledClip

  /// What a record of clip `index` says besides, in the order of the layout's lists.
  ///
  /// - Precondition: the options fit ``recordLayout``.
  func facts(_ index: Int) -> [[Float]]
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
  /// The most labels that a clip can have, those of the background included, and the option that
  /// says so.
  var mostLabels: (count: Int, option: String) { get }

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

  /// Whether every clip of these options fits a record, before one is made.
  ///
  /// - Errors: `clip.option-layout`.
  func requireRecordLayout() throws(Diagnostic) {
    let layout = Self.recordLayout
    let most = options.mostLabels
    for (option, value, needed, isFit) in [
      ("frames", options.frames, layout.frames, options.frames == layout.frames),
      ("size", options.size, layout.height, options.size == layout.height),
      (
        most.option, most.count - Self.backgroundLabels, layout.entities - Self.backgroundLabels,
        most.count <= layout.entities
      ),
    ] where !isFit {
      throw .clipOptionLayout(option, value, needed: needed, layout: layout.name)
    }
  }

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
