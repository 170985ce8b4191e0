import ExecutionPlan
import GraphIR
import GraphLowering
import GraphOps
import GraphRegions
import RandomGraphs
import TensorCore
import Testing
import TileIR

/// Products over tiled axes, computed in lanes and super-tile by super-tile, against the interpreter:
/// plans obey their laws, machine code has the same bits on 1, 2, 3 and 7 threads.
@Suite("Weight gradients")
struct WeightGradientTests {
  /// A graph that computes weight gradients over `rows` rows.
  struct Gradient: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var testDescription: String { name }

    init(_ name: String, _ signature: String, _ lines: [String], returning results: String) {
      self.name = name
      let body = lines.map { "  \($0)\n" }.joined()
      text = "graph @gradient\(signature) {\n\(body)  return \(results)\n}\n"
    }

    func graph() throws -> RandomGraph {
      RandomGraph(seed: 3, try Parser.graph(text, OpCatalog.table))
    }
  }

  static func layer(_ n: Int, _ element: ElementType = .f32) -> Gradient {
    Gradient(
      "a layer's, its output computed again, \(n) rows, \(element)",
      "(%x: \(element)[\(n), 6], %d: \(element)[\(n), 21]) -> \(element)[19, 21]",
      [
        "%0 = parameter \"w\" : \(element)[6, 19]",
        "%1 = contract %x, %0 {equation = \"nk,ka->na\"} : \(element)[\(n), 19]",
        "%2 = relu %1 : \(element)[\(n), 19]",
        "%3 = contract %2, %d {equation = \"na,nb->ab\"} : \(element)[19, 21]",
      ], returning: "%3")
  }

  static func single(
    _ name: String, _ x: [Int], _ d: [Int], _ equation: String, _ result: [Int]
  ) -> Gradient {
    Gradient(
      name, "(%x: f32\(x), %d: f32\(d)) -> f32\(result)",
      [
        "%0 = tanh %x : f32\(x)",
        "%1 = contract %0, %d {equation = \"\(equation)\"} : f32\(result)",
      ], returning: "%1")
  }

  static let two = Gradient(
    "two layers' and a bias'",
    "(%x: f32[331, 6], %d: f32[331, 7]) -> (dw: f32[9, 7], db: f32[7], dv: f32[6, 9])",
    [
      "%0 = parameter \"v\" : f32[6, 9]", "%1 = parameter \"w\" : f32[9, 7]",
      "%2 = contract %x, %0 {equation = \"nk,ka->na\"} : f32[331, 9]",
      "%3 = tanh %2 : f32[331, 9]",
      "%4 = contract %3, %d {equation = \"na,nb->ab\"} : f32[9, 7]",
      "%5 = reduce_sum %d {axes = [0]} : f32[7]",
      "%6 = contract %d, %1 {equation = \"nb,ab->na\"} : f32[331, 9]",
      "%7 = multiply %6, %3 : f32[331, 9]",
      "%8 = contract %x, %7 {equation = \"nk,na->ka\"} : f32[6, 9]",
    ], returning: "%4, %5, %8")

  /// Rows of one operand are computed from columns of what the region of the other one returns.
  static let across = Gradient(
    "of rows beside columns",
    "(%x: f32[131, 131]) -> (rows: f32[131, 131], dw: f32[8, 9])",
    [
      "%0 = tanh %x : f32[131, 131]",
      "%1 = slice %0 {starts = [0, 0], counts = [131, 8], steps = [1, 1]} : f32[131, 8]",
      "%2 = sine %1 : f32[131, 8]",
      "%3 = slice %0 {starts = [122, 0], counts = [9, 131], steps = [1, 1]} : f32[9, 131]",
      "%4 = transpose %3 {order = [1, 0]} : f32[131, 9]", "%5 = cosine %4 : f32[131, 9]",
      "%6 = contract %2, %5 {equation = \"na,nb->ab\"} : f32[8, 9]",
    ], returning: "%0, %6")

  static let gradients = [
    layer(331), layer(331, .f64), layer(320), layer(16), layer(17), layer(2), two, across,
    single("per batch position", [3, 101, 5], [3, 101, 6], "zna,znb->zab", [3, 5, 6]),
    single("over two axes", [7, 53, 5], [7, 53, 6], "zna,znb->ab", [5, 6]),
    single("over axes apart", [53, 3, 5], [53, 5, 6], "nka,nab->kb", [3, 6]),
    single("transposed", [203, 5], [203, 6], "na,nb->ba", [6, 5]),
    single("with columns of two axes", [203, 5], [203, 3, 4], "na,nbc->abc", [5, 3, 4]),
    single("with rows of two axes", [203, 2, 5], [203, 4], "nra,nb->rab", [2, 5, 4]),
    Gradient(
      "of finished operands", "(%x: f32[409, 40], %d: f32[409, 33]) -> f32[40, 33]",
      ["%0 = contract %x, %d {equation = \"na,nb->ab\"} : f32[40, 33]"], returning: "%0"),
  ]

  /// Bounds that cut small graphs into many tiles.
  static var small: RegionLimits {
    var limits = RegionLimits()
    limits.workPerTask = 256
    limits.scratchByteCount = 4096
    limits.rows = 4...16
    (limits.sumRows, limits.sumColumns, limits.sumDepth) = (16, 32, 16)
    return limits
  }

  /// The same without room for lanes.
  static var serial: RegionLimits {
    var limits = small
    limits.accumulatorByteCount = 0
    (limits.superTileOperandByteCount, limits.superTileByteCount) = (0, 0)
    limits.superTileRows = 64
    return limits
  }

  /// The same in few tasks of small tiles.
  static var narrow: RegionLimits {
    var limits = serial
    (limits.workPerTask, limits.taskCount, limits.tileCount) = (1, 8, 64)
    limits.scratchByteCount = 1024
    (limits.sumDepth, limits.superTileRows) = (1, 32)
    return limits
  }

  static let variants = [RegionLimits(), small, serial, narrow].map { limits in
    var variant = Variant.fused
    variant.limits = limits
    return variant
  }

  @Test("agree with the interpreter", arguments: gradients)
  func agree(_ gradient: Gradient) throws {
    for level in [TargetLevel.x86v3, .x86v4] where Comparison.levels.contains(level) {
      var comparison = Comparison(Self.variants + [.unfused], level: level)
      comparison.interpretedWork = 1_000_000
      comparison.runsOnManyThreads = true
      let outcome = comparison.outcome(of: [try gradient.graph()])
      for finding in outcome.findings { Issue.record("\(finding)") }
      #expect(outcome.undecidedCount == 0 && outcome.interpretedCount == Self.variants.count)
    }
  }

  @Test(
    "go in lanes where there is room for them, and super-tile by super-tile where there is none")
  func plans() throws {
    let graph = try Self.layer(331).graph().graph
    var options = LoweringOptions()
    options.limits = Self.small
    let inLanes = try EntryPlan(graph, .x86v3, options)
    #expect(inLanes.regions.filter { !$0.isPrepared }.map(\.laneCount) == [12])
    #expect(inLanes.run.steps.map(\.taskCount) == [12, 1])
    options.limits = Self.serial
    let serial = try EntryPlan(graph, .x86v3, options)
    #expect(serial.regions.filter { !$0.isPrepared }.map(\.laneCount) == [1, 1])
    // Six super-tiles of two steps; all but the first add to what is there.
    #expect(serial.run.steps.count == 12)
    let sums = serial.run.steps.flatMap(\.bindings).filter { $0.space == .output }
    #expect(sums.map(\.access) == [.write] + [Plan.Access](repeating: .readWrite, count: 5))
    // A super-tile of 60 rows, up to the next line of the cache.
    #expect(serial.run.arenaByteCount == 60 * 19 * 4 + 48)
    #expect(Set(serial.run.steps.map(\.kernel)).count == 5)
    #expect(serial.run.flops == inLanes.run.flops)
  }

  /// Sums of 100,000 terms of deviation 1 come to some 300; what is lost is stated relative to the
  /// largest of them.
  @Test("lose less than 2e-6 over a hundred thousand rows")
  func accuracy() throws {
    let n = 100_003
    let gradient = Self.Gradient(
      "long", "(%x: f32[\(n), 16], %d: f32[\(n), 24]) -> f32[16, 24]",
      ["%0 = contract %x, %d {equation = \"na,nb->ab\"} : f32[16, 24]"], returning: "%0")
    let drawn = try gradient.graph()
    let level = try #require(Comparison.levels.first)
    let entry = try EntryPlan(drawn.graph, level)
    #expect(entry.regions.map(\.laneCount) == [31])
    let arguments = drawn.values(.argument)
    let runs = try Code([[entry]], level)
      .results(entry, arguments: arguments, parameters: [:], many: true)
    #expect(runs.allSatisfy { $0 == runs[0] })
    let result = try HostTensor(TensorType(.f32, [16, 24]), bytes: runs[0][0]).reals
    let (x, d) = (arguments["x"]!.reals, arguments["d"]!.reals)
    var exact = [Double](repeating: 0, count: 16 * 24)
    for k in 0..<n {
      for a in 0..<16 { for b in 0..<24 { exact[24 * a + b] += x[16 * k + a] * d[24 * k + b] } }
    }
    let largest = exact.reduce(0) { max($0, abs($1)) }
    let error = zip(result, exact).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(error / largest < 2e-6)
  }
}
