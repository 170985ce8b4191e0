import TensorCore

/// Draws frames side by side into one picture, which pages show through a window of one frame.
package struct Filmstrip: Sendable {
  package let frames: Int
  /// The source's pixels.
  package let height: Int
  package let width: Int
  /// One pixel in `step` is drawn, along both sides.
  package let step: Int

  /// The size of one drawn frame.
  package var drawnHeight: Int { (height + step - 1) / step }
  package var drawnWidth: Int { (width + step - 1) / step }

  /// `bytesPerPixel` counts all strips of the page; the step is the smallest power of two that
  /// keeps them below `byteLimit` and each strip below `sideLimit` pixels.
  package init(
    frames: Int, height: Int, width: Int, bytesPerPixel: Int, byteLimit: Int, sideLimit: Int
  ) {
    var step = 1
    while true {
      let (rows, columns) = ((height + step - 1) / step, (width + step - 1) / step)
      let isSmall = frames * rows * columns * bytesPerPixel <= byteLimit
      if isSmall && frames * columns <= sideLimit && rows <= sideLimit { break }
      if rows == 1 && columns == 1 { break }
      step *= 2
    }
    (self.frames, self.height, self.width, self.step) = (frames, height, width, step)
  }

  /// The strip whose pixels `colour` gives for a position in `[T, H, W]`, counted in row-major
  /// order of one frame: `colour(frame, row * width + column)`.
  package func drawn(_ colour: (_ frame: Int, _ pixel: Int) -> Palette.Colour) -> Picture {
    var picture = Picture(width: frames * drawnWidth, height: drawnHeight)
    for frame in 0..<frames {
      for y in 0..<drawnHeight {
        for x in 0..<drawnWidth {
          picture[frame * drawnWidth + x, y] = colour(frame, y * step * width + x * step)
        }
      }
    }
    return picture
  }

  /// Whole screen pixels for one frame, near `target` wide: a whole multiple of the drawn pixels
  /// where they fit, so that every one of them is a square of the same size.
  package func shown(near target: Int) -> (width: Int, height: Int) {
    let (width, height) = (drawnWidth, drawnHeight)
    if width <= target { return (target / width * width, target / width * height) }
    return (target, max((height * target + width / 2) / width, 1))
  }
}

/// Numbers of a tensor as brightness: u8 is divided by 255.
package struct Brightness: Sendable {
  package let values: [Double]

  package init(_ tensor: HostTensor) {
    values = tensor.element == .u8 ? tensor.numbers.map { $0 / 255 } : tensor.numbers
  }

  /// The colour whose red stands at `start`, times `factor`; magenta unless all are numbers.
  package func colour(at start: Int, times factor: Double = 1) -> Palette.Colour {
    let red = values[start] * factor
    let green = values[start + 1] * factor
    let blue = values[start + 2] * factor
    // Not the sum: infinities of both signs are numbers, clipped below.
    if red.isNaN || green.isNaN || blue.isNaN { return Palette.notANumber }
    var colour = Palette.Colour(0)
    colour.red = Brightness.byte(red)
    colour.green = Brightness.byte(green)
    colour.blue = Brightness.byte(blue)
    return colour
  }

  /// The gray of one value times `factor`.
  package func gray(at index: Int, times factor: Double) -> Palette.Colour {
    let value = values[index] * factor
    guard !value.isNaN else { return Palette.notANumber }
    let byte = UInt32(Brightness.byte(value))
    return Palette.Colour(byte << 16 | byte << 8 | byte)
  }

  /// Clipped to 0...1, then to the nearest of 256 steps.
  private static func byte(_ value: Double) -> UInt8 {
    UInt8((min(max(value, 0), 1) * 255).rounded())
  }
}
