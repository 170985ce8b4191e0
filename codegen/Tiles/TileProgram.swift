import TensorCore

/// What one kernel does: a grid of tasks, each of which runs the same statements on its own tile.
///
/// A tile program knows no addresses: buffers are parameters, and their offsets are the caller's.
/// Equal tile programs are therefore one kernel, whatever weights or buffers they run on. The
/// language is closed; every consumer switches over it exhaustively.
public struct TileProgram: Hashable, Sendable {
  /// Memory that the caller brings, by position.
  public var buffers: [Buffer]
  /// Memory of the worker, by position; contents are left over from other tasks.
  public var scratch: [Scratch]
  /// Tasks along each axis; a task's coordinates are row-major digits of its index.
  public var grid: [Int]
  public var body: [Statement]

  public init(
    buffers: [Buffer] = [], scratch: [Scratch] = [], grid: [Int] = [], body: [Statement] = []
  ) {
    self.buffers = buffers
    self.scratch = scratch
    self.grid = grid
    self.body = body
  }

  public var taskCount: Int { grid.reduce(1, *) }

  public struct Buffer: Hashable, Sendable {
    public enum Access: String, Sendable { case read, write, readWrite }
    public var element: ElementType
    public var access: Access

    public init(_ element: ElementType, _ access: Access) {
      self.element = element
      self.access = access
    }
  }

  public struct Scratch: Hashable, Sendable {
    public var element: ElementType
    public var count: Int

    public init(_ element: ElementType, _ count: Int) {
      self.element = element
      self.count = count
    }

    /// Bytes, rounded up so that the next array starts on a cache line.
    public var byteCount: Int { (count * element.byteCount + 63) / 64 * 64 }
  }

  /// Bytes of scratch of one worker.
  public var scratchByteCount: Int { scratch.reduce(0) { $0 + $1.byteCount } }
}

// MARK: - Indices
/// A whole number that changes from task to task or from pass to pass of a loop.
public enum TileVariable: Hashable, Sendable {
  /// The task's coordinate along an axis of the grid.
  case grid(Int)
  /// The counter of the enclosing loop of this number.
  case loop(Int)
}

/// `constant + Σ factor · variable`.
public struct AffineExpression: Hashable, Sendable {
  public struct Term: Hashable, Sendable {
    public var variable: TileVariable
    public var factor: Int
    public init(_ variable: TileVariable, _ factor: Int) {
      self.variable = variable
      self.factor = factor
    }
  }
  public var constant: Int
  public var terms: [Term]

  public init(_ constant: Int = 0, _ terms: [Term] = []) {
    self.constant = constant
    self.terms = terms.filter { $0.factor != 0 }
  }

  public static func + (a: AffineExpression, b: AffineExpression) -> AffineExpression {
    var sum = a
    sum.constant += b.constant
    for term in b.terms {
      if let position = sum.terms.firstIndex(where: { $0.variable == term.variable }) {
        sum.terms[position].factor += term.factor
      } else {
        sum.terms.append(term)
      }
    }
    sum.terms.removeAll { $0.factor == 0 }
    return sum
  }

  public static func * (a: AffineExpression, factor: Int) -> AffineExpression {
    AffineExpression(a.constant * factor, a.terms.map { Term($0.variable, $0.factor * factor) })
  }

  public static func variable(_ variable: TileVariable, times factor: Int = 1) -> AffineExpression {
    AffineExpression(0, [Term(variable, factor)])
  }
}

/// How many positions: `size`, but no more than are left of `total` from `start` on.
public struct TileExtent: Hashable, Sendable {
  public var size: Int
  public var total: Int
  public var start: AffineExpression

  /// A length that is the same in every task.
  public init(_ size: Int) {
    self.size = size
    total = size
    start = AffineExpression()
  }

  public init(_ size: Int, of total: Int, from start: AffineExpression) {
    self.size = size
    self.total = total
    self.start = start
  }

  /// Nil if the length depends on the task.
  public var fixed: Int? { start.terms.isEmpty ? max(0, min(size, total - start.constant)) : nil }

  /// The lengths above 0 that tasks can see: that of whole tiles first, then that of the last one.
  /// Nil if the start is no multiple of the size, for then any length up to the size is possible.
  public var possibleLengths: [Int]? {
    if let fixed { return fixed > 0 ? [fixed] : [] }
    guard size > 0 else { return [] }
    guard start.terms.allSatisfy({ $0.factor.isMultiple(of: size) }) else { return nil }
    // What is left of the total is this much more than a multiple of the size.
    let remainder = (total - start.constant) % size
    let last = remainder < 0 ? remainder + size : remainder
    return last == 0 ? [size] : [size, last]
  }
}

/// A place in a buffer or in scratch, in elements.
public struct TileLocation: Hashable, Sendable {
  public enum Base: Hashable, Sendable {
    case buffer(Int)
    case scratch(Int)
  }
  public var base: Base
  public var offset: AffineExpression

  public init(_ base: Base, _ offset: AffineExpression = AffineExpression()) {
    self.base = base
    self.offset = offset
  }
}

/// A place and the distances between neighbours along the axes of a statement's box.
public struct TileAccess: Hashable, Sendable {
  public var location: TileLocation
  public var strides: [Int]

  public init(_ location: TileLocation, strides: [Int]) {
    self.location = location
    self.strides = strides
  }
}
