import GraphRegions
import Testing

/// A right partition, something done to it, and the law that it then breaks.
struct BrokenPartition: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var graph: String
  var code: RegionProblem.Code
  /// A part of the problem's sentence.
  var words: String
  var limits = RegionLimits()
  var breakIt: @Sendable (inout Partition) -> Void

  init(
    _ name: String, _ graph: String, _ code: RegionProblem.Code, _ words: String,
    _ breakIt: @escaping @Sendable (inout Partition) -> Void
  ) {
    testDescription = name
    self.graph = graph
    self.code = code
    self.words = words
    self.breakIt = breakIt
  }
}

@Suite("The verifier of regions")
struct RegionVerifierTests {
  static let all =
    BrokenPartition.membership + BrokenPartition.reads + BrokenPartition.order
    + BrokenPartition.kinds + BrokenPartition.axes + BrokenPartition.walks
    + BrokenPartition.superTiles

  @Test("finds what is broken by hand", arguments: all)
  func finds(_ broken: BrokenPartition) throws {
    var partition = try Partition.grown(broken.graph, broken.limits)
    #expect(RegionVerifier.problems(in: partition) == [])
    broken.breakIt(&partition)
    let problems = RegionVerifier.problems(in: partition)
    let found = problems.contains { $0.code == broken.code && $0.message.contains(broken.words) }
    #expect(found, "\(problems)")
  }

  @Test("is shown to find each kind of problem")
  func coversCodes() {
    #expect(Set(Self.all.map(\.code)) == Set(RegionProblem.Code.allCases))
  }

  @Test("says which law, what and where")
  func words() throws {
    var partition = try Partition.grown(BrokenPartition.diamond)
    partition.regions[1].solution.labels[3] = [nil, 1]
    let problem = try #require(RegionVerifier.problems(in: partition).first)
    #expect(
      "\(problem)" == """
        error[region.shared]: n3 subtract is an output without the parallel axis p0 of 4096 \
        positions: several tasks would write it
          at region 1
        """)
  }
}

// MARK: - Graphs
extension BrokenPartition {
  /// [n0 tanh, n1 sum in lanes] and [n2 mean, n3 subtract].
  static let diamond = """
    graph @diamond(%x: f32[4096, 256]) -> f32[4096, 256] {
      %0 = tanh %x : f32[4096, 256]
      %1 = reduce_mean %0 {axes = [0, 1], keeping_axes = true} : f32[1, 1]
      %2 = subtract %0, %1 : f32[4096, 256]
      return %2
    }
    """
  /// [n0 tanh] and [n1 subtract], which reads it at rows and columns.
  static let pairwise = """
    graph @pairwise(%x: f32[2048]) -> f32[2048, 2048] {
      %0 = tanh %x : f32[2048]
      %1 = reshape %0 {shape = [2048, 1]} : f32[2048, 1]
      %2 = reshape %0 {shape = [1, 2048]} : f32[1, 2048]
      %3 = subtract %1, %2 : f32[2048, 2048]
      return %3
    }
    """
  /// [n0 tanh], [n1 reshape], [n2 tanh].
  static let opaque = """
    graph @opaque(%x: f32[6, 4]) -> f32[4, 6] {
      %0 = tanh %x : f32[6, 4]
      %1 = reshape %0 {shape = [4, 6]} : f32[4, 6]
      %2 = tanh %1 : f32[4, 6]
      return %2
    }
    """
  /// [n0 product, n1 tanh, n2 product, n3 sine].
  static let chain = """
    graph @chain(%x: f32[512, 32]) -> f32[512, 24] {
      %0 = parameter "a" : f32[32, 32]
      %1 = parameter "b" : f32[32, 24]
      %2 = contract %x, %0 {equation = "nk,km->nm"} : f32[512, 32]
      %3 = tanh %2 : f32[512, 32]
      %4 = contract %3, %1 {equation = "nk,km->nm"} : f32[512, 24]
      %5 = sine %4 : f32[512, 24]
      return %5
    }
    """
  /// [n0 product], in lanes.
  static let gradient = """
    graph @gradient(%x: f32[65536, 64], %dy: f32[65536, 32]) -> f32[64, 32] {
      %0 = contract %x, %dy {equation = "nk,nm->km"} : f32[64, 32]
      return %0
    }
    """
  /// Without room for lanes: [n0 product, n1 tanh], [n2 sine], both row by row, and [n3 product],
  /// which adds up super-tiles of 64 rows.
  static let serial = """
    graph @serial(%x: f32[331, 6], %dy: f32[331, 21]) -> f32[19, 21] {
      %0 = parameter "a" : f32[6, 19]
      %1 = contract %x, %0 {equation = "nk,ka->na"} : f32[331, 19]
      %2 = tanh %1 : f32[331, 19]
      %3 = sine %dy : f32[331, 21]
      %4 = contract %2, %3 {equation = "na,nb->ab"} : f32[19, 21]
      return %4
    }
    """
  /// [n0 convolution], of an image from two operands, one of which it scales: x, skip, scale, kernel.
  static let image = """
    graph @image(%x: f32[4, 32, 32, 16], %skip: f32[4, 32, 32, 16], %scale: f32[16]) -> f32[4, 32, 32, 16] {
      %0 = parameter "kernel" : f32[3, 3, 32, 16]
      %1 = multiply %skip, %scale : f32[4, 32, 32, 16]
      %2 = concatenate %x, %1 {axis = -1} : f32[4, 32, 32, 32]
      %3 = convolution %2, %0 {strides = [1, 1], padding = [1, 1, 1, 1], dilations = [1, 1], groups = 1} : f32[4, 32, 32, 16]
      return %3
    }
    """
  /// [n0 pieces].
  static let pieces = """
    graph @pieces(%x: f32[3], %y: f32[4]) -> f32[7] {
      %0 = concatenate %x, %y {axis = 0} : f32[7]
      return %0
    }
    """
  /// One region whose heads are walked: n0 and n2 scores, n1 and n3 powers, n4 and n5 products, then
  /// their sum.
  static let chains = """
    graph @chains(%q: f32[4, 512, 32], %k: f32[4, 512, 32], %v: f32[4, 512, 32]) -> f32[512, 128] {
      %0 = parameter "output" : f32[4, 32, 128]
      %1 = contract %q, %k {equation = "hnd,hmd->hnm"} : f32[4, 512, 512]
      %2 = exponential %1 : f32[4, 512, 512]
      %3 = contract %q, %v {equation = "hnd,hmd->hnm"} : f32[4, 512, 512]
      %4 = exponential %3 : f32[4, 512, 512]
      %5 = contract %2, %v {equation = "hnm,hmd->hnd"} : f32[4, 512, 32]
      %6 = contract %4, %k {equation = "hnm,hmd->hnd"} : f32[4, 512, 32]
      %7 = add %5, %6 : f32[4, 512, 32]
      %8 = contract %7, %0 {equation = "hnd,hde->ne"} : f32[512, 128]
      return %8
    }
    """
  /// One region whose heads are walked: n0 scores, n1 powers, n2 product, n3 output, n4 residual.
  static let heads = """
    graph @heads(%q: f32[4, 512, 32], %k: f32[4, 512, 32], %v: f32[4, 512, 32]) -> f32[512, 128] {
      %0 = parameter "output" : f32[4, 32, 128]
      %1 = contract %q, %k {equation = "hnd,hmd->hnm"} : f32[4, 512, 512]
      %2 = exponential %1 : f32[4, 512, 512]
      %3 = contract %2, %v {equation = "hnm,hmd->hnd"} : f32[4, 512, 32]
      %4 = contract %3, %0 {equation = "hnd,hde->ne"} : f32[512, 128]
      %5 = tanh %4 : f32[512, 128]
      return %5
    }
    """
}

extension Partition {
  /// Another image of the convolution n0.
  mutating func changeImage(_ change: (inout AccessGraph.ConvolutionAxes) -> Void) {
    guard case .convolution(var axes) = graph.nodes[0].kind else { return }
    change(&axes)
    graph.nodes[0].kind = .convolution(axes)
  }

  /// Two regions as one: what growth refused.
  mutating func merge(_ first: Int, _ second: Int, labels: [Int: [Int?]], outputs: Set<Int>) {
    var region = regions[second]
    region.members = regions[first].members + region.members
    region.lanes.formUnion(regions[first].lanes)
    region.solution.laneAxes.formUnion(regions[first].solution.laneAxes)
    region.solution.labels = labels
    region.outputs = outputs
    regions[second] = region
    regions.remove(at: first)
    regionOf = regionOf.map { $0 == first ? second - 1 : $0 > first ? $0 - 1 : $0 }
  }
}
