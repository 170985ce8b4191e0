import GraphIR
import TensorCore

/// What a window sees at each of its places: the operand of a convolution's weight gradient.
///
///     y[n, i, j, a, b, c] = x[n, i·s + a·d − p, j·s + b·d − p, c]
///
/// Positions outside the image hold 0.
///
/// - Shapes: `x: T[n, h, w, channels]` → `y: T[n, h', w', kh, kw, channels]`; `T` a number. Padding:
///   top, left, bottom, right.
/// - Errors: `shape.wrong-rank`, `type.not-number`, `attribute.range`, `window.too-large`.
/// - Cost: `kh · kw / s²` times the image, where it is stored.
public struct Patches: UnaryOperation {
  public static let name = "patches"
  public static let attributes = [
    Attribute("size", \Patches.size), Attribute("strides", \Patches.strides),
    Attribute("padding", \Patches.padding), Attribute("dilations", \Patches.dilations),
  ]

  public var size = [1, 1]
  public var strides = [1, 1]
  public var padding = [0, 0, 0, 0]
  public var dilations = [1, 1]
  public init() {}
}

extension Tensor {
  /// What a window sees of these images; see ``Patches``.
  public func patches(
    size: [Int], strides: [Int] = [1, 1], padding: [Int] = [0, 0, 0, 0], dilations: [Int] = [1, 1]
  ) -> Tensor {
    applying(
      Patches().setting(\.size, to: size).setting(\.strides, to: strides)
        .setting(\.padding, to: padding).setting(\.dilations, to: dilations))
  }
}

extension Patches {
  private var window: Window {
    Window(.average, size: size, strides: strides, dilations: dilations, padding: padding)
  }

  public func resultType(of x: TensorType) throws(Diagnostic) -> TensorType {
    try x.requireNumber()
    try x.requireRank(4)
    let places = try window.resultSize(of: x)
    return TensorType(
      x.element, try Shape(checking: [x.shape[0]] + places + size + [x.shape[3]]))
  }

  public func evaluate(_ x: HostTensor) -> HostTensor {
    guard let type = try? resultType(of: x.type) else {
      preconditionFailure("internal: patches of refused operands")
    }
    let sources = sources(x.shape, type.shape)
    switch x.storage {
    case .reals(let values):
      return HostTensor(type, reals: sources.map { $0.map { values[$0] } ?? 0 })
    case .integers(let values):
      return HostTensor(type, integers: sources.map { $0.map { values[$0] } ?? 0 })
    }
  }

  /// The element of the image behind each of the result's, nil in the padding.
  private func sources(_ x: Shape, _ y: Shape) -> [Int?] {
    let window = window
    var sources: [Int?] = []
    sources.reserveCapacity(y.count)
    for n in 0..<y[0] {
      for i in 0..<y[1] {
        for j in 0..<y[2] {
          for tap in 0..<y[3] * y[4] {
            let row = window.source(0, i, tap / y[4], length: x[1])
            let column = window.source(1, j, tap % y[4], length: x[2])
            for c in 0..<y[5] {
              guard let row, let column else { sources.append(nil); continue }
              sources.append(((n * x[1] + row) * x[2] + column) * x[3] + c)
            }
          }
        }
      }
    }
    return sources
  }

  public func form(_ x: Tensor) -> StructuredForm {
    guard
      let places = x.builder.trying({ () throws(Diagnostic) in
        try window.resultSize(of: x.type)
      })
    else { return .decompose(x) }
    var pieces: [Move.Piece] = []
    for a in 0..<size[0] {
      for b in 0..<size[1] {
        let rows = window.inside(0, a, count: places[0], length: x.shape[1])
        let columns = window.inside(1, b, count: places[1], length: x.shape[2])
        if rows.isEmpty || columns.isEmpty { continue }
        let start = [
          rows.lowerBound * strides[0] + a * dilations[0] - padding[0],
          columns.lowerBound * strides[1] + b * dilations[1] - padding[1],
        ]
        pieces.append(
          Move.Piece(
            operand: 0, offset: [0, rows.lowerBound, columns.lowerBound, a, b, 0],
            lengths: [x.shape[0], rows.count, columns.count, 1, 1, x.shape[3]],
            dimensions: [
              .init(axis: 0), .init(start: start[0], axis: 1, step: strides[0]),
              .init(start: start[1], axis: 2, step: strides[1]), .init(axis: 5),
            ]))
      }
    }
    return .move(.pieces(pieces, fill: 0))
  }

  public func gradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor) -> OperandGradient {
    .flows(dy.addingPatches(of: window, to: x.shape))
  }

  public static let samples = [
    Sample(
      "4x4, stride 2, padded", make([4, 4], [2, 2], [1, 1, 1, 1]), [.noise(.f32([2, 6, 8, 3]))]),
    Sample("side by side", make([2, 3], [2, 3], [0, 0, 0, 0]), [.noise(.f32([1, 4, 6, 2]))]),
    Sample("1x1", Patches(), [.noise(.i32([2, 2, 3, 2]))]),
    Sample(
      "dilated, uneven", make([2, 2], [3, 1], [0, 2, 1, 0]).setting(\.dilations, to: [2, 3]),
      [.noise(.f32([1, 7, 5, 2]))]),
    Sample(
      "more padding than image", make([1, 1], [1, 1], [3, 0, 0, 0]), [.noise(.f32([1, 1, 2, 1]))]),
    Sample("no images", make([3, 3], [1, 1], [0, 0, 0, 0]), [.noise(.f32([0, 5, 5, 2]))]),
  ]
  private static func make(_ size: [Int], _ strides: [Int], _ padding: [Int]) -> Patches {
    Patches().setting(\.size, to: size).setting(\.strides, to: strides)
      .setting(\.padding, to: padding)
  }
  public static let refusals = [
    Refusal("bools", Patches(), [.bool([1, 4, 4, 1])], "type.not-number"),
    Refusal("rank", Patches(), [.f32([4, 4])], "shape.wrong-rank"),
    Refusal(
      "too small", Patches().setting(\.size, to: [5, 1]), [.f32([1, 4, 4, 1])], "window.too-large"),
    Refusal(
      "stride 0", Patches().setting(\.strides, to: [0, 1]), [.f32([1, 4, 4, 1])], "attribute.range"),
  ]
}
