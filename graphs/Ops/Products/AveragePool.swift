import GraphIR
import TensorCore

/// The mean over a window that slides over channels-last images; padding does not count.
///
/// - Shapes: `x: T[n, h, w, channels]` → `y: T[n, h', w', channels]`, `T` floating.
/// - Errors: `shape.wrong-rank`, `type.not-floating`, `attribute.range`, `window.too-large`.
/// - Source: ONNX AveragePool-19 with `count_include_pad` = 0.
public struct AveragePool: UnaryOperation {
  public static let name = "average_pool"
  public static let attributes = [
    Attribute("size", \AveragePool.size), Attribute("strides", \AveragePool.strides),
    Attribute("padding", \AveragePool.padding),
  ]

  public var size = [2, 2]
  public var strides = [2, 2]
  public var padding = [0, 0, 0, 0]
  public init() {}
}

extension Tensor {
  /// The mean over windows of images; see ``AveragePool``.
  public func averagePool(
    size: [Int], strides: [Int], padding: [Int] = [0, 0, 0, 0]
  ) -> Tensor {
    applying(
      AveragePool().setting(\.size, to: size).setting(\.strides, to: strides)
        .setting(\.padding, to: padding))
  }
}

extension AveragePool {
  private var window: Window {
    Window(.average, size: size, strides: strides, padding: padding)
  }

  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireFloating()
    try x.requireRank(4)
    let result = try window.resultSize(of: x)
    // A window in the padding alone has no mean.
    for axis in 0..<2 {
      let last = (result[axis] - 1) * strides[axis] - padding[axis]
      guard x.shape[axis + 1] > 0, padding[axis] < size[axis], last < x.shape[axis + 1] else {
        throw .attributeRange(
          "padding \(padding) lets a window of \(size) miss the image \(x)",
          help: "pad less than the window")
      }
    }
    return TensorType(x.element, try Shape(checking: [x.shape[0]] + result + [x.shape[3]]))
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    guard let type = try? resultType(of: x.type) else {
      preconditionFailure("internal: average_pool of refused operands")
    }
    let values = x.reals
    let channels = type.shape[3]
    var y: [Double] = []
    y.reserveCapacity(type.shape.count)
    for n in 0..<type.shape[0] {
      for i in 0..<type.shape[1] {
        for j in 0..<type.shape[2] {
          let rows = (0..<size[0]).compactMap { window.source(0, i, $0, length: x.shape[1]) }
          let columns = (0..<size[1]).compactMap { window.source(1, j, $0, length: x.shape[2]) }
          var sums = [Double](repeating: 0, count: channels)
          for row in rows {
            for column in columns {
              let pixel = ((n * x.shape[1] + row) * x.shape[2] + column) * channels
              for c in 0..<channels { sums[c] += values[pixel + c] }
            }
          }
          y += sums.map { $0 / Double(rows.count * columns.count) }
        }
      }
    }
    return HostTensor(type, reals: y)
  }

  public func form(_ x: Tensor) -> StructuredForm { .window(window) }

  /// Every position of a window has an equal share.
  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    let (rows, columns) = (y.shape[1], y.shape[2])
    let counts = (0..<rows).flatMap { i in
      (0..<columns).map { j in
        Double(count(0, i, length: x.shape[1]) * count(1, j, length: x.shape[2]))
      }
    }
    let share =
      dy
      / x.builder.constant(
        HostTensor(TensorType(x.element, [1, rows, columns, 1]), converting: counts))
    let patches = share.reshaped(to: [x.shape[0], rows, columns, 1, 1, x.shape[3]])
      .broadcast(to: [x.shape[0], rows, columns] + size + [x.shape[3]])
    return .flows(patches.addingPatches(of: window, to: x.shape))
  }

  /// Positions of the window at `position` that lie inside the image.
  private func count(_ axis: Int, _ position: Int, length: Int) -> Int {
    (0..<size[axis]).count { window.source(axis, position, $0, length: length) != nil }
  }

  public static let samples = [
    Sample("2x2", AveragePool(), [.noise(.f32([2, 4, 6, 3]))]),
    Sample(
      "3x3, stride 1, padded",
      AveragePool().setting(\.size, to: [3, 3]).setting(\.strides, to: [1, 1])
        .setting(\.padding, to: [1, 1, 1, 1]), [.noise(.f32([1, 4, 5, 2]))]),
    Sample(
      "a window larger than the image",
      AveragePool().setting(\.size, to: [7, 7]).setting(\.strides, to: [1, 1])
        .setting(\.padding, to: [3, 3, 3, 3]), [.noise(.f32([1, 2, 1, 3]))]),
    Sample(
      "one pixel, mostly padding",
      AveragePool().setting(\.size, to: [5, 5]).setting(\.strides, to: [1, 1])
        .setting(\.padding, to: [2, 2, 2, 2]), [.noise(.f32([2, 1, 1, 2]))]),
    Sample("uneven", AveragePool().setting(\.size, to: [3, 1]), [.noise(.f32([1, 7, 4, 5]))]),
  ]
  public static let refusals = [
    Refusal("integers", AveragePool(), [.i32([1, 4, 4, 1])], "type.not-floating"),
    Refusal("rank", AveragePool(), [.f32([4, 4])], "shape.wrong-rank"),
    Refusal("too small", AveragePool(), [.f32([1, 1, 4, 1])], "window.too-large"),
    Refusal(
      "padding", AveragePool().setting(\.padding, to: [2, 0, 0, 0]), [.f32([1, 4, 4, 1])],
      "attribute.range"),
    Refusal(
      "padding alone",
      AveragePool().setting(\.strides, to: [1, 1]).setting(\.padding, to: [1, 0, 1, 0]),
      [.f32([1, 0, 4, 1])], "attribute.range"),
  ]
}
