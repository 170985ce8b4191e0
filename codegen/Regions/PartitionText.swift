import TensorCore

// A partition as text: what goldens hold.

extension Partition: CustomStringConvertible {
  package var description: String {
    var lines: [String] = []
    for (number, region) in regions.enumerated() {
      let axes = zip(region.solution.lengths, region.tiling.tiles).enumerated().map {
        let sign = region.solution.laneAxes.contains($0) ? "+" : ""
        return $1.0 == $1.1 ? "\(sign)\($1.0)" : "\(sign)\($1.0)/\($1.1)"
      }
      lines.append(
        "region \(number)\(region.isPrepared ? " prepared" : "") over "
          + "[\(axes.joined(separator: ", "))]"
          + (region.lanes.isEmpty ? "" : " in \(region.laneCount) lanes"))
      for walk in region.walks {
        lines.append("  walks \(walk.length): \(walk.members.sorted().map { "n\($0)" })")
      }
      for member in region.members { lines.append("  \(text(member, region))") }
    }
    for boundary in boundaries {
      lines.append(
        "between n\(boundary.from) \(graph.label(boundary.from)) and n\(boundary.to) "
          + "\(graph.label(boundary.to)): \(boundary.reason)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func text(_ node: Int, _ region: Region) -> String {
    let own = graph.nodes[node]
    let labels = region.solution.labels[node]!
    let axes = own.space.indices.map { axis in
      let name = labels[axis].map { "p\($0)" } ?? "\(own.space[axis])"
      return axis == own.resultRank ? "; \(name)" : axis == 0 ? name : ", \(name)"
    }
    let reads = own.reads.map { read -> String in
      let index = read.index.map(\.description).joined(separator: ", ")
      return "\(graph.name(read.value))[\(index)]"
    }
    let role = region.outputs.contains(node) ? " ->" : ""
    let lane = region.lanes.contains(node) ? " lanes" : ""
    return "n\(node) [\(axes.joined())]\(lane) = \(own.kind.name) \(reads.joined(separator: " "))"
      + "\(role)  \(graph.label(node))"
  }
}

extension AccessGraph {
  package func name(_ value: Int) -> String {
    switch values[value].source {
    case .argument(let number): "argument \(number)"
    case .parameter(let path), .state(let path): path
    case .constant: "constant"
    case .node(let node): node < 0 ? "nothing" : "n\(node)"
    }
  }
}

extension DimensionAccess: CustomStringConvertible {
  package var description: String {
    if isIndirect { return "?" }
    var parts = terms.map { $0.step == 1 ? "a\($0.axis)" : "\($0.step)·a\($0.axis)" }
    if start != 0 || parts.isEmpty { parts.append("\(start)") }
    return parts.joined(separator: " + ")
  }
}

extension AccessGraph.Kind {
  package var name: String {
    switch self {
    case .map: "map"
    case .fold(let combiner, _, _): "fold \(combiner)"
    case .moments: "moments"
    case .product: "product"
    case .convolution: "convolution"
    case .pieces: "pieces"
    case .gather: "gather"
    case .random: "random"
    case .reinterpret: "reinterpret"
    }
  }
}
