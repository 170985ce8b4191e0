import TensorCore
import TensorFiles

/// How a published data set stores a sample in a TFRecord: one `tf.Example` with the features `image` and
/// `mask`, whose masks say for each entity where it is seen, and a few lists of floats.
///
/// - Source: the readers of the multi-object data sets (github.com/google-deepmind/multi_object_datasets)
///   and of CATER with masks.
public struct RecordLayout: Sendable, Hashable {
  /// `cater`, `objects-room`
  public let name: String
  /// 1 for pictures.
  public let frames: Int
  public let height: Int
  public let width: Int
  /// 3, or 1 for gray.
  public let channels: Int
  /// Including the background.
  public let entities: Int
  /// Entities, from 0 on, that are background.
  public let backgroundEntities: Int
  public let maskOrder: MaskOrder
  /// Whether each byte of picture and masks is a string of its own.
  public let hasByteStrings: Bool
  public let packing: RecordWriter.Packing
  /// Lists of floats that a sample has besides.
  public let facts: [Fact]

  /// In which order the masks lie.
  public enum MaskOrder: Sendable, Hashable {
    /// `[frames, entities, height, width, 1]`
    case entityFirst
    /// `[height, width, entities, 1]`
    case entityLast
  }

  /// A list of floats by its name; `count` of them.
  public struct Fact: Sendable, Hashable {
    public let name: String
    public let count: Int
  }

  public var pixelCount: Int { frames * height * width }
  public var imageByteCount: Int { pixelCount * channels }
  public var maskByteCount: Int { pixelCount * entities }
}

// MARK: - The known ones
extension RecordLayout {
  /// No two have pictures and masks of equal lengths, so lengths tell them apart.
  public static let known: [RecordLayout] =
    [cater, tetrominoes, clevr]
    + [("binarized", 1, 4), ("colored-on-colored", 3, 5), ("colored-on-grayscale", 3, 6)].map {
      multiDSprites($0, channels: $1, entities: $2)
    }
    + [("", 7), ("-six-objects", 10), ("-empty-room", 4)].map {
      objectsRoom($0, entities: $1)
    }

  /// CATER with masks and a moving camera: 33 frames, 11 entities.
  public static let cater = RecordLayout(
    name: "cater", frames: 33, height: 64, width: 64, channels: 3, entities: 11,
    backgroundEntities: 1, maskOrder: .entityFirst, hasByteStrings: false, packing: .zlib,
    facts: [
      Fact(name: "camera_matrix", count: 33 * 4 * 4),
      Fact(name: "object_positions", count: 11 * 33 * 3),
    ])

  public static let coloredOnColored = multiDSprites("colored-on-colored", channels: 3, entities: 5)

  public static let objectsRoom = objectsRoom("", entities: 7)

  public static let tetrominoes = RecordLayout(
    name: "tetrominoes", frames: 1, height: 35, width: 35, channels: 3, entities: 4,
    backgroundEntities: 1, maskOrder: .entityFirst, hasByteStrings: true, packing: .gzip,
    facts: facts(["x", "y", "shape", "visibility"], 4) + facts(["color"], 12))

  /// The reader of its 1-byte categories (`size`, `material`, `shape`, `color`) is not needed here.
  static let clevr = RecordLayout(
    name: "clevr", frames: 1, height: 240, width: 320, channels: 3, entities: 11,
    backgroundEntities: 1, maskOrder: .entityFirst, hasByteStrings: true, packing: .gzip,
    facts: facts(["x", "y", "z", "rotation", "visibility"], 11) + facts(["pixel_coords"], 33))

  private static func multiDSprites(
    _ version: String, channels: Int, entities: Int
  ) -> RecordLayout {
    RecordLayout(
      name: "multi-dsprites-\(version)", frames: 1, height: 64, width: 64, channels: channels,
      entities: entities, backgroundEntities: 1, maskOrder: .entityLast, hasByteStrings: true,
      packing: .gzip,
      facts: facts(["x", "y", "shape", "orientation", "scale", "visibility"], entities)
        + facts(["color"], entities * channels))
  }

  private static func objectsRoom(_ version: String, entities: Int) -> RecordLayout {
    RecordLayout(
      name: "objects-room\(version)", frames: 1, height: 64, width: 64, channels: 3,
      entities: entities, backgroundEntities: 4, maskOrder: .entityFirst, hasByteStrings: true,
      packing: .gzip, facts: [])
  }

  private static func facts(_ names: [String], _ count: Int) -> [Fact] {
    names.map { Fact(name: $0, count: count) }
  }

  /// The layout whose pictures and masks have these lengths.
  static func of(imageByteCount: Int, maskByteCount: Int) -> RecordLayout? {
    known.first { $0.imageByteCount == imageByteCount && $0.maskByteCount == maskByteCount }
  }
}
