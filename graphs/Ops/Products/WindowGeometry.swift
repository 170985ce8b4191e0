import GraphIR
import TensorCore

extension Window {
  /// Rows and columns of the result over an image of `height` and `width`.
  ///
  /// - Errors: `attribute.range`, `window.too-large`.
  func resultSize(of x: TensorType) throws(Diagnostic) -> [Int] {
    guard size.count == 2, strides.count == 2, dilations.count == 2, padding.count == 4 else {
      throw .attributeRange(
        "a window has 2 sizes, 2 strides, 2 dilations and 4 paddings, got \(size), \(strides), "
          + "\(dilations) and \(padding)")
    }
    // The bound keeps every product below within 64 bits.
    let limit = 1 << 20
    guard (size + strides + dilations).allSatisfy({ (1...limit).contains($0) }),
      padding.allSatisfy({ (0...limit).contains($0) })
    else {
      throw .attributeRange(
        "sizes, strides and dilations are 1 to 2^20, paddings 0 to 2^20; got \(size), \(strides), "
          + "\(dilations) and \(padding)")
    }
    var result: [Int] = []
    for axis in 0..<2 {
      let room = x.shape[axis + 1] + padding[axis] + padding[axis + 2]
      let reach = (size[axis] - 1) * dilations[axis] + 1
      guard reach <= room else { throw .windowTooLarge(x, size: size, padding: padding) }
      result.append((room - reach) / strides[axis] + 1)
    }
    return result
  }

  /// The position in the image along `axis` for a result position and an offset in the window, or
  /// nil in the padding.
  func source(_ axis: Int, _ position: Int, _ offset: Int, length: Int) -> Int? {
    let source = position * strides[axis] + offset * dilations[axis] - padding[axis]
    return (0..<length).contains(source) ? source : nil
  }
}
