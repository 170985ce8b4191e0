import TensorCore
import TensorFiles

/// Samples of a data set in a grid: frames side by side, and under each its labels in the colours of
/// all pages.
package struct ContactSheet: Sendable {
  /// Some frames of one size.
  package struct Sample: Sendable {
    let height: Int
    let width: Int
    /// Each `u8[height, width, 3]`.
    let pictures: [[UInt8]]
    /// Each `u8[height, width]`, as many as pictures.
    let labels: [[UInt8]]?
    /// Labels below it are background, and dark gray.
    let backgroundLabels: Int

    /// - Precondition: at least one picture, all bytes, and labels for each picture or for none.
    package init(
      height: Int, width: Int, pictures: [[UInt8]], labels: [[UInt8]]?, backgroundLabels: Int
    ) {
      let pixelCount = height * width
      precondition(
        pixelCount > 0 && !pictures.isEmpty && pictures.allSatisfy { $0.count == pixelCount * 3 }
          && labels.map { $0.map(\.count) == pictures.map { _ in pixelCount } } ?? true,
        "internal: \(pictures.map(\.count)) bytes for \(height) x \(width)")
      self.height = height
      self.width = width
      self.pictures = pictures
      self.labels = labels
      self.backgroundLabels = backgroundLabels
    }

    /// Screen pixels along each side of one pixel: as many as keep the longer side within
    /// ``ContactSheet/frameSide``.
    fileprivate var factor: Int { max(1, ContactSheet.frameSide / max(height, width)) }

    fileprivate var drawnWidth: Int {
      pictures.count * width * factor + (pictures.count - 1) * ContactSheet.frameGap
    }
    fileprivate var drawnHeight: Int {
      labels == nil ? height * factor : 2 * height * factor + ContactSheet.frameGap
    }
  }

  /// A frame's longer side after enlargement is at most this; larger ones stay as they are.
  package static let frameSide = 128
  /// No sheet has more samples.
  package static let mostSamples = 24
  fileprivate static let frameGap = 3
  private static let sampleGap = 14
  private static let paper: UInt8 = 255

  private let samples: [Sample]

  /// The first ``mostSamples`` samples.
  ///
  /// - Precondition: at least one.
  package init(_ samples: [Sample]) {
    precondition(!samples.isEmpty, "internal: a sheet of nothing")
    self.samples = Array(samples.prefix(Self.mostSamples))
  }

  /// - Shapes: `u8[height, width, 3]`.
  package func picture() -> Picture {
    let (width, height) = cell
    let columns = columnCount
    let rows = (samples.count + columns - 1) / columns
    let gap = Self.sampleGap
    var picture = Picture(
      width: columns * width + (columns + 1) * gap, height: rows * height + (rows + 1) * gap,
      gray: Self.paper)
    for (number, sample) in samples.enumerated() {
      let (row, column) = number.quotientAndRemainder(dividingBy: columns)
      draw(sample, gap + column * (width + gap), gap + row * (height + gap), on: &picture)
    }
    return picture
  }

  /// The place of one sample: the largest.
  private var cell: (width: Int, height: Int) {
    (samples.map(\.drawnWidth).max() ?? 0, samples.map(\.drawnHeight).max() ?? 0)
  }

  /// Of the grids without an empty row the one nearest to a square, of equals the wider.
  private var columnCount: Int {
    let (width, height) = cell
    func excess(_ columns: Int) -> Int {
      let rows = (samples.count + columns - 1) / columns
      return max(columns * width, rows * height)
    }
    let counts = (1...samples.count).reversed()
    return counts.min { excess($0) < excess($1) } ?? 1
  }

  private func draw(_ sample: Sample, _ left: Int, _ top: Int, on picture: inout Picture) {
    let factor = sample.factor
    for index in sample.pictures.indices {
      let start = left + index * (sample.width * factor + Self.frameGap)
      for y in 0..<sample.height * factor {
        for x in 0..<sample.width * factor {
          let place = y / factor * sample.width + x / factor
          picture[start + x, top + y] = Self.colour(sample.pictures[index], place)
          guard let labels = sample.labels else { continue }
          let below = top + sample.height * factor + Self.frameGap
          picture[start + x, below + y] = Self.colour(
            label: Int(labels[index][place]), sample.backgroundLabels)
        }
      }
    }
  }

  private static func colour(_ pixels: [UInt8], _ place: Int) -> Palette.Colour {
    var colour = Palette.Colour(0)
    colour.red = pixels[place * 3]
    colour.green = pixels[place * 3 + 1]
    colour.blue = pixels[place * 3 + 2]
    return colour
  }

  /// Object i has the colour of slot i on all pages; labels of background are grays, each a little
  /// lighter, so that several can be told apart.
  private static func colour(label: Int, _ backgroundLabels: Int) -> Palette.Colour {
    guard label < backgroundLabels else { return Palette.slot(label - backgroundLabels) }
    let gray = UInt32(0x2C + min(label, 4) * 0x12)
    return Palette.Colour(gray << 16 | gray << 8 | gray)
  }
}
