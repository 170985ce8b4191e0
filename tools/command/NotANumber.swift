import ModelRequests
import Smalti

/// Where NaN stands in what went into a run and what came out.
enum NotANumber {
  /// One sentence about `values`, or nil when none of them is NaN.
  static func note(_ kind: String, _ name: String, _ tensor: TensorBytes) -> String? {
    guard tensor.type.element.isFloating else { return nil }
    var count = 0
    var first = 0
    func look(_ isNaN: (Int) -> Bool) {
      for index in 0..<tensor.type.shape.count where isNaN(index) {
        if count == 0 { first = index }
        count += 1
      }
    }
    if tensor.type.element == .f32 {
      tensor.withUnsafeBytes { bytes in
        look { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self).isNaN }
      }
    } else {
      let values = tensor.tensor.reals
      look { values[$0].isNaN }
    }
    guard count > 0 else { return nil }
    let place = position(first, tensor.type.shape)
    return
      "\(kind) \(name) holds NaN at \(count) of \(tensor.type.shape.count) places, first at \(place)"
  }

  private static func position(_ index: Int, _ shape: Shape) -> [Int] {
    zip(shape.strides, shape.dimensions).map { index / max($0, 1) % $1 }
  }
}
