import RandomGraphs

@main
struct Main {
  static func main() throws {
    let a = UInt64(CommandLine.arguments[1])!, n = UInt64(CommandLine.arguments[2])!, b = UInt64(CommandLine.arguments[3])!
    let clock = ContinuousClock()
    var gen = Duration.zero, comp = Duration.zero
    var s = a
    var un = 0, it = 0, f = 0
    while s < a + n {
      let t0 = clock.now
      let gs = (s..<s+b).map { var g = GraphGenerator(seed: $0); return g.graph() }
      let t1 = clock.now
      let o = Comparison.drawn(seed: s).outcome(of: gs)
      let t2 = clock.now
      gen += t1 - t0; comp += t2 - t1
      for x in o.findings { print(x) ; f += 1 }
      un += o.undecidedCount; it += o.interpretedCount
      s += b
    }
    print(gen, comp, "undecided", un, "interpreted", it, "findings", f)
  }
}
