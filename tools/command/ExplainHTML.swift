import ModelRequests
import Smalti

// The page as a picture: words and numbers for PageReports, which knows no compiler.

extension ExplainPage {
  var regionPage: RegionPage {
    var page = RegionPage(title: "\(model), \(entry)", source: source, roof: roof)
    page.facts = facts
    page.notes = notes
    page.regions = runRegions.map(\.onPage)
    page.preparedRegions = preparedRegions.map(\.onPage)
    page.flows = flows
    page.buffers = buffers.map {
      RegionPage.Buffer(
        $0.name,
        offset: RegionPage.Amount(Double($0.offset), Quantity.count($0.offset)),
        bytes: .bytes($0.bytes), steps: $0.firstStep...$0.lastStep)
    }
    page.choices = (kept ?? []).map { own in
      RegionPage.Choice(
        name: own.name, bytes: Quantity.bytes(own.bytes),
        keepSeconds: Quantity.seconds(own.keepSeconds),
        recomputeSeconds: Quantity.seconds(own.recomputeSeconds),
        work: own.recomputeFlops == 0 ? "" : Quantity.flops(own.recomputeFlops),
        isRecomputed: own.isRecomputed)
    }
    page.arena = .bytes(memory.arenaBytes)
    page.stepCount = steps.count
    page.command = SegmentationPage.command
    return page
  }

  private var source: String {
    let plan =
      "\(Quantity.count(nodes)) nodes, \(Quantity.count(parameters)) parameters, "
      + "compiled for \(level)"
    guard let measured else { return plan + "; times are predicted" }
    return plan + "; median of " + Self.plural(measured.runs.count, "run") + " on "
      + Self.plural(measured.threads, "thread")
      + (MachinePage.processor.map { " of \($0)" } ?? "")
  }

  private var facts: [(text: String, remark: String)] {
    var facts = [
      ("\(runRegions.count)", "regions in " + Self.plural(steps.count, "step")),
      (
        "\(kernels)",
        sharedKernels > 0
          ? "kernels, \(sharedKernels) of them shared by \(sharingSteps) steps" : "kernels"
      ),
      (Quantity.flops(flops), "a run"),
      (Quantity.bytes(bytesMoved), "moved"),
      (
        Quantity.bytes(unfusedBytesMoved),
        "unfused, \(Self.ratio(unfusedBytesMoved, bytesMoved))"
      ),
      (Quantity.bytes(memory.arenaBytes), "arena"),
      (Quantity.bytes(memory.scratchBytes), "scratch a worker"),
      (Quantity.bytes(memory.preparedBytes), "prepared weights"),
      (Quantity.seconds(predictedSeconds), "predicted on one core"),
    ]
    if memory.stateBytes > 0 {
      facts.append((Quantity.bytes(memory.stateBytes), "parameters and states, in place"))
    }
    if let measured {
      facts.append((Quantity.seconds(measured.seconds), "measured"))
      if let rate = Self.rate(flops, measured.seconds) { facts.append((rate, "")) }
      if let percentOfPeak { facts.append((Self.percent(percentOfPeak), "of the measured peak")) }
    }
    return facts
  }

  private var notes: [String] {
    [
      "Predictions are for one core of a reference machine with "
        + "\(Quantity.digits(reference.gigaflops)) GFLOP/s and "
        + "\(Quantity.bytes(Int(reference.bytesPerSecond)))/s: the larger of FLOPs over the first and "
        + "bytes over the second. They say nothing about this machine."
    ]
  }

  private var roof: RegionPage.Roof {
    let peak = peakGigaflops ?? reference.gigaflops
    let origin = peakGigaflops == nil ? "peak of one reference core" : "measured peak"
    return RegionPage.Roof(
      peak: RegionPage.Amount(peak * 1e9, "\(Quantity.digits(peak)) GFLOP/s, \(origin)"),
      bandwidth: RegionPage.Amount(
        reference.bytesPerSecond,
        "\(Quantity.bytes(Int(reference.bytesPerSecond)))/s, stated"))
  }

  /// Buffers from one region to others; those of equal ends become one.
  private var flows: [RegionPage.Flow] {
    var order: [[Int]] = []
    var found: [[Int]: [Buffer]] = [:]
    let places = Dictionary(
      uniqueKeysWithValues: runRegions.enumerated().map { ($1.label, $0) })
    for buffer in buffers {
      let readers = Set(buffer.readers.compactMap { places[$0] }).sorted()
      for writer in Set(buffer.writers.compactMap { places[$0] }).sorted() {
        let later = readers.filter { $0 > writer }
        guard !later.isEmpty else { continue }
        let ends = [writer] + later
        if found[ends] == nil { order.append(ends) }
        found[ends, default: []].append(buffer)
      }
    }
    return order.map { ends in
      let buffers = found[ends]!
      let names = buffers.map { "\($0.name) \(Quantity.bytes($0.bytes))" }
      let label = Quantity.bytes(buffers.reduce(0) { $0 + $1.bytes })
      return RegionPage.Flow(
        from: ends[0], to: Array(ends.dropFirst()), label: label,
        title: ShortList.text(names, all: false))
    }
  }
}

extension RegionPage.Amount {
  static func bytes(_ count: Int) -> Self { Self(Double(count), Quantity.bytes(count)) }
  static func flops(_ count: Int) -> Self { Self(Double(count), Quantity.flops(count)) }
  static func seconds(_ value: Double) -> Self { Self(value, Quantity.seconds(value)) }
}

extension ExplainPage.Region {
  fileprivate var onPage: RegionPage.Region {
    var region = RegionPage.Region(label: label, name: name)
    region.nodes = nodes
    region.summary = nodes == [name] ? "" : ShortList.scoped(nodes, all: false)
    region.facts = facts(all: true)
    region.flops = .flops(flops)
    region.bytes = .bytes(bytesMoved)
    region.unfusedBytes = .bytes(unfusedBytesMoved)
    region.predictedSeconds = .seconds(predictedSeconds)
    region.measuredSeconds = measuredSeconds.map { .seconds($0) }
    region.timeShare = timeShare
    region.rate = gigaflops.map {
      RegionPage.Amount($0 * 1e9, Quantity.digits($0) + " GFLOP/s")
    }
    region.percentOfPeak = percentOfPeak
    region.cuts = cuts.map { cut in
      RegionPage.Cut(reason: cut.reason, edges: cut.edges.map { "\($0.from) → \($0.to)" })
    }
    return region
  }
}
