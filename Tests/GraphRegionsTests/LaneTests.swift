import GraphIR
import GraphOps
import GraphRegions
import TensorCore
import Testing

/// Which products are summed in lanes, as text.
@Suite("Products in lanes")
struct LaneTests {
  static func partition(_ signature: String, _ lines: [String], _ results: String) throws -> String
  {
    let body = lines.map { "  \($0)\n" }.joined()
    let graph = try AccessGraph.traced(
      Parser.graph("graph @g\(signature) {\n\(body)  return \(results)\n}\n", OpCatalog.table))
    return "\(RegionGrowth(graph, panelWidth: { _ in 16 }, mayJoin: { _, _ in true }).partition())"
  }

  /// X = relu(x · W), then Xᵀ · dY.
  static func layer(_ n: Int, _ a: Int, _ b: Int) throws -> String {
    try partition(
      "(%x: f32[\(n), 32], %d: f32[\(n), \(b)]) -> f32[\(a), \(b)]",
      [
        "%0 = parameter \"w\" : f32[32, \(a)]",
        "%1 = contract %x, %0 {equation = \"nk,ka->na\"} : f32[\(n), \(a)]",
        "%2 = relu %1 : f32[\(n), \(a)]",
        "%3 = contract %2, %d {equation = \"na,nb->ab\"} : f32[\(a), \(b)]",
      ], "%3")
  }

  @Test("a weight gradient joins the region that computes its operands")
  func joins() throws {
    #expect(
      try Self.layer(10007, 96, 64) == """
        region 0 over [96, +10007/127] in 27 lanes
          n0 [p1, p0; 32] = product argument 0[a0, a2] w[a2, a1]  contract
          n1 [p1, p0] = map n0[a0, a1]  relu
          n2 [p0, 64; p1] lanes = product n1[a2, a0] argument 1[a2, a1] ->  contract

        """)
  }

  @Test("of few rows stays whole: its tasks share the columns of X")
  func staysWhole() throws {
    #expect(try !Self.layer(211, 5, 7).contains("lanes"))
  }

  @Test("that leaves no room for lanes keeps its operands outside, and splits its own tiles")
  func splitsItsOwn() throws {
    #expect(
      try Self.layer(40000, 4096, 1024)
        == """
        region 0 over [40000/32, 4096]
          n0 [p0, p1; 32] = product argument 0[a0, a2] w[a2, a1]  contract
          n1 [p0, p1] = map n0[a0, a1] ->  relu
        region 1 over [4096/128, 1024/512, +40000/250] in 1 lanes
          n2 [p0, p1; p2] lanes = product n1[a2, a0] argument 1[a2, a1] ->  contract
        between n1 relu and n2 contract: a tile would need 5120000 bytes of scratch, the budget is \
        524288

        """)
  }

  @Test("of finished operands has as many lanes as its own tiles leave tasks wanted")
  func ofFinishedOperands() throws {
    #expect(
      try Self.partition(
        "(%x: f32[100000, 512], %d: f32[100000, 300]) -> f32[512, 300]",
        ["%0 = contract %x, %d {equation = \"na,nb->ab\"} : f32[512, 300]"], "%0") == """
          region 0 over [512/128, 300, +100000/250] in 8 lanes
            n0 [p0, p1; p2] lanes = product argument 0[a2, a0] argument 1[a2, a1] ->  contract

          """)
  }

  @Test("two gradients over the same rows are one region")
  func areOneRegion() throws {
    let text = try Self.partition(
      "(%x: f32[5003, 16], %d: f32[5003, 24]) -> (dw: f32[20, 24], dv: f32[16, 20])",
      [
        "%0 = parameter \"v\" : f32[16, 20]", "%1 = parameter \"w\" : f32[20, 24]",
        "%2 = contract %x, %0 {equation = \"nk,ka->na\"} : f32[5003, 20]",
        "%3 = tanh %2 : f32[5003, 20]",
        "%4 = contract %3, %d {equation = \"na,nb->ab\"} : f32[20, 24]",
        "%5 = contract %d, %1 {equation = \"nb,ab->na\"} : f32[5003, 20]",
        "%6 = multiply %5, %3 : f32[5003, 20]",
        "%7 = contract %x, %6 {equation = \"nk,na->ka\"} : f32[16, 20]",
      ], "%4, %7")
    #expect(text.hasPrefix("region 0 over [+5003/126, 20] in 20 lanes\n"))
    #expect(!text.contains("region 1"))
  }

  @Test("operands made of parameters keep their panels, and sums of few terms their one task")
  func keepPanels() throws {
    let text = try Self.partition(
      "(%x: f32[2, 40000]) -> f32[2, 64]",
      [
        "%0 = parameter \"w\" : f32[40000, 64]", "%1 = tanh %x : f32[2, 40000]",
        "%2 = contract %1, %0 {equation = \"nk,km->nm\"} : f32[2, 64]",
      ], "%2")
    #expect(!text.contains("lanes"))
  }
}
