import Foundation
import TensorCore
import TensorFiles

/// A raster of 8-bit RGB pixels, row by row from the top.
package struct Picture: Sendable {
  package let width: Int
  package let height: Int
  package private(set) var bytes: [UInt8]

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
    bytes = [UInt8](repeating: 0, count: width * height * 3)
  }

  /// All of one gray.
  package init(width: Int, height: Int, gray: UInt8) {
    self.width = width
    self.height = height
    bytes = [UInt8](repeating: gray, count: width * height * 3)
  }

  /// - Shapes: `u8[height, width, 3]`.
  /// - Errors: `file.memory`.
  package func tensor() throws(Diagnostic) -> TensorBytes {
    try TensorBytes(.u8(Shape(checking: [height, width, 3])), bytes: bytes)
  }

  package subscript(x: Int, y: Int) -> Palette.Colour {
    get {
      let start = (y * width + x) * 3
      var colour = Palette.Colour(0)
      (colour.red, colour.green, colour.blue) = (bytes[start], bytes[start + 1], bytes[start + 2])
      return colour
    }
    set {
      let start = (y * width + x) * 3
      (bytes[start], bytes[start + 1], bytes[start + 2]) = (
        newValue.red, newValue.green, newValue.blue
      )
    }
  }

  /// The picture as a `data:` address of a PNG file, gray where it has no colours.
  ///
  /// - Errors: `png.shape`, `png.too-large`, `file.memory`.
  package func address() throws(Diagnostic) -> String {
    let starts = stride(from: 0, to: bytes.count, by: 3)
    let isGray = starts.allSatisfy { start in
      let red = bytes[start]
      return bytes[start + 1] == red && bytes[start + 2] == red
    }
    let channels = isGray ? 1 : 3
    let pixels = isGray ? starts.map { bytes[$0] } : bytes
    let type = TensorType(.u8, try Shape(checking: [height, width, channels]))
    let file = try PNGFile.encode(TensorBytes(type, bytes: pixels))
    return "data:image/png;base64," + Data(file).base64EncodedString()
  }
}
