import GraphIR
import TensorCore

/// A two-dimensional convolution of channels-last images (a cross-correlation, as in every
/// framework), without bias.
///
///     y[n, i, j, o] = sum_{a, b, c} x[n, i·s + a·d − p, j·s + b·d − p, c] · weight[a, b, c, o]
///
/// Positions outside the image count as 0. With groups, output o reads the channels of its group.
///
/// - Shapes: `x: T[n, h, w, channels]`, `weight: T[kh, kw, channels / groups, outputs]` →
///   `y: T[n, h', w', outputs]`; `T` floating. Padding: top, left, bottom, right.
/// - Errors: `shape.wrong-rank`, `shape.mismatch`, `type.mismatch`, `type.not-floating`,
///   `attribute.range`, `window.too-large`.
public struct Convolution: BinaryOperation {
  public static let name = "convolution"
  public static let attributes = [
    Attribute("strides", \Convolution.strides), Attribute("padding", \Convolution.padding),
    Attribute("dilations", \Convolution.dilations), Attribute("groups", \Convolution.groups),
  ]

  public var strides = [1, 1]
  public var padding = [0, 0, 0, 0]
  public var dilations = [1, 1]
  public var groups = 1
  public init() {}
}

extension Tensor {
  /// The convolution of images with `weight`; see ``Convolution``.
  public func convolution(
    _ weight: Tensor, strides: [Int] = [1, 1], padding: [Int] = [0, 0, 0, 0],
    dilations: [Int] = [1, 1], groups: Int = 1
  ) -> Tensor {
    applying(
      Convolution().setting(\.strides, to: strides).setting(\.padding, to: padding)
        .setting(\.dilations, to: dilations).setting(\.groups, to: groups), weight)
  }
}

// MARK: - Types
extension Convolution {
  public func resultType(of x: TensorType, _ weight: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireFloating()
    try x.requireElement(of: weight)
    try x.requireRank(4)
    try weight.requireRank(4)
    guard groups >= 1, groups <= 1 << 20, weight.shape[3] % groups == 0 else {
      throw .attributeRange(
        "\(weight.shape[3]) outputs do not divide into \(groups) groups",
        help: "groups divide channels and outputs")
    }
    guard x.shape[3] == groups * weight.shape[2] else {
      throw .convolutionChannels(x, weight, groups: groups)
    }
    let size = try window(weight.shape).resultSize(of: x)
    return TensorType(
      x.element, try Shape(checking: [x.shape[0], size[0], size[1], weight.shape[3]]))
  }

  private func window(_ weight: Shape) -> Window {
    Window(
      .convolution(groups: groups), size: [weight[0], weight[1]], strides: strides,
      dilations: dilations, padding: padding)
  }
}

// MARK: - Meaning
extension Convolution {
  public func evaluate(_ x: HostTensor, _ weight: HostTensor) -> HostTensor {
    guard let type = try? resultType(of: x.type, weight.type) else {
      preconditionFailure("internal: convolution of refused operands")
    }
    let window = window(weight.shape)
    let (rows, columns, outputs) = (type.shape[1], type.shape[2], type.shape[3])
    var y = [Double](repeating: 0, count: type.shape.count)
    for n in 0..<type.shape[0] {
      for i in 0..<rows {
        for j in 0..<columns {
          let target = ((n * rows + i) * columns + j) * outputs
          for a in 0..<weight.shape[0] {
            guard let row = window.source(0, i, a, length: x.shape[1]) else { continue }
            for b in 0..<weight.shape[1] {
              guard let column = window.source(1, j, b, length: x.shape[2]) else { continue }
              let source = ((n * x.shape[1] + row) * x.shape[2] + column) * x.shape[3]
              addTap(&y, target, x, source, weight, a * weight.shape[1] + b)
            }
          }
        }
      }
    }
    return HostTensor(type, reals: y)
  }

  /// Adds the products of one kernel position to the outputs at `target`; vectorises over outputs.
  private func addTap(
    _ y: inout [Double], _ target: Int, _ x: HostTensor, _ source: Int, _ weight: HostTensor,
    _ tap: Int
  ) {
    let (channels, outputs) = (weight.shape[2], weight.shape[3])
    let perGroup = outputs / groups
    guard case .reals(let images) = x.storage, case .reals(let weights) = weight.storage else {
      return
    }
    y.withUnsafeMutableBufferPointer { y in
      weights.withUnsafeBufferPointer { weights in
        if channels == 1, perGroup == 1 {
          // Depth-wise: no output shares its channel, so the loop runs along the channels.
          let row = tap * outputs
          for o in 0..<outputs { y[target + o] += images[source + o] * weights[row + o] }
          return
        }
        for group in 0..<groups {
          let first = group * perGroup
          for c in 0..<channels {
            let value = images[source + group * channels + c]
            let row = (tap * channels + c) * outputs
            for o in first..<first + perGroup { y[target + o] += value * weights[row + o] }
          }
        }
      }
    }
  }
}

// MARK: - Gradient
extension Convolution {
  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    let (x, weight, dy) = (node.operands[0], node.operands[1], node.gradient)
    return [.flows(imageGradient(x, weight, dy)), .flows(kernelGradient(x, weight, dy))]
  }
}

// MARK: - Tiles
extension Convolution {
  public func form(_ x: Tensor, _ weight: Tensor) -> StructuredForm {
    .window(window(weight.shape))
  }
}

// MARK: - Samples, refusals
extension Convolution {
  private static func make(
    _ strides: [Int], _ padding: [Int], _ dilations: [Int] = [1, 1], groups: Int = 1
  ) -> Convolution {
    Convolution().setting(\.strides, to: strides).setting(\.padding, to: padding)
      .setting(\.dilations, to: dilations).setting(\.groups, to: groups)
  }

  private static func sample(
    _ label: String, _ convolution: Convolution, _ x: Shape, _ weight: Shape
  ) -> Sample {
    Sample(label, convolution, [.noise(.f32(x), "x"), .noise(.f32(weight), "weight")])
  }

  public static let samples = [
    sample("3x3", Convolution(), [1, 5, 6, 2], [3, 3, 2, 4]),
    sample("4x4, stride 2, padded", make([2, 2], [1, 1, 1, 1]), [2, 8, 8, 3], [4, 4, 3, 5]),
    sample("1x1", Convolution(), [1, 3, 3, 4], [1, 1, 4, 2]),
    sample("depth-wise", make([1, 1], [1, 1, 1, 1], groups: 4), [1, 4, 4, 4], [3, 3, 1, 4]),
    sample("two groups", make([1, 2], [0, 1, 0, 0], groups: 2), [1, 4, 5, 4], [2, 3, 2, 6]),
    sample("dilated", make([1, 1], [2, 2, 2, 2], [2, 3]), [1, 6, 7, 2], [3, 2, 2, 3]),
    sample(
      "dilated, one pixel", make([1, 1], [2, 3, 2, 3], [2, 3]), [1, 1, 1, 2], [3, 3, 2, 2]),
    sample("uneven padding", make([3, 2], [0, 2, 1, 0]), [1, 7, 5, 3], [2, 4, 3, 17]),
    sample("no images", Convolution(), [0, 5, 5, 2], [3, 3, 2, 4]),
  ]
  public static let refusals = [
    Refusal("rank", Convolution(), [.f32([5, 5, 2]), .f32([3, 3, 2, 4])], "shape.wrong-rank"),
    Refusal(
      "channels", Convolution(), [.f32([1, 5, 5, 3]), .f32([3, 3, 2, 4])], "shape.mismatch"),
    Refusal(
      "groups", Convolution().setting(\.groups, to: 3), [.f32([1, 5, 5, 3]), .f32([3, 3, 1, 4])],
      "attribute.range"),
    Refusal(
      "too small", Convolution(), [.f32([1, 2, 5, 2]), .f32([3, 3, 2, 4])], "window.too-large"),
    Refusal(
      "stride 0", make([0, 1], [0, 0, 0, 0]), [.f32([1, 5, 5, 2]), .f32([3, 3, 2, 4])],
      "attribute.range"),
    Refusal(
      "integers", Convolution(), [.i32([1, 5, 5, 2]), .i32([3, 3, 2, 4])], "type.not-floating"),
    Refusal("mixed", Convolution(), [.f32([1, 5, 5, 2]), .f64([3, 3, 2, 4])], "type.mismatch"),
  ]
}
