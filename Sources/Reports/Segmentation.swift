import TensorCore

/// Which slot counts most in each pixel.
package struct Segmentation: Sendable {
  /// `[T, H, W]`, row-major: the first slot of largest weight; nil where a weight is no number.
  package let labels: [Int?]
  /// For each slot, the part of all pixels that it wins; 0 to 1.
  package let shares: [Double]
  /// The largest finite weight that wins a pixel, by which pictures of weights are brightened; 1 when none is
  /// positive.
  package let peak: Double

  /// - Shapes: `weights: [T, K, H, W]`.
  package init(_ weights: HostTensor) {
    let (frames, slots) = (weights.shape[0], weights.shape[1])
    let pixels = weights.shape[2] * weights.shape[3]
    let values = Brightness(weights).values
    var labels: [Int?] = []
    labels.reserveCapacity(frames * pixels)
    var wins = [Int](repeating: 0, count: slots)
    var peak = 0.0
    for frame in 0..<frames {
      for pixel in 0..<pixels {
        var best: Int? = 0
        var largest = -Double.infinity
        for slot in 0..<slots {
          let value = values[(frame * slots + slot) * pixels + pixel]
          if value.isNaN {
            best = nil
            break
          }
          if value > largest { (best, largest) = (slot, value) }
        }
        if let best {
          wins[best] += 1
          if largest.isFinite { peak = max(peak, largest) }
        }
        labels.append(best)
      }
    }
    self.labels = labels
    shares = wins.map { Double($0) / Double(frames * pixels) }
    self.peak = peak > 0 ? peak : 1
  }
}

/// How many values of a tensor are no numbers, and where the first is.
struct MissingNumbers {
  let count: Int
  private let first: [Int]

  init?(_ tensor: HostTensor) {
    let values = tensor.numbers
    guard let index = values.firstIndex(where: \.isNaN) else { return nil }
    count = values.reduce(0) { $1.isNaN ? $0 + 1 : $0 }
    first = tensor.shape.strides.enumerated().map { axis, stride in
      index / stride % tensor.shape[axis]
    }
  }

  /// `Reconstruction: 12 values are NaN, drawn in magenta; the first at frame 3, row 5.`
  func sentence(_ part: String, axes: [String]) -> String {
    let place = zip(axes, first).map { "\($0) \($1)" }.joined(separator: ", ")
    let verb = count == 1 ? "value is" : "values are"
    return "\(part): \(count) \(verb) NaN, drawn in magenta; the first at \(place)."
  }
}

/// The mean of squared differences in brightness; nil when no pair of values is finite.
func meanSquaredError(_ left: HostTensor, _ right: HostTensor) -> Double? {
  var sum = 0.0
  var count = 0
  for (a, b) in zip(Brightness(left).values, Brightness(right).values) {
    let square = (a - b) * (a - b)
    guard square.isFinite else { continue }
    sum += square
    count += 1
  }
  return count == 0 ? nil : sum / Double(count)
}
