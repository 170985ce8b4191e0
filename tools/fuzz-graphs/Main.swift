import RandomGraphs

@main
struct Main {
  static func main() throws {
    let a = UInt64(CommandLine.arguments[1])!, n = UInt64(CommandLine.arguments[2])!
    for s in a..<a+n { var g = GraphGenerator(seed: s); let r = g.graph(); if n < 5 { print(r.graph, r.patterns) }
      let an = try RoundingAnalysis(r)
      if let u = an.undecided { print(s, u) } }
  }
}
