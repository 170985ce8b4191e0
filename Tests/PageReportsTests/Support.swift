import Foundation
import PageReports
import TensorCore
import TensorFiles
import Testing

/// A report whose every number is known: T frames, K slots, H x W pixels, Z = 2 channels.
///
/// Slot k weighs 0.5 in pixel p of frame t where (t + p) mod K = k, and shares the rest elsewhere.
func smallReport(
  frames: Int = 2, slots: Int = 3, height: Int = 2, width: Int = 3
) -> SegmentationReport {
  let area = height * width
  func tensor(_ dimensions: [Int], _ value: (Int) -> Double) throws -> HostTensor {
    let shape = try Shape(checking: dimensions)
    return HostTensor(TensorType(.f32, shape), converting: (0..<shape.count).map(value))
  }
  func latents(_ rows: Int) throws -> SegmentationReport.Latents {
    SegmentationReport.Latents(
      mean: try tensor([rows, 2]) { Double($0) - 1 }, logStd: try tensor([rows, 2]) { _ in 0 })
  }
  do {
    let bytes = (0..<frames * area * 3).map { Double($0 * 7 % 256) }
    var report = SegmentationReport(
      title: "A small clip", source: "made for a test",
      model: SegmentationReport.Model(
        name: "simone", preset: "tiny", parameterCount: 1_234_567,
        options: [SegmentationReport.Option("size", "\(width)")]),
      clip: HostTensor(
        TensorType(.u8, try Shape(checking: [frames, height, width, 3])), converting: bytes),
      reconstruction: try tensor([frames, height, width, 3]) { bytes[$0] / 255 },
      weights: try tensor([frames, slots, height, width]) { index in
        let (frame, slot, pixel) = (index / area / slots, index / area % slots, index % area)
        return (frame + pixel) % slots == slot ? 0.5 : 0.5 / Double(max(slots - 1, 1))
      },
      pixels: try tensor([frames, slots, height, width, 3]) { Double($0 % 5) / 4 },
      objectLatents: try latents(slots), frameLatents: try latents(frames))
    report.weightsNote = "seed-made weights, seed 0: this model has not been trained"
    report.times = [
      SegmentationReport.Time(
        "encode", milliseconds: 12.34, gigaflopsPerSecond: 5, percentOfPeak: 40),
      SegmentationReport.Time("decode", milliseconds: 1234.5),
    ]
    report.machine = "2 threads"
    report.notes = ["One remark."]
    report.command = "smalti segment clip.npz -o report.html"
    return report
  } catch {
    preconditionFailure("internal: \(error)")
  }
}

extension HostTensor {
  /// A copy with one value replaced; the position is row-major.
  func setting(_ index: Int, to value: Double) -> HostTensor {
    var values = numbers
    values[index] = value
    return HostTensor(type, converting: values)
  }
}

/// A picture that was read from a page.
struct Decoded {
  let height: Int
  let width: Int
  private let bytes: [UInt8]

  /// - Errors: the address is no PNG in Base64, or the PNG is damaged.
  init(address: Substring) throws {
    let prefix = "data:image/png;base64,"
    try #require(address.hasPrefix(prefix))
    let data = try #require(Data(base64Encoded: String(address.dropFirst(prefix.count))))
    let picture = try PNGFile.decode(FileContents(named: "a picture", copying: [UInt8](data)))
    (height, width) = (picture.type.shape[0], picture.type.shape[1])
    bytes = picture.bytes
  }

  subscript(x: Int, y: Int) -> [Int] {
    let start = (y * width + x) * 3
    return bytes[start..<start + 3].map(Int.init)
  }
}

/// The picture behind the style rule of `name`.
func sheet(_ name: String, in page: String) throws -> Decoded {
  let start = try #require(page.range(of: "\n.\(name){background-image:url("))
  return try Decoded(address: page[start.upperBound...].prefix { $0 != ")" })
}

/// Every `data:` address of the page, in order.
func addresses(in page: String) -> [Substring] {
  page.matches(of: /data:[^)"]*/).map(\.output)
}

/// The places where tags do not balance, quotes are missing or an ampersand stands alone.
func markupFaults(in page: String) -> [String] {
  var faults: [String] = []
  var open: [Substring] = []
  var rest = page[...]
  while let start = rest.firstIndex(of: "<") {
    faults += textFaults(in: rest[..<start])
    guard let end = rest[start...].firstIndex(of: ">") else { return faults + ["unclosed <"] }
    let tag = rest[rest.index(after: start)..<end]
    rest = rest[rest.index(after: end)...]
    let name = tag.prefix { $0 != " " }
    if name == "!DOCTYPE" { continue }
    if name.hasPrefix("/") {
      if open.popLast() != name.dropFirst() { faults.append("</\(name.dropFirst())>") }
      continue
    }
    // Drawings have attributes such as `viewBox` and `x`.
    if tag.wholeMatch(of: /[a-z0-9]+( [a-zA-Z-]+="[^"<>]*")*/) == nil { faults.append("<\(tag)>") }
    if !HTML.voidElements.contains(String(name)) { open.append(name) }
    if name == "style" || name == "script" {
      // Read unescaped up to the end tag.
      guard let close = rest.range(of: "</\(name)>") else { return faults + ["<\(name)>"] }
      rest = rest[close.lowerBound...]
    }
  }
  return faults + textFaults(in: rest) + open.map { "<\($0)> stays open" }
}

private func textFaults(in text: Substring) -> [String] {
  let rest = text.replacing(/&(amp|lt|gt|quot|#39);/, with: "")
  return rest.contains { "&>".contains($0) } ? ["text: \(text)"] : []
}

/// The page without our styles and scripts, and pictures by their sizes: what a person can read.
/// The style of films stays: it is made of the report.
func outline(of page: String) throws -> String {
  let own = /<(style|script)>\n(?!:root\{--count)(?:[^<]|<(?!\/))*\n<\//
  var text = page.replacing(own) { "<\($0.1)>\n…\n</" }
  for address in addresses(in: text) {
    let picture = try Decoded(address: address)
    text = text.replacing(address, with: "\(picture.height)x\(picture.width).png")
  }
  return text
}
