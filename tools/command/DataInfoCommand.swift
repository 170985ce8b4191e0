import ArgumentParser
import ModelRequests
import Smalti

/// `smalti data info`: what a data set holds.
struct DataInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Describes a data set, and draws a sheet of its first samples.",
    discussion: """
      DATA is a file, or a folder of files: npz, npy, tfrecords, PNG, or folders of PNG
      frames. Under each picture of the sheet are its labels, background in gray; of a
      clip it shows the first, the middle and the last frame.

      Example: smalti data info sprites
      Example: smalti data info cater.tfrecords --limit 0 --json --no-sheet
      """)

  @Argument(help: ArgumentHelp("The data set.", valueName: "data"))
  var path: String

  @Option(help: "How many samples to look at; 0 means all.")
  var limit = 1000

  @Flag(help: "Take the PNG files of a folder as the frames of one clip.")
  var frames = false

  @Option(
    help: ArgumentHelp(
      "The PNG file of the sheet.", discussion: "By default NAME-sheet.png, here.",
      valueName: "file"))
  var sheet: String?

  @Flag(help: "Draw no sheet.")
  var noSheet = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    guard limit >= 0 else { throw Diagnostic.callNumber("--limit", limit, 0...Int.max) }
    guard sheet == nil || !noSheet else { throw Diagnostic.callSheet() }
    let set = try DataSet(path, pictures: frames ? .frames : .samples)
    let sheetPath = noSheet ? nil : sheet ?? Self.sheetName(for: path)
    if let sheetPath { try OutputFile.check(sheetPath) }
    let (summary, samples) = try read(set)
    if let sheetPath {
      try PNGFile.write(ContactSheet(samples).picture().tensor(), to: sheetPath)
    }
    let page = DataPage(summary, sheet: sheetPath)
    options.report(page, page.text)
  }

  /// The summary, and the first samples as the sheet takes them.
  private func read(
    _ set: DataSet
  ) throws -> (summary: DataSummary, samples: [ContactSheet.Sample]) {
    let progress = Progress(options)
    var samples: [ContactSheet.Sample] = []
    var shown = ContinuousClock.now
    let summary = try progress.during("reading \(path)") {
      try DataSummary(reading: set, limit: limit == 0 ? nil : limit) { sample, number in
        if ContinuousClock.now - shown > .milliseconds(100) {
          progress.show("reading \(path), sample \(number)")
          shown = .now
        }
        guard !noSheet, samples.count < ContactSheet.mostSamples else { return }
        let small = sample.thumbnail(mostSide: ContactSheet.frameSide)
        samples.append(
          ContactSheet.Sample(
            height: small.height, width: small.width, pictures: small.pictures,
            labels: small.labels, backgroundLabels: small.backgroundLabels))
      }
    }
    return (summary, samples)
  }

  /// `sets/clips.npz` gives `clips-sheet.png`.
  private static func sheetName(for path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." && $0 != ".." }
    guard let last = parts.last else { return "data-sheet.png" }
    let name = last.lastIndex(of: ".").map { last[..<$0] } ?? last
    return "\(name.isEmpty ? last : name)-sheet.png"
  }
}

// MARK: - Words

/// What `data info` says.
struct DataPage: Encodable {
  struct Spread: Encodable {
    var least: Int
    var most: Int
    var mean: Double

    init(_ spread: DataSummary.Spread) {
      (least, most, mean) = (spread.least, spread.most, spread.mean)
    }
  }

  struct Labels: Encodable {
    /// How many labels, from 0, are background.
    var background: Spread
    var objects: Spread
    /// Of all pixels, the part that shows background.
    var backgroundShare: Double
    /// Samples that have labels.
    var samples: Int
  }

  struct Channel: Encodable {
    var name: String
    var least: Int
    var most: Int
    var mean: Double
  }

  var data: String
  /// `arrays`, `records`, `picture` or `frames`.
  var kind: String
  /// Of records.
  var layout: String?
  var files: Int
  var bytes: Int
  var samples: Int
  /// Whether that is all of them.
  var isWhole: Bool
  var frames: Spread
  var height: Spread
  var width: Spread
  var labels: Labels?
  /// Bytes, 0 to 255.
  var channels: [Channel]
  /// Of reading alone, on one thread.
  var samplesPerSecond: Double
  var sheet: String?

  init(_ summary: DataSummary, sheet: String?) {
    data = summary.path
    kind = summary.kind.rawValue
    layout = summary.layout?.name
    (files, bytes) = (summary.fileCount, summary.byteCount)
    (samples, isWhole) = (summary.sampleCount, summary.isWhole)
    (frames, height, width) = (
      Spread(summary.frames), Spread(summary.height), Spread(summary.width)
    )
    labels = summary.labels.map {
      Labels(
        background: Spread($0.background), objects: Spread($0.objects),
        backgroundShare: $0.backgroundShare, samples: $0.sampleCount)
    }
    channels = zip(["red", "green", "blue"], summary.channels).map {
      Channel(name: $0, least: $1.least, most: $1.most, mean: $1.mean)
    }
    samplesPerSecond = summary.samplesPerSecond
    self.sheet = sheet
  }
}

extension DataPage {
  var text: String {
    let kinds = [
      "arrays": "arrays", "records": "records", "picture": "pictures", "frames": "frames",
    ]
    let form = layout.map { "\(kinds[kind] ?? kind) in the layout \($0)" } ?? kinds[kind] ?? kind
    var lines = [
      "\(data): \(form)",
      "  files    \(Quantity.count(files)), \(Quantity.bytes(bytes))",
      "  samples  \(isWhole ? "" : "at least ")\(Quantity.count(samples))"
        + (isWhole ? "" : "; --limit 0 looks at all"),
      "  each     \(Self.range(frames)) x \(Self.range(height)) x \(Self.range(width)) "
        + "(frames, height, width)",
    ]
    if let labels {
      let mean = Quantity.digits(labels.objects.mean)
      lines += [
        "  labels   \(labels.samples == samples ? "yes" : "of \(Quantity.count(labels.samples))"), "
          + "\(Self.range(labels.background)) of background",
        "  objects  \(Self.range(labels.objects)) in a sample, \(mean) on average",
        "  pixels   \(Quantity.digits(100 * labels.backgroundShare)) % background",
      ]
    } else {
      lines.append("  labels   none")
    }
    for channel in channels {
      let name = channel.name + String(repeating: " ", count: 9 - channel.name.count)
      lines.append(
        "  \(name)\(channel.least) to \(channel.most), \(Quantity.digits(channel.mean)) on average")
    }
    lines.append("  reading  \(Quantity.digits(samplesPerSecond)) samples a second, on one thread")
    if let sheet { lines.append("the first samples are drawn in \(sheet)") }
    return lines.joined(separator: "\n")
  }

  private static func range(_ spread: Spread) -> String {
    spread.least == spread.most ? "\(spread.least)" : "\(spread.least) to \(spread.most)"
  }
}
