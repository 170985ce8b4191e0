import TensorCore

/// A run of training, as data for a page that a person looks at while it goes on and afterwards.
///
/// ``html()`` makes one file without references to anything outside it. It knows neither a model's
/// family nor its loss: each number of the log finds its place by how it is named and used, and one
/// never seen before has a place as well. The same report gives the same text every time.
public struct TrainingReport: Sendable {
  public var title: String
  /// The data set.
  public var source: String
  /// Bold text and what follows it: how far the run is, and how well it does.
  public var facts: [(text: String, remark: String)] = []
  /// What the reader must know, one paragraph each.
  public var notes: [String] = []
  /// The lines of the log, in order.
  public var curves: [Entry] = []
  /// What the model made of the first clip of the last validation, of which the page shows pictures,
  /// source and notes; nil before the first one.
  public var validation: SegmentationReport?
  /// The step after which that validation took place.
  public var validationStep: Int?
  /// What the run was made with.
  public var recipe: [(name: String, value: String)] = []
  /// The command that makes the run go on.
  public var command = ""
  /// Whether it still trains: then the page redraws itself.
  public var isRunning = false

  public init(title: String, source: String) {
    self.title = title
    self.source = source
  }

  /// A line of the log.
  public struct Entry: Sendable {
    /// `train` or `validation`; others are not shown.
    public var kind: String
    public var step: Int
    /// By name; nil where there is no number.
    public var values: [(name: String, value: Double?)]

    public init(_ kind: String, step: Int, _ values: [(name: String, value: Double?)]) {
      (self.kind, self.step, self.values) = (kind, step, values)
    }
  }

  /// The report as one self-contained HTML page.
  ///
  /// - Errors: `report.shape`, `report.element`, and those of ``PNGFile/encode(_:)``.
  /// - Cost: about 0.4 MB for 6 frames and 16 slots of 32x32 pixels and any number of lines; pictures
  ///   grow as those of ``SegmentationReport/html()``.
  public func html() throws(Diagnostic) -> String {
    try TrainingPage(self).html.page
  }
}
