import TensorCore

/// One thing a task does. Statements run in order; each finishes before the next starts.
public indirect enum Statement: Hashable, Sendable {
  /// `body` for counter values 0, 1, … below `count`.
  case loop(number: Int, count: TileExtent, body: [Statement])
  /// `body` if `index` is at least 0 and below `limit`, else `otherwise`.
  case guarded(index: AffineExpression, limit: Int, body: [Statement], otherwise: [Statement])
  case compute(TileCompute)
  case contract(TileContract)
  case pack(TilePack)
  case gather(TileGather)
  case random(TileRandom)
}

/// An expression at every position of a box, stored, or combined along the reduced axes.
///
///     target[p] = expression(sources at p)                    without combiner
///     target[p] = combine over r of expression(sources at (p, r))
///
/// Combining runs along r in order, in as many interleaved lanes as the machine's vectors have when
/// the vector runs along a reduced axis.
public struct TileCompute: Hashable, Sendable {
  /// Axes that the target has.
  public var extents: [TileExtent]
  /// Axes that are combined; empty without combiner.
  public var reduced: [TileExtent]
  public var combiner: ScalarFunction?
  /// Strides along `extents`.
  public var target: TileAccess
  /// With `.maximum` or `.minimum` over one reduced axis: where the index goes; else nil.
  public var index: TileAccess?
  /// Strides along `extents`, then `reduced`.
  public var sources: [TileAccess]
  public var expression: ScalarExpression
  /// What `coordinate(axis:)` counts from along each axis of `extents`; empty if it has none.
  public var origins: [AffineExpression]

  public init(
    extents: [TileExtent], reduced: [TileExtent] = [], combiner: ScalarFunction? = nil,
    target: TileAccess, index: TileAccess? = nil, sources: [TileAccess],
    expression: ScalarExpression, origins: [AffineExpression] = []
  ) {
    self.extents = extents
    self.reduced = reduced
    self.combiner = combiner
    self.target = target
    self.index = index
    self.sources = sources
    self.expression = expression
    self.origins = origins
  }
}

/// A product of matrices on tiles:
///
///     target[i, j] = sum_k left[i, k] · right[k, j]
///     target[i, j] = target[i, j] + sum_k left[i, k] · right[k, j]      if it accumulates
///     target[i, j] = epilogue(sum, source 0 [i, j], source 1 [i, j], …)
///
/// The right operand lies in panels: `width` columns for every k, panel after panel, the last one
/// filled up with zeros. k runs in order with a fused multiply-add each.
public struct TileContract: Hashable, Sendable {
  /// One run of k: `count` steps, `stride` elements apart in the left operand.
  public struct Depth: Hashable, Sendable {
    public var count: Int
    public var stride: Int
    public init(_ count: Int, _ stride: Int) {
      self.count = count
      self.stride = stride
    }
  }
  public var rows: TileExtent
  /// Columns of this task; starts at a panel.
  public var columns: TileExtent
  /// k as nested runs, the innermost last.
  public var depths: [Depth]
  public var left: TileLocation
  public var leftRowStride: Int
  public var right: TileLocation
  public var panelWidth: Int
  public var target: TileLocation
  public var targetRowStride: Int
  /// Rows and vectors of columns of the register tile.
  public var register: RegisterTile
  /// What is stored instead of the sum; nil stores the sum.
  public var epilogue: Epilogue?
  /// Whether sums, each from 0, are added to what the target holds: k in parts, one statement after the
  /// other, then rounds less than one chain of all k.
  public var accumulates: Bool

  public struct RegisterTile: Hashable, Sendable {
    public var rows: Int
    public var vectors: Int
    /// How many register tiles lie side by side in a panel: more than one where panels are as wide as
    /// those of a level with wider vectors.
    public var parts: Int
    public init(rows: Int, vectors: Int, parts: Int = 1) {
      self.rows = rows
      self.vectors = vectors
      self.parts = parts
    }
  }

  /// A function of the finished sum, computed while the sum is still in a register.
  ///
  /// Its results are rounded as those of `TileCompute` are; in f16 and bf16 the sum comes as f32, as
  /// it was added up. The element type of the result is the target's.
  public struct Epilogue: Hashable, Sendable {
    /// Operand n + 1, at the same row and column. Strides along rows and columns; that along
    /// columns is 0 or 1. A source may be the target itself, at the same places.
    public var sources: [TileAccess]
    /// Operand 0 is the sum. Coordinates have no meaning here.
    public var expression: ScalarExpression

    public init(sources: [TileAccess], expression: ScalarExpression) {
      self.sources = sources
      self.expression = expression
    }
  }

  public init(
    rows: TileExtent, columns: TileExtent, depths: [Depth], left: TileLocation,
    leftRowStride: Int, right: TileLocation, panelWidth: Int, target: TileLocation,
    targetRowStride: Int, register: RegisterTile, epilogue: Epilogue? = nil,
    accumulates: Bool = false
  ) {
    self.rows = rows
    self.columns = columns
    self.depths = depths
    self.left = left
    self.leftRowStride = leftRowStride
    self.right = right
    self.panelWidth = panelWidth
    self.target = target
    self.targetRowStride = targetRowStride
    self.register = register
    self.epilogue = epilogue
    self.accumulates = accumulates
  }

  public var depth: Int { depths.reduce(1) { $0 * $1.count } }
}

/// One panel of a right operand: `width` columns for every k, columns past the end as zeros.
public struct TilePack: Hashable, Sendable {
  public var columns: TileExtent
  public var width: Int
  /// k as nested runs in the source, the innermost last.
  public var depths: [TileContract.Depth]
  public var source: TileLocation
  public var columnStride: Int
  public var target: TileLocation

  public init(
    columns: TileExtent, width: Int, depths: [TileContract.Depth], source: TileLocation,
    columnStride: Int, target: TileLocation
  ) {
    self.columns = columns
    self.width = width
    self.depths = depths
    self.source = source
    self.columnStride = columnStride
    self.target = target
  }
}

/// Copies of runs picked by an index: `target[i, j] = source[clamp(indices[i]) · stride + j]`.
public struct TileGather: Hashable, Sendable {
  public var count: TileExtent
  public var indices: TileAccess
  public var source: TileLocation
  /// Number of slices to choose from, and their distance in the source.
  public var limit: Int
  public var sliceStride: Int
  /// Elements of a slice, `runStride` apart in the source.
  public var run: Int
  public var runStride: Int
  public var target: TileLocation

  public init(
    count: TileExtent, indices: TileAccess, source: TileLocation, limit: Int, sliceStride: Int,
    run: Int, runStride: Int, target: TileLocation
  ) {
    self.count = count
    self.indices = indices
    self.source = source
    self.limit = limit
    self.sliceStride = sliceStride
    self.run = run
    self.runStride = runStride
    self.target = target
  }
}

/// Elements `first`, `first + 1`, … of a key's stream; or, for a folded key, one new key.
public struct TileRandom: Hashable, Sendable {
  public enum Draw: String, Sendable { case uniform, normal, foldedKey }
  public var draw: Draw
  public var key: TileLocation
  /// The number that a key is folded with; nil for streams.
  public var number: TileLocation?
  public var first: AffineExpression
  public var count: TileExtent
  public var target: TileLocation

  public init(
    _ draw: Draw, key: TileLocation, number: TileLocation? = nil, first: AffineExpression,
    count: TileExtent, target: TileLocation
  ) {
    self.draw = draw
    self.key = key
    self.number = number
    self.first = first
    self.count = count
    self.target = target
  }
}
