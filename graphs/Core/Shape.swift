/// The lengths of a tensor's dimensions, outermost first; a scalar has none.
///
/// A `Shape` is checked when it is made: at most eight dimensions, none negative, and few enough
/// elements that counts, strides and byte offsets can never overflow.
public struct Shape: Hashable, Sendable {
  public let dimensions: [Int]
  /// The product of the dimensions; 1 for a scalar.
  public let count: Int

  public static let maximumRank = 8
  /// 2^46 elements: 64 TiB of bytes, far above any memory, far below any overflow.
  public static let maximumCount = 1 << 46

  /// - Errors: `shape.negative`, `shape.rank`, `shape.too-large`.
  /// Lengths from outside: a file, an option, arithmetic.
  ///
  public init(checking dimensions: [Int]) throws(Diagnostic) {
    guard dimensions.count <= Self.maximumRank else { throw .rankTooHigh(dimensions) }
    var count = 1
    // The bound must hold for the lengths even beside one of 0: strides are made of them.
    var bound = 1
    for length in dimensions {
      guard length >= 0 else { throw .negativeLength(dimensions) }
      let (product, overflows) = bound.multipliedReportingOverflow(by: max(length, 1))
      guard !overflows, product <= Self.maximumCount else { throw .shapeTooLarge(dimensions) }
      bound = product
      count *= length
    }
    self.dimensions = dimensions
    self.count = count
  }

  /// The number of dimensions.
  public var rank: Int { dimensions.count }

  /// The length along a resolved axis.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// Distances between neighbours along each axis, in elements, for row-major order.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * max(dimensions[axis + 1], 1)
    }
    return strides
  }
}

extension Shape: ExpressibleByArrayLiteral {
  /// A shape written in source; one that breaks the limits is a mistake of the program.
  public init(arrayLiteral dimensions: Int...) {
    self.init(trusted: dimensions)
  }

  /// A shape made from the lengths of shapes that were checked already.
  package init(trusted dimensions: [Int]) {
    do {
      try self.init(checking: dimensions)
    } catch {
      preconditionFailure("internal: \(error)")
    }
  }
}

extension Shape: CustomStringConvertible {
  public var description: String {
    "[" + dimensions.map(String.init).joined(separator: ", ") + "]"
  }
}

// MARK: - Axes
extension Shape {
  /// `axis` counted from the front; a negative one counts from the back.
  ///
  /// - Errors: `axis.out-of-range`.
  public func axis(_ axis: Int) throws(Diagnostic) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(resolved) else {
      throw .axisOutOfRange(axis, shape: self)
    }
    return resolved
  }

  /// Every axis resolved, ascending, each named once.
  ///
  /// - Errors: `axis.out-of-range`, `axis.repeated`.
  public func axes(_ axes: [Int]) throws(Diagnostic) -> [Int] {
    var resolved: [Int] = []
    for axis in axes { resolved.append(try self.axis(axis)) }
    resolved.sort()
    for (left, right) in zip(resolved, resolved.dropFirst()) where left == right {
      throw .axisRepeated(left, shape: self)
    }
    return resolved
  }

  /// The shape with the axes (resolved, ascending) set to 1, or left out.
  public func reduced(along axes: [Int], keepingAxes: Bool) -> Shape {
    let lengths = dimensions.enumerated().compactMap { axis, length -> Int? in
      guard axes.contains(axis) else { return length }
      return keepingAxes ? 1 : nil
    }
    return Shape(trusted: lengths)
  }
}

// MARK: - Broadcasting
extension Shape {
  /// The shape that both broadcast to, by NumPy's rule: aligned at the last axis, a length of 1
  /// stretches.
  ///
  /// - Errors: `shape.no-broadcast`, and those of `init(checking:)`.
  public func broadcast(with other: Shape) throws(Diagnostic) -> Shape {
    let rank = max(self.rank, other.rank)
    var lengths: [Int] = []
    for position in 0..<rank {
      let left = length(alignedTo: rank, at: position)
      let right = other.length(alignedTo: rank, at: position)
      guard left == right || left == 1 || right == 1 else { throw .noBroadcast(self, other) }
      lengths.append(left == 1 ? right : left)
    }
    return try Shape(checking: lengths)
  }

  /// Whether this shape stretches to `target` by the same rule.
  public func broadcasts(to target: Shape) -> Bool {
    guard rank <= target.rank else { return false }
    return (0..<target.rank).allSatisfy { position in
      let length = length(alignedTo: target.rank, at: position)
      return length == 1 || length == target[position]
    }
  }

  /// Strides in elements by which a value of this shape is read at the positions of `target`;
  /// 0 along every stretched axis.
  public func strides(broadcastTo target: Shape) -> [Int] {
    let own = strides
    return (0..<target.rank).map { position in
      let axis = position - (target.rank - rank)
      guard axis >= 0, self[axis] != 1 else { return 0 }
      return own[axis]
    }
  }

  private func length(alignedTo rank: Int, at position: Int) -> Int {
    let axis = position - (rank - self.rank)
    return axis < 0 ? 1 : dimensions[axis]
  }
}
