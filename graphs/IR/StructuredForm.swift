import TensorCore

/// How an operation is computed, in the few shapes from which the compiler makes code.
///
/// Names of operations mean nothing to the compiler; these do.
public enum StructuredForm {
  /// Each element from the operands' elements at the same position, broadcast by NumPy's rule.
  case map(ScalarExpression)
  /// Elements along axes combined into one.
  case reduce(Reduction)
  /// Mean and biased variance of operand 0 along `axes` (resolved, ascending), as two results that
  /// keep the axes with length 1. Computed in two passes inside a tile and merged by Chan's formula
  /// across tiles; never E[x²] − E[x]².
  case moments(axes: [Int])
  /// Products of two operands summed over the axes that the result lacks.
  case contract(Contraction)
  /// Sums over a window that slides along spatial axes.
  case window(Window)
  /// Copies of operands' elements, no arithmetic.
  case move(Move)
  /// Slices of operand 0 along `axis`, picked by the integers of operand 1, clamped into range.
  case gather(axis: Int)
  /// Elements of the stream of the key in operand 0.
  case random(RandomDraw)
  /// Known when the graph is built.
  case constant(HostTensor)
  /// The results as a composition of other operations on the same operands.
  case decompose([Tensor])

  public static func decompose(_ result: Tensor) -> StructuredForm { .decompose([result]) }
}

/// A reduction of operand 0 along `axes` (resolved, ascending). The result has the shape without
/// them, or with length 1, row-major either way.
public struct Reduction: Hashable, Sendable {
  public enum Combiner: String, Sendable { case sum, product, maximum, minimum }
  public var combiner: Combiner
  public var axes: [Int]
  /// A second result: the first index along the single axis at which the value stands.
  public var givesIndex: Bool

  public init(_ combiner: Combiner, axes: [Int], givesIndex: Bool = false) {
    self.combiner = combiner
    self.axes = axes
    self.givesIndex = givesIndex
  }
}

/// An einsum of two operands: each dimension carries an axis label. Every label stands in at least
/// two of left, right and result, and at most once in each.
public struct Contraction: Hashable, Sendable {
  public var left: [Character]
  public var right: [Character]
  public var result: [Character]

  public init(left: [Character], right: [Character], result: [Character]) {
    self.left = left
    self.right = right
    self.result = result
  }

  /// Labels in all three: an independent product for each.
  public var batch: [Character] { result.filter { left.contains($0) && right.contains($0) } }
  /// Labels of the left operand and the result.
  public var rows: [Character] { result.filter { left.contains($0) && !right.contains($0) } }
  /// Labels of the right operand and the result.
  public var columns: [Character] { result.filter { right.contains($0) && !left.contains($0) } }
  /// Labels that are summed over, in the order of the left operand.
  public var summed: [Character] { left.filter { !result.contains($0) } }
}

/// A window over the two spatial axes of an image batch [N, H, W, C].
public struct Window: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Operand 1 holds weights [kh, kw, C/groups, outputs].
    case convolution(groups: Int)
    /// The mean over the positions of the window that lie inside the image.
    case average
  }
  public var kind: Kind
  public var size: [Int]
  public var strides: [Int]
  public var dilations: [Int]
  /// Rows before, columns before, rows after, columns after.
  public var padding: [Int]

  public init(
    _ kind: Kind, size: [Int], strides: [Int], dilations: [Int] = [1, 1], padding: [Int]
  ) {
    self.kind = kind
    self.size = size
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
  }
}

/// An index map from result positions to operands' positions.
public enum Move: Hashable, Sendable {
  /// The same elements in row-major order.
  case reshape
  /// Disjoint boxes of the result, each read from one operand; positions in no box hold `fill`.
  case pieces([Piece], fill: Double)

  /// The box at `offset` with `lengths`; position p in it reads the operand, whose dimension d has
  /// the index `starts[d] + Σ steps · p[axis]`.
  public struct Piece: Hashable, Sendable {
    public var operand: Int
    public var offset: [Int]
    public var lengths: [Int]
    public var dimensions: [AffineIndex]

    public init(operand: Int, offset: [Int], lengths: [Int], dimensions: [AffineIndex]) {
      self.operand = operand
      self.offset = offset
      self.lengths = lengths
      self.dimensions = dimensions
    }
  }

  /// `start`, plus `step` times the position along `axis` if there is one.
  public struct AffineIndex: Hashable, Sendable {
    public var start: Int
    public var axis: Int?
    public var step: Int

    public init(start: Int = 0, axis: Int?, step: Int = 1) {
      self.start = start
      self.axis = axis
      self.step = step
    }
  }
}

/// What is drawn from a key.
public enum RandomDraw: String, Sendable {
  case uniform, normal
  /// A new key: operand 0 folded with the number in operand 1.
  case foldedKey
}
