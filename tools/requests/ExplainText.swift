import Foundation
import Smalti

// The page as people read it in a terminal.

package extension ExplainPage {
  /// - Parameter verbose: names every node, edge and buffer instead of the first and the last.
  func text(verbose: Bool) -> String {
    var parts = [head, table(runRegions)]
    let details = runRegions.map { $0.details(verbose: verbose) }.filter { !$0.isEmpty }
    if !details.isEmpty { parts.append("regions\n" + details.joined(separator: "\n")) }
    if !preparedRegions.isEmpty {
      let prepared = verbose ? preparedRegions : Array(preparedRegions.prefix(Self.shortCount))
      parts.append("prepared once\n" + table(prepared) + rest(preparedRegions, prepared))
    }
    if let kept, !kept.isEmpty { parts.append(keptValues(kept, verbose: verbose)) }
    if !buffers.isEmpty { parts.append(memoryPlan(verbose: verbose)) }
    return parts.joined(separator: "\n\n")
  }

  /// What much later regions need: stored meanwhile, or computed again there.
  private func keptValues(_ kept: [Kept], verbose: Bool) -> String {
    var table = TextTable(heads: [
      ("bytes", .right), ("to store", .right), ("to compute", .right), ("work", .right),
      ("choice", .left), ("first of the region", .left),
    ])
    let shown = verbose ? kept : Array(kept.prefix(Self.shortCount))
    table.rows = shown.map { own in
      [
        Quantity.bytes(own.bytes), Quantity.seconds(own.keepSeconds),
        Quantity.seconds(own.recomputeSeconds),
        own.recomputeFlops == 0 ? "" : Quantity.flops(own.recomputeFlops),
        own.isRecomputed ? "computed again" : "kept", own.name,
      ]
    }
    let others = kept.dropFirst(shown.count)
    let rest =
      others.isEmpty
      ? ""
      : "\n  and \(others.count) smaller, \(Quantity.bytes(others.reduce(0) { $0 + $1.bytes })) "
        + "together; --verbose shows them"
    return "memory between far regions, times on one core of the reference machine\n"
      + table.text() + rest
  }

  /// How many rows a list has in the short form.
  private static let shortCount = 12

  // MARK: - Totals
  private var head: String {
    var lines = [
      "\(model), entry point \(entry), for \(level)",
      "  graph      \(nodes) nodes, \(Quantity.count(parameters)) parameters",
      "  plan       " + plan,
      "  work       \(Quantity.flops(flops)), \(Quantity.bytes(bytesMoved)) moved; unfused "
        + "\(Quantity.bytes(unfusedBytesMoved)), \(Self.ratio(unfusedBytesMoved, bytesMoved))",
      "  memory     arena \(Quantity.bytes(memory.arenaBytes)) for "
        + Self.plural(buffers.count, "buffer")
        + ", scratch \(Quantity.bytes(memory.scratchBytes)) a worker",
      "  weights    prepared \(Quantity.bytes(memory.preparedBytes)), "
        + "constants \(Quantity.bytes(memory.constantBytes))",
      "  caller     inputs \(Quantity.bytes(memory.inputBytes)), "
        + "outputs \(Quantity.bytes(memory.outputBytes))",
      "  predicted  \(Quantity.seconds(predictedSeconds)) on one core of "
        + "\(Quantity.digits(reference.gigaflops)) GFLOP/s and "
        + "\(Quantity.bytes(Int(reference.bytesPerSecond)))/s",
    ]
    if memory.stateBytes > 0 {
      let copied =
        copiedStates.isEmpty
        ? "all replaced in place" : "copied are " + copiedStates.joined(separator: ", ")
      lines.insert("  state      \(Quantity.bytes(memory.stateBytes)), " + copied, at: 6)
    }
    if let tuning { lines.insert("  tuning     \(tuning.file), \(tuning.hash)", at: 1) }
    if let measured { lines.append("  measured   " + words(measured)) }
    if !cuts.isEmpty { lines.append("  not fused  " + cutsInWords) }
    return lines.joined(separator: "\n")
  }

  private var plan: String {
    let shared =
      sharedKernels == 0
      ? "none of them shared" : "\(sharedKernels) of them shared by \(sharingSteps) steps"
    return Self.plural(runRegions.count, "region") + " in " + Self.plural(steps.count, "step")
      + " with " + Self.plural(kernels, "kernel") + ", \(shared); "
      + Self.plural(prepareSteps, "step") + " prepare\(prepareSteps == 1 ? "s" : "") the weights"
  }

  private func words(_ measured: MeasuredRuns) -> String {
    var words =
      "\(Quantity.seconds(measured.seconds)) on \(Self.plural(measured.threads, "thread")), "
      + "median of \(Self.plural(measured.runs.count, "run"))"
    if let rate = Self.rate(flops, measured.seconds) { words += ", " + rate }
    if let percentOfPeak, let peakGigaflops {
      words +=
        ", \(Self.percent(percentOfPeak)) of the peak \(Quantity.digits(peakGigaflops)) GFLOP/s"
    }
    let cached = measured.cacheHits > 0 ? " (cached)" : ""
    return words + "; compiled in \(Quantity.seconds(measured.compileSeconds))\(cached)"
  }

  /// The most frequent reasons; each region says its own.
  private var cutsInWords: String {
    let cuts = self.cuts
    var parts = cuts.prefix(3).map { "\($0.count) x \($0.reason)" }
    let others = cuts.dropFirst(3)
    if !others.isEmpty {
      parts.append(
        "\(others.reduce(0) { $0 + $1.count }) for \(Self.plural(others.count, "other reason")), "
          + "which the regions below name")
    }
    let edges = cuts.reduce(0) { $0 + $1.count }
    return "\(Self.plural(edges, "edge")): " + parts.joined(separator: ", ")
  }

  /// Reasons of all boundaries, the most frequent first.
  private var cuts: [(reason: String, count: Int)] {
    var counts: [(reason: String, count: Int)] = []
    for boundary in runRegions.flatMap(\.boundaries) {
      if let index = counts.firstIndex(where: { $0.reason == boundary.reason }) {
        counts[index].count += 1
      } else {
        counts.append((boundary.reason, 1))
      }
    }
    return counts.sorted { $0.count > $1.count }
  }

  // MARK: - Tables
  private func table(_ regions: [Region]) -> String {
    let hasTimes = regions.contains { $0.measuredSeconds != nil }
    let hasPeak = hasTimes && peakGigaflops != nil
    var table = TextTable(heads: [
      ("region", .right), ("tasks", .right), ("work", .right), ("bytes", .right),
      ("unfused", .right), ("predicted", .right),
    ])
    if hasTimes { table.heads += [("time", .right), ("share", .right), ("rate", .right)] }
    if hasPeak { table.heads.append(("of peak", .right)) }
    table.heads.append(("name", .left))
    for region in regions {
      var row = [
        region.label, String(region.tasks), region.flops == 0 ? "" : Quantity.flops(region.flops),
        Quantity.bytes(region.bytesMoved), Quantity.bytes(region.unfusedBytesMoved),
        Quantity.seconds(region.predictedSeconds),
      ]
      if hasTimes {
        let seconds = region.measuredSeconds ?? 0
        row += [
          Quantity.seconds(seconds), Self.percent(region.timeShare * 100),
          Self.rate(region.flops, seconds) ?? "",
        ]
      }
      if hasPeak { row.append(region.percentOfPeak.map(Self.percent) ?? "") }
      table.rows.append(row + [region.name])
    }
    return table.text()
  }

  /// Each buffer's place and life; the largest ones in the short form.
  private func memoryPlan(verbose: Bool) -> String {
    var shown = Array(buffers.indices)
    if !verbose, shown.count > Self.shortCount {
      // The largest, still in the order of their lives.
      shown.sort { (buffers[$1].bytes, $0) < (buffers[$0].bytes, $1) }
      shown = shown.prefix(Self.shortCount).sorted()
    }
    var table = TextTable(heads: [
      ("offset", .right), ("bytes", .right), ("steps", .right), ("from", .right), ("to", .left),
      ("buffer", .left),
    ])
    table.rows = shown.map { index in
      let buffer = buffers[index]
      return [
        Quantity.count(buffer.offset), Quantity.bytes(buffer.bytes),
        "\(buffer.firstStep)–\(buffer.lastStep)", buffer.writers.joined(separator: " "),
        ShortList.text(buffer.readers, all: verbose), buffer.name,
      ]
    }
    return "memory plan: arena of \(Quantity.bytes(memory.arenaBytes))\n" + table.text()
      + rest(buffers, shown)
  }

  private func rest(_ all: [some Any], _ shown: [some Any]) -> String {
    all.count == shown.count ? "" : "\n  and \(all.count - shown.count) more, with --verbose"
  }
}

// MARK: - Words
package extension ExplainPage {
  static func plural(_ count: Int, _ name: String) -> String {
    "\(Quantity.count(count)) \(name)\(count == 1 ? "" : "s")"
  }

  static func percent(_ value: Double) -> String { Quantity.digits(value) + " %" }

  static func rate(_ flops: Int, _ seconds: Double) -> String? {
    guard flops > 0, seconds > 0 else { return nil }
    return Quantity.digits(Double(flops) / seconds * 1e-9) + " GFLOP/s"
  }

  /// `12.3 x as much`.
  static func ratio(_ count: Int, _ other: Int) -> String {
    other > 0 ? "\(Quantity.digits(Double(count) / Double(other))) x as much" : "no bytes"
  }
}

package extension ExplainPage.Region {
  /// What the table has no room for; empty if there is nothing.
  func details(verbose: Bool) -> String {
    var lines = facts(all: verbose)
    if nodes != [name] {
      lines.insert((name: "nodes", text: ShortList.scoped(nodes, all: verbose)), at: 0)
    }
    for cut in cuts {
      let edges = cut.edges.map { "\($0.from) → \($0.to)" }
      lines.append(
        (name: "not fused", text: "\(cut.reason): " + ShortList.text(edges, all: verbose)))
    }
    return "  \(label) \(name)\n"
      + lines.map { "    " + $0.name.padding(to: 11) + $0.text }.joined(separator: "\n")
  }

  /// Name and text of what is neither a number of the table nor a node.
  ///
  /// - Parameter all: names every buffer instead of the first and the last.
  func facts(all: Bool) -> [(name: String, text: String)] {
    let kernels = self.kernels.joined(separator: ", ")
    let facts = [
      (name: "axes", text: axesInWords),
      (name: "reads", text: ShortList.text(transfers(writing: false), all: all)),
      (name: "writes", text: ShortList.text(transfers(writing: true), all: all)),
      (name: "memory", text: memoryInWords),
      (
        name: "steps",
        text: steps.count > 1 || all
          ? "\(ExplainPage.plural(steps.count, "step")), "
            + "\(ExplainPage.plural(tasks, "task")): \(kernels)" : ""
      ),
    ]
    return facts.filter { !$0.text.isEmpty }
  }

  /// `arena 25.2 MB, scratch 393 kB a worker`, without what is zero.
  fileprivate var memoryInWords: String {
    let arena = arenaBytes > 0 ? ["arena \(Quantity.bytes(arenaBytes))"] : []
    let scratch = scratchBytes > 0 ? ["scratch \(Quantity.bytes(scratchBytes)) a worker"] : []
    return (arena + scratch).joined(separator: ", ")
  }
}

package extension String {
  fileprivate func padding(to count: Int) -> String {
    self + String(repeating: " ", count: max(0, count - self.count))
  }
}

/// Long lists as their first and last member and their length.
package enum ShortList {
  package static func text(_ items: [String], all: Bool) -> String {
    guard !all, items.count > 3, let first = items.first, let last = items.last else {
      return items.joined(separator: ", ")
    }
    return "\(first) … \(last) (\(items.count))"
  }

  /// The same, with the scope that all of them share said once: `in decoder: matmul … add (9)`.
  package static func scoped(_ names: [String], all: Bool) -> String {
    let scope = commonScope(names)
    guard !scope.isEmpty else { return text(names, all: all) }
    let inner = names.map { String($0.dropFirst(scope.count)) }
    return "in \(scope.dropLast()): " + text(inner, all: all)
  }

  /// Up to the last `.` or `/` that all names share; empty for a single name.
  package static func commonScope(_ names: [String]) -> String {
    guard names.count > 1, var common = names.first else { return "" }
    for name in names.dropFirst() { common = common.commonPrefix(with: name) }
    guard let end = common.lastIndex(where: { "./".contains($0) }) else { return "" }
    return String(common[...end])
  }
}
