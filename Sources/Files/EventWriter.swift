import TensorCore

/// What TensorBoard shows under one name: a point of a curve, a picture, or a histogram.
public struct EventSummary: Sendable {
  private enum Content: Sendable {
    case scalar(Float)
    case picture(height: Int, width: Int, channels: Int, png: [UInt8])
    case histogram(Histogram)
  }

  /// Names with slashes stand in groups: `loss/train`.
  public let tag: String
  private let content: Content

  /// A point of a curve; stored as f32, NaN and infinities as such.
  public static func scalar(_ tag: String, _ value: Double) -> EventSummary {
    EventSummary(tag: tag, content: .scalar(Float(value)))
  }

  /// - Shapes: `picture: u8[height, width, 1 | 3 | 4]`.
  /// - Errors: `png.shape`, `png.too-large`, `file.memory`.
  public static func picture(
    _ tag: String, _ picture: TensorBytes
  ) throws(Diagnostic) -> EventSummary {
    let png = try PNGFile.encode(picture)
    let shape = picture.type.shape
    return EventSummary(
      tag: tag,
      content: .picture(height: shape[0], width: shape[1], channels: shape[2], png: png))
  }

  public static func histogram(_ tag: String, _ histogram: Histogram) -> EventSummary {
    EventSummary(tag: tag, content: .histogram(histogram))
  }
}

/// Appends to an event file of TensorBoard, which may read it at the same time.
///
/// TensorBoard looks for names that hold `tfevents`, as `events.out.tfevents.1700000000.host` does, one
/// file for each run and folder. Times come from the caller, so the same calls give the same bytes,
/// but for pictures, which libpng packs.
///
/// - Source: `event.proto` and `summary.proto` of TensorBoard 2.21; their older forms of a scalar, a
///   picture and a histogram, which all its readers know.
public final class EventWriter {
  private let file: AppendedFile

  /// Opens the file at `path`, or makes it.
  ///
  /// - Parameter length: what is kept of the file, in bytes: its ``byteCount`` when the checkpoint was
  ///   made from which a run goes on; all of it when nil.
  /// - Errors: `file.unwritable`, `file.not-regular`, `file.too-short`.
  public init(appendingTo path: String, keeping length: Int? = nil) throws(Diagnostic) {
    file = try AppendedFile(path, keeping: length)
  }

  /// Of the whole file.
  public var byteCount: Int { file.byteCount }

  /// Appends one event, whole or not at all.
  ///
  /// - Parameter wallTime: in seconds since the beginning of 1970.
  /// - Errors: `file.unwritable`.
  public func append(
    _ summaries: [EventSummary], step: Int, wallTime: Double
  ) throws(Diagnostic) {
    let summary = WireWriter { writer in
      for summary in summaries { writer.content(1, summary.message) }
    }
    let event = WireWriter { writer in
      writer.double(1, wallTime)
      writer.integer(2, step)
      writer.content(5, summary.bytes)
    }
    // A file says what it is before anything else.
    let version = byteCount == 0 ? RecordWriter.framed(Self.version(wallTime)) : []
    try file.append(version + RecordWriter.framed(event.bytes))
  }

  /// Waits until everything appended so far survives a power cut.
  ///
  /// - Errors: `file.unwritable`.
  public func sync() throws(Diagnostic) { try file.sync() }

  private static func version(_ wallTime: Double) -> [UInt8] {
    WireWriter { writer in
      writer.double(1, wallTime)
      writer.text(3, "brain.Event:2")
    }.bytes
  }
}

// MARK: - Messages: the fields of `Summary.Value` and of what it may hold, by number
extension EventSummary {
  fileprivate var message: [UInt8] {
    WireWriter { writer in
      writer.text(1, tag)
      switch content {
      case .scalar(let value):
        writer.chosenFloat(2, value)
      case .picture(let height, let width, let channels, let png):
        writer.content(4, Self.message(height, width, channels, png))
      case .histogram(let histogram):
        writer.content(5, histogram.message)
      }
    }.bytes
  }

  private static func message(
    _ height: Int, _ width: Int, _ channels: Int, _ png: [UInt8]
  ) -> [UInt8] {
    WireWriter { writer in
      writer.integer(1, height)
      writer.integer(2, width)
      writer.integer(3, channels)
      writer.content(4, png)
    }.bytes
  }
}

extension Histogram {
  fileprivate var message: [UInt8] {
    WireWriter { writer in
      writer.double(1, least)
      writer.double(2, greatest)
      writer.double(3, Double(count))
      writer.double(4, sum)
      writer.double(5, sumOfSquares)
      writer.doubles(6, limits)
      writer.doubles(7, counts.map(Double.init))
    }.bytes
  }
}
