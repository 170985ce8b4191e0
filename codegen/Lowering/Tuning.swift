import GraphRegions
import TensorCore
import TileIR

/// Numbers that bound tiles, found by measuring instead of by the model of a level's caches.
///
/// A plan stays a function of the graph, the level and the options: a tuning is one of the options,
/// and holds for the level that it names and for no other.
public struct Tuning: Hashable, Sendable, Codable {
  /// The name of the level that it was measured on.
  public var level: String
  public var limits: Limits

  /// See `RegionLimits`, whose numbers they replace.
  public struct Limits: Hashable, Sendable, Codable {
    /// Bytes of scratch of one worker that a tile should stay below.
    public var scratchByteCount: Int
    /// Elements of the largest value of a tile where nothing is multiplied, and beside products.
    public var tileCount: Int
    public var productTileCount: Int
    /// Rows of products that make reading a panel worth while, and as many as are useful.
    public var fewestRows: Int
    public var mostRows: Int
    /// Tasks that a step should have if it has work for them.
    public var taskCount: Int
  }

  /// What the model of the level's caches says: the plan is the one without a tuning.
  public init(_ level: TargetLevel) {
    let limits = RegionLimits(level)
    self.level = level.name
    self.limits = Limits(
      scratchByteCount: limits.scratchByteCount, tileCount: limits.tileCount,
      productTileCount: limits.productTileCount, fewestRows: limits.rows.lowerBound,
      mostRows: limits.rows.upperBound, taskCount: limits.taskCount)
  }
}

// MARK: - One number after another
extension Tuning {
  /// The numbers by name, as files write them.
  public enum Number: String, CaseIterable, Sendable {
    case scratchByteCount, tileCount, productTileCount, fewestRows, mostRows, taskCount

    /// What a person may ask for. The upper ends are far above all that caches suggest, and low
    /// enough that no product of two of them leaves `Int`.
    public var range: ClosedRange<Int> {
      switch self {
      case .scratchByteCount: 1...1 << 28
      case .tileCount, .productTileCount: 1...1 << 24
      case .fewestRows, .mostRows, .taskCount: 1...1 << 16
      }
    }

    fileprivate var path: WritableKeyPath<Limits, Int> {
      switch self {
      case .scratchByteCount: \.scratchByteCount
      case .tileCount: \.tileCount
      case .productTileCount: \.productTileCount
      case .fewestRows: \.fewestRows
      case .mostRows: \.mostRows
      case .taskCount: \.taskCount
      }
    }
  }

  public subscript(number: Number) -> Int {
    get { limits[keyPath: number.path] }
    set { limits[keyPath: number.path] = newValue }
  }
}

// MARK: - Errors
extension Tuning {
  /// - Errors: `tuning.level`, `tuning.number`, `tuning.rows`.
  public func check(for target: TargetLevel) throws(Diagnostic) {
    guard level == target.name else { throw .tuningLevel(level, target: target.name) }
    for number in Number.allCases where !number.range.contains(self[number]) {
      throw .tuningNumber(number.rawValue, self[number], number.range)
    }
    guard limits.fewestRows <= limits.mostRows else {
      throw .tuningRows(fewest: limits.fewestRows, most: limits.mostRows)
    }
  }
}

extension RegionLimits {
  /// What bounds regions for a level: the numbers of a tuning that was checked, the others from the
  /// level.
  init(_ level: TargetLevel, _ tuning: Tuning?) {
    self.init(level)
    guard let limits = tuning?.limits else { return }
    scratchByteCount = limits.scratchByteCount
    tileCount = limits.tileCount
    productTileCount = limits.productTileCount
    rows = limits.fewestRows...limits.mostRows
    taskCount = limits.taskCount
  }
}
