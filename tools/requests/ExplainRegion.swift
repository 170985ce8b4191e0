import GraphLowering
import Smalti

package extension ExplainPage {
  /// Nodes that run together, tile by tile.
  struct Region: Encodable {
    package struct Axis: Encodable {
      package var length: Int
      package var tile: Int
    }

    /// An edge into the region that is memory and no scratch.
    package struct Boundary: Encodable {
      package var from: String
      package var to: String
      package var reason: String
    }

    /// What a region's steps read or write of one buffer outside scratch.
    package struct Transfer: Encodable {
      /// `input`, `output`, `weight`, `state`, `constant` or `arena`.
      package var space: String
      package var name: String
      /// `read`, `write` or `readWrite`.
      package var access: String
      package var bytes: Int
    }

    /// Its number among the regions of a run, or `p` and its number among those of the preparation.
    package var label: String
    package var name: String
    package var nodes: [String]
    package var axes: [Axis]
    package var laneCount: Int
    package var isPrepared: Bool
    package var steps: [Int]
    /// Of all its steps.
    package var tasks: Int
    package var kernels: [String]
    package var flops: Int
    package var bytesMoved: Int
    package var unfusedBytesMoved: Int
    /// Zero where it moves nothing.
    package var flopsPerByte: Double
    package var arenaBytes: Int
    package var scratchBytes: Int
    package var predictedSeconds: Double
    /// Part of the time of all regions of a run, in [0, 1]: of the measured time if there is one,
    /// else of the predicted time.
    package var timeShare = 0.0
    package var measuredSeconds: Double?
    package var gigaflops: Double?
    package var percentOfPeak: Double?
    package var transfers: [Transfer] = []
    package var boundaries: [Boundary]
  }
}

package extension ExplainPage.Region {
  init(_ label: String, _ summary: RegionSummary, _ plan: Plan) {
    let steps = summary.steps.map { plan.steps[$0] }
    self.init(
      label: label, name: summary.name, nodes: summary.nodes,
      axes: summary.axes.map { Axis(length: $0.length, tile: $0.tile) },
      laneCount: summary.laneCount, isPrepared: summary.isPrepared, steps: summary.steps,
      tasks: steps.reduce(0) { $0 + $1.taskCount }, kernels: [], flops: summary.flops,
      bytesMoved: summary.bytesMoved, unfusedBytesMoved: summary.unfusedBytesMoved,
      flopsPerByte: summary.bytesMoved > 0
        ? Double(summary.flops) / Double(summary.bytesMoved) : 0,
      arenaBytes: summary.arenaByteCount, scratchBytes: summary.scratchByteCount,
      predictedSeconds: summary.predictedSeconds,
      boundaries: summary.boundaries.map {
        Boundary(from: $0.from, to: $0.to, reason: $0.reason)
      })
    for step in steps where !kernels.contains(step.kernel) { kernels.append(step.kernel) }
    // Each buffer once; names may repeat.
    var whole: [Plan.Binding] = []
    for binding in steps.flatMap(\.bindings) {
      let known = whole.firstIndex {
        ($0.space, $0.index, $0.access) == (binding.space, binding.index, binding.access)
      }
      if let known { whole[known].byteCount += binding.byteCount } else { whole.append(binding) }
    }
    transfers = whole.map {
      Transfer(
        space: $0.space.rawValue, name: plan.target(of: $0)?.name ?? "\($0.index)",
        access: $0.access.rawValue, bytes: $0.byteCount)
    }
  }

  /// Boundaries by their reasons, the most frequent first.
  var cuts: [(reason: String, edges: [Boundary])] {
    var cuts: [(reason: String, edges: [Boundary])] = []
    for boundary in boundaries {
      if let index = cuts.firstIndex(where: { $0.reason == boundary.reason }) {
        cuts[index].edges.append(boundary)
      } else {
        cuts.append((boundary.reason, [boundary]))
      }
    }
    // Sorting is stable: equal counts stay in order of first use.
    return cuts.sorted { $0.edges.count > $1.edges.count }
  }

  /// Reads, then writes, in words: `video 73.7 kB`.
  func transfers(writing: Bool) -> [String] {
    transfers.filter { writing ? $0.access != "read" : $0.access != "write" }.map {
      let name = $0.space == "weight" ? "weights" : $0.name
      return "\(name) \(Quantity.bytes($0.bytes))"
    }
  }

  /// `1,024 by 64, 16 by 16; 2 lanes`; empty without parallel axes.
  var axesInWords: String {
    let axes = axes.map { axis in
      axis.tile >= axis.length
        ? Quantity.count(axis.length)
        : "\(Quantity.count(axis.length)) by \(Quantity.count(axis.tile))"
    }
    let lanes = laneCount > 1 ? "\(laneCount) lanes" : ""
    return [axes.joined(separator: ", "), lanes].filter { !$0.isEmpty }.joined(separator: "; ")
  }
}
