/// A few frames of a sample for a person to look at, no larger than they need be.
package struct Thumbnail: Sendable {
  package let height: Int
  package let width: Int
  /// Each `u8[height, width, 3]`: the first, the middle and the last of a clip, or one picture.
  package let pictures: [[UInt8]]
  /// Each `u8[height, width]`; nil where the sample has no labels.
  package let labels: [[UInt8]]?
  package let backgroundLabels: Int
}

extension DataSample {
  /// The sample with its longer side reduced to `mostSide` if it is above: means of areas, and of
  /// labels the one in the middle of the area.
  package func thumbnail(mostSide: Int) -> Thumbnail {
    let longest = max(clip.height, clip.width)
    func reduced(_ length: Int) -> Int {
      longest <= mostSide ? length : max(1, (length * mostSide + longest / 2) / longest)
    }
    let (height, width) = (reduced(clip.height), reduced(clip.width))
    let frames = Set([0, clip.frameCount / 2, clip.frameCount - 1]).sorted()
    return Thumbnail(
      height: height, width: width,
      pictures: frames.map { picture($0, height: height, width: width) },
      labels: labels.map { labels in
        frames.map { Self.labels(labels, clip, $0, height: height, width: width) }
      },
      backgroundLabels: backgroundLabels)
  }

  private func picture(_ frame: Int, height: Int, width: Int) -> [UInt8] {
    let start = frame * clip.height * clip.width * 3
    if (height, width) == (clip.height, clip.width) {
      return Array(clip.pixels[start..<start + height * width * 3])
    }
    let rows = AreaAverage(from: clip.height, to: height).cells
    let columns = AreaAverage(from: clip.width, to: width).cells
    // Overlaps of a cell add up to the length before.
    let area = clip.height * clip.width
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width * 3)
    for row in rows {
      for column in columns {
        var total = SIMD3<Int>.zero
        for (y, breadth) in row {
          for (x, overlap) in column {
            let place = start + (y * clip.width + x) * 3
            let colour = SIMD3(clip.pixels[place], clip.pixels[place + 1], clip.pixels[place + 2])
            total &+= SIMD3<Int>(truncatingIfNeeded: colour) &* (breadth * overlap)
          }
        }
        for channel in 0..<3 { pixels.append(UInt8((total[channel] + area / 2) / area)) }
      }
    }
    return pixels
  }

  private static func labels(
    _ labels: [UInt8], _ clip: Clip, _ frame: Int, height: Int, width: Int
  ) -> [UInt8] {
    (0..<height * width).map { place in
      let y = (2 * (place / width) + 1) * clip.height / (2 * height)
      let x = (2 * (place % width) + 1) * clip.width / (2 * width)
      return labels[(frame * clip.height + y) * clip.width + x]
    }
  }
}
