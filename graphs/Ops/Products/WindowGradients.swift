import GraphIR
import TensorCore

// What the gradients of convolution, pooling and patches share: adding up what windows saw, and a
// convolution run backwards.

extension Window {
  /// The places of the window, of `count`, at which offset `offset` lies inside the image.
  func inside(_ axis: Int, _ offset: Int, count: Int, length: Int) -> Range<Int> {
    let reach = padding[axis] - offset * dilations[axis]
    let first = max(0, reach > 0 ? (reach + strides[axis] - 1) / strides[axis] : 0)
    let room = length - 1 + reach
    let end = room < 0 ? 0 : min(count, room / strides[axis] + 1)
    return first..<max(first, end)
  }
}

extension Tensor {
  /// This tensor as positions `start` and on of `length` along `axis`, cut off or filled with zeros.
  func placed(at start: Int, of length: Int, along axis: Int) -> Tensor {
    let first = min(shape[axis], max(0, -start))
    let end = max(first, min(shape[axis], length - start))
    let kept = first == 0 && end == shape[axis] ? self : sliced(first..<end, along: axis)
    var low = kept.shape.dimensions.map { _ in 0 }
    var high = low
    low[axis] = min(length, max(0, start))
    high[axis] = length - low[axis] - kept.shape[axis]
    return low[axis] == 0 && high[axis] == 0 ? kept : kept.padded(low: low, high: high)
  }

  /// Images of `shape` in which every patch [n, i, j, a, b, c] of this tensor is added where the
  /// window saw it: offset by offset, in row-major order.
  func addingPatches(of window: Window, to shape: Shape) -> Tensor {
    let size = window.size
    if window.strides == size, window.dilations == [1, 1], window.padding == [0, 0, 0, 0] {
      // Windows side by side: every position is seen once.
      let places = self.shape.dimensions
      return transposed(0, 1, 3, 2, 4, 5)
        .reshaped(to: [places[0], places[1] * size[0], places[2] * size[1], places[5]])
        .placed(at: 0, of: shape[1], along: 1).placed(at: 0, of: shape[2], along: 2)
    }
    var sum: Tensor?
    for a in 0..<size[0] {
      for b in 0..<size[1] {
        var part = element(b, along: 4).element(a, along: 3)
        for (axis, offset) in [a, b].enumerated() {
          part = part.spaced(along: axis + 1, by: window.strides[axis])
            .placed(
              at: offset * window.dilations[axis] - window.padding[axis], of: shape[axis + 1],
              along: axis + 1)
        }
        sum = sum.map { $0 + part } ?? part
      }
    }
    return sum ?? self
  }

  /// Positions along `axis` in reverse order.
  func reversed(along axis: Int) -> Tensor {
    guard shape[axis] > 1 else { return self }
    let order = (0..<shape[axis]).reversed().map(Int64.init)
    return gathered(builder.constant(.i32([order.count], order)), along: axis)
  }
}

extension Convolution {
  /// The gradient of the images from that of the result.
  ///
  /// Position r of an image meets kernel offset a at the place i with `r + p = i·s + a·d`. Without
  /// dilation, `r + p = q·s + f` leaves the offsets `f + s·u` at the places `q − u`: the same few u
  /// for every phase f. So one convolution of stride 1 with a kernel of every s-th offset gives all
  /// phases as channels, and only moves are left. With dilation and stride, zeros are put between
  /// places instead.
  func imageGradient(_ x: Tensor, _ weight: Tensor, _ dy: Tensor) -> Tensor {
    var (gradient, s) = (dy, strides)
    if dilations != [1, 1] {
      for axis in 0..<2 { gradient = gradient.spaced(along: axis + 1, by: strides[axis]) }
      s = [1, 1]
    }
    let taps = (0..<2).map { (weight.shape[$0] + s[$0] - 1) / s[$0] }
    var first = [0, 0]
    for axis in 0..<2 {
      first[axis] = padding[axis] / s[axis]
      let count = (padding[axis] + x.shape[axis + 1] - 1) / s[axis] - first[axis] + 1
      let reach = (taps[axis] - 1) * dilations[axis]
      gradient = gradient.placed(
        at: reach - first[axis], of: count + reach, along: axis + 1)
    }
    let (channels, outputs) = (x.shape[3] / groups, weight.shape[3] / groups)
    let kernel = weight.placed(at: 0, of: taps[0] * s[0], along: 0)
      .placed(at: 0, of: taps[1] * s[1], along: 1)
      .reshaped(to: [taps[0], s[0], taps[1], s[1], channels, groups, outputs])
      .reversed(along: 0).reversed(along: 2).transposed(0, 2, 6, 5, 1, 3, 4)
      .reshaped(to: [taps[0], taps[1], outputs, groups * s[0] * s[1] * channels])
    let phases = gradient.convolution(kernel, dilations: dilations, groups: groups)
    let (rows, columns) = (phases.shape[1], phases.shape[2])
    var images = phases.reshaped(
      to: [x.shape[0], rows, columns, groups, s[0], s[1], channels]
    ).transposed(0, 1, 4, 2, 5, 3, 6).reshaped(
      to: [x.shape[0], rows * s[0], columns * s[1], groups * channels])
    for axis in 0..<2 {
      images = images.placed(
        at: first[axis] * s[axis] - padding[axis], of: x.shape[axis + 1], along: axis + 1)
    }
    return images
  }

  /// The gradient of the kernel: products of what each offset saw with the result's gradient.
  func kernelGradient(_ x: Tensor, _ weight: Tensor, _ dy: Tensor) -> Tensor {
    let patches = x.patches(
      size: [weight.shape[0], weight.shape[1]], strides: strides, padding: padding,
      dilations: dilations)
    if groups == 1 { return patches.contracted("nijabc,nijo->abco", dy) }
    let (channels, outputs) = (weight.shape[2], weight.shape[3] / groups)
    let split = patches.reshaped(
      to: patches.shape.dimensions.dropLast() + [groups, channels])
    let grouped = dy.reshaped(to: dy.shape.dimensions.dropLast() + [groups, outputs])
    return split.contracted("nijabgc,nijgo->abcgo", grouped)
      .reshaped(to: weight.shape.dimensions)
  }
}
