/// The exact box filter from `from` cells to `to` cells of one axis, in whole numbers.
///
/// With the length of the axis taken as `from * to`, source cell `i` is the interval
/// [i·to, (i + 1)·to) and target cell `j` is [j·from, (j + 1)·from). Every overlap is a whole
/// number and those of one target cell add up to `from`, so sums are exact whatever the ratio.
package struct AreaAverage: Sendable {
  /// Source cells of each target cell, in order, with their overlaps.
  package let cells: [[(source: Int, overlap: Int)]]

  package init(from: Int, to: Int) {
    cells = (0..<to).map { target in
      let (begin, end) = (target * from, (target + 1) * from)
      return (begin / to...(end - 1) / to).map { source in
        (source, min(end, (source + 1) * to) - max(begin, source * to))
      }
    }
  }
}

/// A square of pixels inside every frame of `width` x `height`.
package struct CentreSquare: Sendable {
  package let side: Int
  package let top: Int
  package let left: Int

  /// The largest; of two middles the upper or the left one.
  package init(height: Int, width: Int) {
    side = min(height, width)
    top = (height - side) / 2
    left = (width - side) / 2
  }
}

extension AreaAverage {
  /// The sums of one frame's square: `side * side` times the averages.
  ///
  /// - Shapes: `pixels: u8[height, width, 3]` from `offset` → `[size, size, 3]`.
  package func sums(
    _ pixels: [UInt8], from offset: Int, width: Int, _ square: CentreSquare
  ) -> [Int] {
    let size = cells.count
    var sums = [Int](repeating: 0, count: size * size * 3)
    var line = [Int](repeating: 0, count: size * 3)
    for (row, sources) in cells.enumerated() {
      for (sourceRow, height) in sources {
        let start = offset + ((square.top + sourceRow) * width + square.left) * 3
        average(pixels, from: start, into: &line)
        for index in 0..<size * 3 { sums[row * size * 3 + index] += height * line[index] }
      }
    }
    return sums
  }

  /// One row of pixels, `size` x 3 sums.
  private func average(_ pixels: [UInt8], from start: Int, into line: inout [Int]) {
    for (column, sources) in cells.enumerated() {
      var (red, green, blue) = (0, 0, 0)
      for (source, overlap) in sources {
        let pixel = start + source * 3
        red += overlap * Int(pixels[pixel])
        green += overlap * Int(pixels[pixel + 1])
        blue += overlap * Int(pixels[pixel + 2])
      }
      line[column * 3] = red
      line[column * 3 + 1] = green
      line[column * 3 + 2] = blue
    }
  }

  /// The label that covers most of each target cell; of equals the smallest.
  ///
  /// - Shapes: `labels: u8[height, width]` from `offset`; appends `[size, size]`.
  package func appendMajorities(
    _ labels: [UInt8], from offset: Int, width: Int, _ square: CentreSquare,
    to result: inout [UInt8]
  ) {
    var areas = [Int](repeating: 0, count: 256)
    for rows in cells {
      for columns in cells {
        for index in areas.indices { areas[index] = 0 }
        for (row, height) in rows {
          let start = offset + (square.top + row) * width + square.left
          for (column, breadth) in columns {
            areas[Int(labels[start + column])] += height * breadth
          }
        }
        var best = 0
        for label in 1..<256 where areas[label] > areas[best] { best = label }
        result.append(UInt8(best))
      }
    }
  }
}
