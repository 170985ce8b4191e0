import GraphIR
import GraphLowering
import SmaltiRuntime
import TensorCore
import TileIR

/// Compares ways of computing the same graphs: the interpreter (exact and rounded per operation),
/// the tile interpreter on the plan, and machine code of several plans on one and two threads; and
/// holds regions and plans to their laws.
///
/// Several graphs are compiled together, because compiling is most of the time.
package struct Comparison {
  /// Plans whose machine code runs.
  package var variants: [Variant]
  package var level: TargetLevel
  /// Plans up to this many elements and terms are run by the tile interpreter too.
  package var interpretedWork = 4000
  /// Whether code also runs on three and on seven threads.
  package var runsOnManyThreads = false

  /// Whether LLVM hurries: most groups of a long run, for what is looked for is in our plans and text.
  package var isQuick = false

  package init(_ variants: [Variant], level: TargetLevel) {
    self.variants = variants
    self.level = level
  }

  /// How many seeds share a comparison, and are best compiled together.
  package static let groupSize: UInt64 = 16

  /// What the seed chooses for itself and its neighbours: everything fused, a random subset of the
  /// passes left out, everything within small bounds, and nothing fused; on a level that this machine
  /// has.
  package static func drawn(seed: UInt64) -> Comparison {
    var stream = RandomStream(seed: ~(seed / groupSize))
    var comparison = Comparison(
      [.fused, .partial(&stream), .unfused], level: stream.pick(levels))
    comparison.variants.insert(.cramped(&stream), at: 2)
    comparison.isQuick = seed / groupSize % 4 != 0
    return comparison
  }

  /// The levels of x86-64, or of another machine, that this one can run.
  package static let levels: [TargetLevel] = TargetLevel.all.filter { level in
    MachineFeatures(level: level.name).map(MachineFeatures.current.isSuperset(of:)) ?? false
  }

  /// What a comparison of some graphs came to.
  package struct Outcome: Sendable {
    package var findings: [Finding] = []
    /// Graphs whose values were not compared, because a jump lies within their errors.
    package var undecidedCount = 0
    /// Graphs that the tile interpreter ran too.
    package var interpretedCount = 0
    package init() {}

    package static func += (a: inout Outcome, b: Outcome) {
      a.findings += b.findings
      a.undecidedCount += b.undecidedCount
      a.interpretedCount += b.interpretedCount
    }
  }
}

// MARK: - Judging
extension Comparison {
  /// Computes every graph in every way; a graph has at most one finding.
  package func outcome(of graphs: [RandomGraph]) -> Outcome {
    var outcome = Outcome()
    var cases: [Case] = []
    var entries: [[EntryPlan]] = []
    for drawn in graphs {
      var variant = Variant(isInterpreted: true)
      do {
        try Verifier.check(drawn.graph)
        let checked = Case(drawn, try RoundingAnalysis(drawn), level)
        if checked.judge.undecided != nil { outcome.undecidedCount += 1 }
        try checked.checkInterpreters()
        var plans: [EntryPlan] = []
        for next in variants {
          variant = next
          plans.append(try EntryPlan(drawn.graph, level, variant.options))
          try checked.checkLaws(plans[plans.count - 1], variant)
        }
        cases.append(checked)
        entries.append(plans)
      } catch {
        outcome.findings.append(finding(error, variant, drawn))
      }
    }
    run(cases, entries, &outcome)
    return outcome
  }

  private func run(_ cases: [Case], _ entries: [[EntryPlan]], _ outcome: inout Outcome) {
    guard !cases.isEmpty else { return }
    let code: Code
    do {
      code = try Code(entries, level, quick: isQuick)
    } catch {
      if cases.count == 1 {
        outcome.findings.append(Finding(.failure, variants[0], level, "\(error)", cases[0].drawn))
      } else {
        // One of them does not compile: each alone says which.
        for (one, plans) in zip(cases, entries) { run([one], [plans], &outcome) }
      }
      return
    }
    for (one, plans) in zip(cases, entries) {
      for (index, plan) in plans.enumerated() {
        do {
          try one.check(code, plan, variants[index], many: runsOnManyThreads)
          // The tile interpreter is slow; of what is not fused the other tests see enough.
          guard variants[index].fuses, PlanInterpreter.work(plan) <= interpretedWork else {
            continue
          }
          try one.checkTiles(plan, variants[index])
          outcome.interpretedCount += 1
        } catch {
          outcome.findings.append(finding(error, variants[index], one.drawn))
          break
        }
      }
    }
  }

  private func finding(
    _ error: any Error, _ variant: Variant, _ drawn: RandomGraph
  ) -> Finding {
    error as? Finding ?? Finding(.failure, variant, level, "\(error)", drawn)
  }
}

// MARK: - Text
extension Comparison {
  /// A graph with how it is computed as comments, as ``SavedGraph`` reads it back.
  package func text(of drawn: RandomGraph) -> String {
    let facts = ["seed \(drawn.seed), level \(level)"] + variants.map { "\($0)" }
    return facts.map { "// \($0)\n" }.joined() + drawn.graph.description
  }
}
