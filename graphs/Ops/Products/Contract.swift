import GraphIR
import TensorCore

/// Products of two operands, summed over the axes that the result lacks: an einsum.
///
///     "bik,bkj->bij":  y[b, i, j] = sum_k left[b, i, k] * right[b, k, j]
///
/// Each label names one axis. It stands at most once in each operand and in the result, and in at
/// least two of the three: an axis of one operand alone is a reduction of its own.
///
/// - Shapes: as the equation says; both operands of one numeric type, which is the result's.
/// - Errors: `einsum.syntax`, `shape.wrong-rank`, `shape.mismatch`, `type.mismatch`,
///   `type.not-number`.
public struct Contract: BinaryOperation {
  public static let name = "contract"
  public static let attributes = [Attribute("equation", \Contract.equation)]

  public var equation = "ik,kj->ij"
  public init() {}
}

extension Tensor {
  /// An einsum of this tensor and `other`; see ``Contract``.
  public func contracted(_ equation: String, _ other: Tensor) -> Tensor {
    applying(Contract().setting(\.equation, to: equation), other)
  }

  /// The matrix product of the last axes: `[..., n, k] · [k, m]`, or with equal leading dimensions
  /// `[..., n, k] · [..., k, m]`.
  public func matmul(_ other: Tensor) -> Tensor {
    let equation = builder.trying { () throws(Diagnostic) in
      try Contract.matmulEquation(type, other.type)
    }
    return contracted(equation ?? Contract().equation, other)
  }
}

extension Contract {
  /// - Errors: `shape.wrong-rank`, `shape.mismatch`.
  static func matmulEquation(
    _ left: TensorType, _ right: TensorType
  ) throws(Diagnostic) -> String {
    guard left.rank >= 1, right.rank == 2 || (right.rank > 2 && right.rank == left.rank) else {
      throw .matmulRank(left, right)
    }
    guard left.shape[left.rank - 1] == right.shape[right.rank - 2] else {
      throw .matmulDimensions(left, right)
    }
    let rows = String("abcdefgh".prefix(left.rank - 1))
    let leading = right.rank == 2 ? "" : String(rows.dropLast())
    return "\(rows)k,\(leading)km->\(rows)m"
  }
}

// MARK: - Types
extension Contract {
  public func resultType(of left: TensorType, _ right: TensorType) throws(Diagnostic) -> TensorType
  {
    try left.requireNumber()
    try left.requireElement(of: right)
    let axes = try parsed()
    try left.requireRank(axes.left.count)
    try right.requireRank(axes.right.count)
    for (position, label) in axes.left.enumerated() {
      guard let other = axes.right.firstIndex(of: label) else { continue }
      guard left.shape[position] == right.shape[other] else {
        throw .einsumLengths(label, equation, left.shape[position], right.shape[other])
      }
    }
    let lengths = axes.lengths(left.shape, right.shape)
    return TensorType(left.element, try Shape(checking: axes.result.map { lengths[$0]! }))
  }

  /// - Errors: `einsum.syntax`.
  public func parsed() throws(Diagnostic) -> Contraction {
    let sides = equation.split(separator: "->", omittingEmptySubsequences: false)
    guard sides.count == 2 else { throw .einsumSyntax(equation, "needs one ->") }
    let operands = sides[0].split(separator: ",", omittingEmptySubsequences: false)
    guard operands.count == 2 else { throw .einsumSyntax(equation, "needs two operands") }
    let lists = [Array(operands[0]), Array(operands[1]), Array(sides[1])]
    for list in lists {
      for (position, label) in list.enumerated() {
        guard label.isASCII, label.isLetter else {
          throw .einsumSyntax(equation, "\(label) is not a letter")
        }
        guard !list[..<position].contains(label) else {
          throw .einsumSyntax(equation, "\(label) stands twice in one list")
        }
        guard lists.count(where: { $0.contains(label) }) >= 2 else {
          throw .einsumSyntax(equation, "\(label) stands in one list only")
        }
      }
    }
    return Contraction(left: lists[0], right: lists[1], result: lists[2])
  }
}

extension Contraction {
  /// The length of every label.
  public func lengths(_ left: Shape, _ right: Shape) -> [Character: Int] {
    var lengths: [Character: Int] = [:]
    for (label, length) in zip(self.left, left.dimensions) { lengths[label] = length }
    for (label, length) in zip(self.right, right.dimensions) { lengths[label] = length }
    return lengths
  }
}

// MARK: - Meaning
extension Contract {
  public func evaluate(_ left: HostTensor, _ right: HostTensor) -> HostTensor {
    guard let axes = try? parsed(), let type = try? resultType(of: left.type, right.type) else {
      preconditionFailure("internal: contract of refused operands")
    }
    let lengths = axes.lengths(left.shape, right.shape)
    let count = { (labels: [Character]) in labels.reduce(1) { $0 * lengths[$1]! } }
    let size = ProductSize(
      batch: count(axes.batch), rows: count(axes.rows), columns: count(axes.columns),
      depth: count(axes.summed))
    // Both operands in one order, so that one loop nest serves every equation.
    let a = left.ordered(axes.left, as: axes.batch + axes.rows + axes.summed)
    let b = right.ordered(axes.right, as: axes.batch + axes.summed + axes.columns)
    let ordered = axes.batch + axes.rows + axes.columns
    let shape = Shape(trusted: ordered.map { lengths[$0]! })
    let product: HostTensor
    if type.element.isFloating {
      product = HostTensor(TensorType(type.element, shape), reals: size.product(a.reals, b.reals))
    } else {
      let values = size.product(a.integers, b.integers)
      product = HostTensor(TensorType(type.element, shape), integers: values)
    }
    return product.ordered(ordered, as: axes.result)
  }
}

/// Sizes of a batch of matrix products.
struct ProductSize {
  var batch: Int
  var rows: Int
  var columns: Int
  var depth: Int

  /// `c[b, i, j] = sum_k a[b, i, k] b[b, k, j]`, k in order. The innermost loop runs along rows of
  /// the right operand and vectorises: well below two nanoseconds per multiply-add.
  func product(_ a: [Double], _ b: [Double]) -> [Double] {
    [Double](unsafeUninitializedCapacity: batch * rows * columns) { c, initialized in
      c.initialize(repeating: 0)
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          for row in 0..<batch * rows {
            let block = row / max(rows, 1)
            for k in 0..<depth {
              let scale = a[row * depth + k]
              let source = (block * depth + k) * columns
              for j in 0..<columns { c[row * columns + j] += scale * b[source + j] }
            }
          }
        }
      }
      initialized = batch * rows * columns
    }
  }

  func product(_ a: [Int64], _ b: [Int64]) -> [Int64] {
    var c = [Int64](repeating: 0, count: batch * rows * columns)
    for row in 0..<batch * rows {
      let block = row / max(rows, 1)
      for k in 0..<depth {
        let source = (block * depth + k) * columns
        for j in 0..<columns { c[row * columns + j] &+= a[row * depth + k] &* b[source + j] }
      }
    }
    return c
  }
}

extension HostTensor {
  /// Dimensions labelled `labels`, brought into the order of `target`.
  func ordered(_ labels: [Character], as target: [Character]) -> HostTensor {
    if labels == target { return self }
    let order = target.map { labels.firstIndex(of: $0)! }
    let strides = shape.strides
    return gathered(
      Shape(trusted: order.map { shape[$0] }), strides: order.map { strides[$0] })
  }
}

// MARK: - Gradient
extension Contract {
  /// A product of the other operand with the result's gradient, by the same labels.
  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    let (left, right, dy) = (node.operands[0], node.operands[1], node.gradient)
    guard let axes = left.builder.trying({ () throws(Diagnostic) in try parsed() }) else {
      return [.flows(left), .flows(right)]
    }
    let (l, r, y) = (String(axes.left), String(axes.right), String(axes.result))
    return [
      .flows(dy.contracted("\(y),\(r)->\(l)", right)),
      .flows(left.contracted("\(l),\(y)->\(r)", dy)),
    ]
  }
}

// MARK: - Tiles
extension Contract {
  public func form(_ left: Tensor, _ right: Tensor) -> StructuredForm {
    guard let axes = left.builder.trying({ () throws(Diagnostic) in try parsed() }) else {
      return .decompose(left)
    }
    return .contract(axes)
  }
}

// MARK: - Samples, refusals
extension Contract {
  public static let samples: [Sample] = [
    sample("matrices", "ik,kj->ij", [3, 4], [4, 5]),
    sample("a batch", "bik,bkj->bij", [2, 3, 4], [2, 4, 5]),
    sample("keys and heads", "bnhd,bmhd->bhnm", [1, 3, 2, 4], [1, 5, 2, 4]),
    sample("tokens and a weight", "btd,de->bte", [2, 3, 4], [4, 6]),
    sample("an outer product", "i,j->ij", [3], [4]),
    sample("an inner product", "i,i->", [7], [7]),
    sample("a transposed result", "ik,jk->ji", [3, 4], [5, 4]),
    sample("two summed axes", "ikl,klj->ij", [2, 3, 4], [3, 4, 5]),
    sample("no depth", "ik,kj->ij", [2, 0], [0, 3]),
    sample("odd sizes", "ik,kj->ij", [17, 33], [33, 19]),
    Sample("integers", Contract(), [.noise(.i32([3, 4]), "a"), .noise(.i32([4, 2]), "b")]),
    Sample("doubles", Contract(), [.noise(.f64([3, 4]), "a"), .noise(.f64([4, 2]), "b")]),
  ]

  private static func sample(
    _ label: String, _ equation: String, _ left: Shape, _ right: Shape
  ) -> Sample {
    Sample(
      label, Contract().setting(\.equation, to: equation),
      [.noise(.f32(left), "left"), .noise(.f32(right), "right")])
  }

  public static let refusals = [
    refusal("no arrow", "ik,kj", "einsum.syntax"),
    refusal("a label twice", "ii,ik->ik", "einsum.syntax"),
    refusal("a lone label", "ik,lj->ij", "einsum.syntax"),
    refusal("rank", "bik,kj->bij", "shape.wrong-rank"),
    Refusal("lengths", Contract(), [.f32([2, 3]), .f32([4, 5])], "shape.mismatch"),
    Refusal("mixed types", Contract(), [.f32([2, 3]), .f64([3, 5])], "type.mismatch"),
    Refusal("bools", Contract(), [.bool([2, 3]), .bool([3, 5])], "type.not-number"),
  ]

  private static func refusal(
    _ label: String, _ equation: String, _ code: Diagnostic.Code
  ) -> Refusal {
    Refusal(
      label, Contract().setting(\.equation, to: equation), [.f32([2, 3]), .f32([3, 5])], code)
  }
}
