import GraphLowering
import GraphRegions
import TileIR

/// How a plan was made: what a finding must say so that it can be seen again.
package struct Variant: Sendable, Hashable {
  package var fuses: Bool
  package var without: [LoweringPass]
  /// What bounds regions and their tiles.
  package var limits = RegionLimits()
  /// Bytes of buffers between steps above which chains of steps run in slices.
  package var memoryLimit = LoweringOptions().memoryLimit
  /// Whether panels are those of the level with the widest vectors: 1, else 0.
  package var widePanels = 0
  /// Whether what far regions read is computed again: 1, else 0.
  package var lowMemory = 0
  /// Whether the tile interpreter ran the plan, rather than machine code.
  package var isInterpreted = false

  package init(fuses: Bool = true, without: [LoweringPass] = [], isInterpreted: Bool = false) {
    self.fuses = fuses
    self.without = without
    self.isInterpreted = isInterpreted
  }

  package static let fused = Variant()
  package static let unfused = Variant(fuses: false)

  package var options: LoweringOptions {
    var options = LoweringOptions()
    options.fuses = fuses
    options.without = Set(without)
    options.limits = limits
    options.memoryLimit = memoryLimit
    if widePanels > 0 { options.panelLevel = .x86v4 }
    if lowMemory > 0 { options.memory = .low }
    return options
  }

  /// A plan with a random subset of the passes left out.
  static func partial(_ stream: inout RandomStream) -> Variant {
    Variant(without: LoweringPass.allCases.filter { _ in stream.chance(35) })
  }

  /// A plan within small bounds, so that small graphs have many tiles, lanes, super-tiles and slices;
  /// now and then with a pass left out, or of one region per operation.
  static func cramped(_ stream: inout RandomStream) -> Variant {
    var variant = Variant(fuses: stream.chance(85))
    if stream.chance(25) { variant.without = [stream.pick(LoweringPass.allCases)] }
    for bound in Bound.all where !bound.choices.isEmpty && stream.chance(60) {
      variant[keyPath: bound.value] = stream.pick(bound.choices)
    }
    if stream.chance(40) { variant.bindSuperTiles(&stream) }
    variant.widePanels = stream.chance(30) ? 1 : 0
    variant.lowMemory = stream.chance(40) ? 1 : 0
    return variant
  }

  /// No room for lanes, none for operands, and tiles of a few rows: only together do they lead to
  /// super-tiles.
  private mutating func bindSuperTiles(_ stream: inout RandomStream) {
    limits.accumulatorByteCount = 0
    (limits.superTileOperandByteCount, limits.superTileByteCount) = (0, 0)
    limits.superTileRows = stream.pick([1, 3, 8])
    limits.sumDepth = stream.pick([1, 2, 4])
    limits.scratchByteCount = stream.pick([32, 48, 96])
    limits.workPerTask = 1
    limits.leastRows = stream.pick([1, 2])
    limits.mostRows = 8
    limits.taskCount = stream.pick([1, 1000])
  }
}

/// A number that bounds plans, by the name that text gives it.
private struct Bound: Sendable {
  var name: String
  var value: WritableKeyPath<Variant, Int> & Sendable
  /// Small ones, to draw from; none for what is drawn by itself.
  var choices: [Int]

  init(_ name: String, _ value: WritableKeyPath<Variant, Int> & Sendable, _ choices: [Int]) {
    self.name = name
    self.value = value
    self.choices = choices
  }

  /// What text may state, in this order.
  static let all = [
    Bound("scratch-bytes", \.limits.scratchByteCount, [0, 256, 1024, 4096, 16384]),
    Bound("tile", \.limits.tileCount, [1, 16, 100, 512]),
    Bound("product-tile", \.limits.productTileCount, [1, 64, 300, 2048]),
    Bound("rows", \.limits.leastRows, [1, 2, 4, 7]),
    Bound("most-rows", \.limits.mostRows, [8, 12, 16]),
    Bound("tasks", \.limits.taskCount, [1, 3, 8, 100]),
    Bound("task-work", \.limits.workPerTask, [1, 16, 256, 4096]),
    Bound("small-work", \.limits.smallWork, [0, 64, 1024]),
    Bound("whole-bytes", \.limits.wholeByteCount, [0, 16, 200]),
    Bound("lanes", \.limits.laneCount, [1, 2, 5, 8]),
    Bound("accumulator-bytes", \.limits.accumulatorByteCount, [0, 64, 1024]),
    Bound("lane-tasks", \.limits.laneTaskCount, [1, 2, 4]),
    Bound("super-tile-operand-bytes", \.limits.superTileOperandByteCount, [0, 256]),
    Bound("super-tile-rows", \.limits.superTileRows, [1, 5, 16, 64]),
    Bound("super-tile-bytes", \.limits.superTileByteCount, [0, 300]),
    Bound("sum-rows", \.limits.sumRows, [1, 6, 16]),
    Bound("sum-columns", \.limits.sumColumns, [1, 16, 32]),
    Bound("sum-depth", \.limits.sumDepth, [1, 4, 16]),
    Bound("longest-sum", \.limits.longestSum, [1, 3, 8, 50]),
    Bound("memory-bytes", \.memoryLimit, [0, 512, 4096]),
    Bound("wide-panels", \.widePanels, []), Bound("low-memory", \.lowMemory, []),
  ]

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

extension RegionLimits {
  fileprivate var leastRows: Int {
    get { rows.lowerBound }
    set { rows = newValue...max(newValue, rows.upperBound) }
  }

  fileprivate var mostRows: Int {
    get { rows.upperBound }
    set { rows = min(newValue, rows.lowerBound)...newValue }
  }
}

// MARK: - Text
extension Variant: CustomStringConvertible {
  /// `machine code, fused without grow-regions, share-scratch within tile 16, lanes 5`.
  package var description: String {
    var text = "\(isInterpreted ? "tile interpreter" : "machine code"), "
    text += fuses ? "fused" : "unfused"
    if !without.isEmpty {
      text += " without \(without.map(\.rawValue).joined(separator: ", "))"
    }
    let usual = Variant()
    let bounds = Bound.all.filter { self[keyPath: $0.value] != usual[keyPath: $0.value] }
    if !bounds.isEmpty {
      let values = bounds.map { "\($0.name) \(self[keyPath: $0.value])" }
      text += " within \(values.joined(separator: ", "))"
    }
    return text
  }

  /// Reads a line that ends in a description; nil if it does not.
  package init?(endOf line: some StringProtocol) {
    guard
      let start = ["machine code, ", "tile interpreter, "].compactMap({ line.firstRange(of: $0) })
        .first
    else { return nil }
    var words = line[start.upperBound...].split(whereSeparator: { " ,".contains($0) })[...]
    guard let kind = words.popFirst(), kind == "fused" || kind == "unfused" else { return nil }
    self.init(fuses: kind == "fused", isInterpreted: line[start].hasPrefix("tile"))
    if words.first == "without" {
      words.removeFirst()
      while let word = words.first, let pass = LoweringPass(rawValue: String(word)) {
        without.append(pass)
        words.removeFirst()
      }
    }
    if words.first == "within" {
      words.removeFirst()
      while words.count >= 2, let bound = Bound.byName[String(words.removeFirst())],
        let number = Int(words.removeFirst())
      {
        self[keyPath: bound.value] = number
      }
    }
    guard words.isEmpty else { return nil }
  }
}
