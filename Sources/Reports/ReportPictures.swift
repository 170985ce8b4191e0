import Foundation
import TensorCore

/// The pictures of a ``SegmentationReport``, each drawn once, and the sections of a page that show
/// them.
struct ReportPictures {
  let report: SegmentationReport
  var truth: [Int]? { report.truth }
  let segmentation: Segmentation
  /// How frames are drawn; the same for every strip.
  let strip: Filmstrip
  /// One style rule for each strip, so that a page which shows a strip twice holds it once.
  private let sheets: [(name: String, address: String)]

  /// All strips together, in bytes before compression: noise does not compress, and Base64 adds a
  /// third.
  static let byteLimit = 6 << 20
  /// The longest side of one strip, in pixels; PNG readers of browsers take at least this.
  static let sideLimit = 1 << 15

  /// - Errors: `report.shape`, `report.element`, and those of ``Picture/address()``.
  init(_ report: SegmentationReport) throws(Diagnostic) {
    try report.checkShapes()
    self.report = report
    let truth = report.truth
    let segmentation = Segmentation(report.weights)
    let (frames, slots, height, width) = report.lengths
    // Clip, reconstruction, segmentation and truth in colour; of each slot a picture and a gray
    // weight.
    let strip = Filmstrip(
      frames: frames, height: height, width: width,
      bytesPerPixel: (truth == nil ? 9 : 12) + 4 * slots, byteLimit: Self.byteLimit,
      sideLimit: Self.sideLimit)
    self.segmentation = segmentation
    self.strip = strip

    let (clip, reconstruction) = (Brightness(report.clip), Brightness(report.reconstruction))
    let (weights, pixels) = (Brightness(report.weights), Brightness(report.pixels))
    let area = height * width
    let peak = segmentation.peak
    var sheets: [(name: String, address: String)] = []
    func draw(
      _ name: String, _ colour: (Int, Int) -> Palette.Colour
    ) throws(Diagnostic) {
      sheets.append((name, try strip.drawn(colour).address()))
    }
    try draw("clip") { clip.colour(at: ($0 * area + $1) * 3) }
    try draw("reconstruction") { reconstruction.colour(at: ($0 * area + $1) * 3) }
    try draw("segmentation") {
      segmentation.labels[$0 * area + $1].map(Palette.slot) ?? Palette.notANumber
    }
    if let truth {
      try draw("truth") {
        let label = truth[$0 * area + $1]
        return label < 0 ? Palette.notANumber : Palette.slot(label)
      }
    }
    for slot in 0..<slots {
      try draw("slot-\(slot)") {
        let index = ($0 * slots + slot) * area + $1
        return pixels.colour(at: index * 3, times: weights.values[index] / peak)
      }
      try draw("weight-\(slot)") {
        weights.gray(at: ($0 * slots + slot) * area + $1, times: 1 / peak)
      }
    }
    self.sheets = sheets
  }

  /// What a page adds to the look of a report for its films: their frames, and a rule for each strip.
  var styleSheet: String {
    let frames = report.lengths.frames
    // A rate that is no number or not positive would stop the style sheet from being read.
    let rate = report.framesPerSecond > 0 ? min(max(report.framesPerSecond, 0.1), 120) : 8
    let seconds = String(format: "%.3f", Double(frames) / rate)
    let rules = sheets.map { ".\($0.name){background-image:url(\($0.address))}" }
    return
      ([":root{--count:\(frames);--steps:steps(\(frames),end);--seconds:\(seconds)s}"] + rules)
      .joined(separator: "\n")
  }

  /// What is worth knowing before the pictures: values that are missing, pixels that are not drawn.
  var remarks: [String] {
    let frame = ["frame", "row", "column", "channel"]
    let slot = ["frame", "slot", "row", "column", "channel"]
    let tensors: [(String, HostTensor, [String])] = [
      ("Clip", report.clip, frame), ("Reconstruction", report.reconstruction, frame),
      ("Weights", report.weights, slot), ("Slot pictures", report.pixels, slot),
      ("Object means", report.objectLatents.mean, ["slot", "channel"]),
      ("Object deviations", report.objectLatents.logStd, ["slot", "channel"]),
      ("Frame means", report.frameLatents.mean, ["frame", "channel"]),
      ("Frame deviations", report.frameLatents.logStd, ["frame", "channel"]),
    ]
    var sentences = tensors.compactMap { part, tensor, axes in
      MissingNumbers(tensor)?.sentence(part, axes: axes)
    }
    if strip.step > 1 {
      sentences.append(
        "One pixel in \(strip.step) is drawn along each side, to keep this page small.")
    }
    return sentences
  }

  /// Hidden until the script runs: without it the clips play by themselves.
  var controls: HTML {
    let last = report.lengths.frames - 1
    return .element("footer", [("id", "controls"), ("hidden", "")]) {
      HTML.element("button", [("type", "button"), ("id", "play")]) { "Pause" }
      HTML.element(
        "input",
        [
          ("type", "range"), ("id", "frame"), ("min", "0"), ("max", "\(last)"), ("value", "0"),
          ("aria-label", "frame"),
        ])
      HTML.element("output", [("id", "number")]) { "frame 0 of \(last)" }
      HTML.element("span", class: "keys") {
        HTML.element("kbd") { "space" }
        " plays, "
        HTML.element("kbd") { "←" }
        " "
        HTML.element("kbd") { "→" }
        " step"
      }
    }
  }
}
