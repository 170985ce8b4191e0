import GraphLowering
import Smalti

/// What is known of a compiled entry point: the keys of `explain --json`, which only grow.
package struct ExplainPage: Encodable {
  /// One phase of the plan.
  package struct Step: Encodable {
    package var name: String
    package var kernel: String
    package var tasks: Int
    package var flops: Int
    package var bytesMoved: Int
  }

  /// A buffer between steps: its place in the arena, and when it is alive.
  package struct Buffer: Encodable {
    package var name: String
    package var offset: Int
    package var bytes: Int
    package var firstStep: Int
    package var lastStep: Int
    /// Labels of the regions that write and read it.
    package var writers: [String] = []
    package var readers: [String] = []
  }

  package struct Memory: Encodable {
    /// Buffers between steps.
    package var arenaBytes: Int
    /// Of one worker.
    package var scratchBytes: Int
    /// Weights as kernels read them.
    package var preparedBytes: Int
    package var constantBytes: Int
    package var inputBytes: Int
    package var outputBytes: Int
    /// Parameters and states that a run replaces.
    package var stateBytes: Int
  }

  /// What a region leaves for a much later one, and what either way to have it there costs.
  package struct Kept: Encodable {
    package var name: String
    package var bytes: Int
    /// Seconds on one core of the reference machine.
    package var keepSeconds: Double
    package var recomputeSeconds: Double
    package var recomputeFlops: Int
    package var isRecomputed: Bool
  }

  /// What bounds tiles instead of the level's caches.
  package struct Tuning: Encodable {
    /// As the person named it.
    package var file: String
    package var hash: String

    package init(file: String, hash: String) {
      self.file = file
      self.hash = hash
    }
  }

  /// What predictions are about.
  package struct Reference: Encodable {
    package var gigaflops: Double
    package var bytesPerSecond: Double
  }

  package var model: String
  package var entry: String
  package var level: String
  package var tuning: Tuning?
  package var nodes: Int
  package var parameters: Int
  /// Distinct kernels of a run.
  package var kernels: Int
  /// Kernels of more than one step, and the steps that share them.
  package var sharedKernels: Int
  package var sharingSteps: Int
  package var prepareSteps: Int
  package var flops: Int
  package var bytesMoved: Int
  /// What the operations would move as a region each.
  package var unfusedBytesMoved: Int
  package var predictedSeconds: Double
  package var reference: Reference
  package var memory: Memory
  /// Those of a run, in order.
  package var steps: [Step]
  package var buffers: [Buffer]
  /// Those of the preparation, then those of a run.
  package var regions: [Region]
  /// Where one was asked for: the largest first.
  package var kept: [Kept]?
  /// States whose new value is computed beside the old one and copied.
  package var copiedStates: [String]
  /// The largest rate of all threads' multiply-adds in registers alone, taken between the runs.
  package var peakGigaflops: Double?
  package var measured: MeasuredRuns?
}

package extension ExplainPage {
  init(_ model: ChosenModel, _ plans: EntryPlan, _ level: TargetLevel) {
    let run = plans.run
    let uses = Dictionary(grouping: run.steps, by: \.kernel).mapValues(\.count)
    let machine = ReferenceMachine(level)
    let graph = model.graph
    self.init(
      model: model.name, entry: plans.name, level: level.name, nodes: graph.nodes.count,
      parameters: graph.parameters.reduce(0) { $0 + graph.type($1.value).shape.count },
      kernels: uses.count, sharedKernels: uses.values.count { $0 > 1 },
      sharingSteps: uses.values.filter { $0 > 1 }.reduce(0, +),
      prepareSteps: plans.prepare.steps.count, flops: run.flops,
      bytesMoved: run.steps.reduce(0) { $0 + $1.bytesMoved },
      unfusedBytesMoved: 0, predictedSeconds: 0,
      reference: Reference(gigaflops: machine.peak * 1e-9, bytesPerSecond: machine.bandwidth),
      memory: Memory(
        arenaBytes: run.arenaByteCount, scratchBytes: run.scratchByteCount,
        preparedBytes: run.weights.reduce(0) { $0 + $1.byteCount },
        constantBytes: run.constants.reduce(0) { $0 + $1.bytes.count },
        inputBytes: run.inputs.reduce(0) { $0 + $1.byteCount },
        outputBytes: run.outputs.reduce(0) { $0 + $1.byteCount },
        stateBytes: run.states.reduce(0) { $0 + $1.byteCount }),
      steps: run.steps.map {
        Step(
          name: $0.name, kernel: $0.kernel, tasks: $0.taskCount, flops: $0.flops,
          bytesMoved: $0.bytesMoved)
      },
      buffers: run.buffers.map {
        Buffer(
          name: $0.name, offset: $0.byteOffset, bytes: $0.byteCount, firstStep: $0.firstStep,
          lastStep: $0.lastStep)
      },
      regions: [], copiedStates: plans.copiedStates)
    addRegions(of: plans)
  }

  /// Adds what was kept and what computed again.
  mutating func addKept(of plans: EntryPlan) {
    kept = plans.memoryChoices.map { choice in
      Kept(
        name: choice.region, bytes: choice.byteCount, keepSeconds: choice.keepSeconds,
        recomputeSeconds: choice.recomputeSeconds, recomputeFlops: choice.recomputeFlops,
        isRecomputed: choice.isRecomputed)
    }.sorted { $0.bytes > $1.bytes }
  }

  private mutating func addRegions(of plans: EntryPlan) {
    var counts = (prepared: 0, run: 0)
    for summary in plans.regions {
      let number = summary.isPrepared ? counts.prepared : counts.run
      let label = (summary.isPrepared ? "p" : "") + String(number)
      if summary.isPrepared { counts.prepared += 1 } else { counts.run += 1 }
      let plan = summary.isPrepared ? plans.prepare : plans.run
      regions.append(Region(label, summary, plan))
      if !summary.isPrepared { connect(label, summary.steps.map { plan.steps[$0] }) }
    }
    unfusedBytesMoved = runRegions.reduce(0) { $0 + $1.unfusedBytesMoved }
    predictedSeconds = runRegions.reduce(0) { $0 + $1.predictedSeconds }
    share(by: \.predictedSeconds)
  }

  /// Notes which buffers a region's steps touch.
  private mutating func connect(_ label: String, _ steps: [Plan.Step]) {
    for binding in steps.flatMap(\.bindings) where binding.space == .arena {
      if binding.access.reads, buffers[binding.index].readers.last != label {
        buffers[binding.index].readers.append(label)
      }
      if binding.access.writes, buffers[binding.index].writers.last != label {
        buffers[binding.index].writers.append(label)
      }
    }
  }

  var runRegions: [Region] { regions.filter { !$0.isPrepared } }
  var preparedRegions: [Region] { regions.filter(\.isPrepared) }

  /// Times of runs, and what the machine could do at most while they were taken.
  mutating func add(_ measured: MeasuredRuns) {
    self.measured = measured
    peakGigaflops = measured.peakGigaflops
    let times = measured.stepSeconds
    for index in regions.indices where !regions[index].isPrepared {
      let seconds = regions[index].steps.reduce(0) { $0 + times[$1] }
      regions[index].measuredSeconds = seconds
      guard regions[index].flops > 0, seconds > 0 else { continue }
      let gigaflops = Double(regions[index].flops) / seconds * 1e-9
      regions[index].gigaflops = gigaflops
      regions[index].percentOfPeak = gigaflops / measured.peakGigaflops * 100
    }
    share { $0.measuredSeconds ?? 0 }
  }

  /// Percent of the measured peak of whole runs.
  var percentOfPeak: Double? {
    guard let measured, let peakGigaflops, measured.seconds > 0 else { return nil }
    return Double(flops) / measured.seconds * 1e-9 / peakGigaflops * 100
  }

  private mutating func share(by seconds: (Region) -> Double) {
    let total = runRegions.reduce(0) { $0 + seconds($1) }
    for index in regions.indices where !regions[index].isPrepared {
      regions[index].timeShare = total > 0 ? seconds(regions[index]) / total : 0
    }
  }
}
