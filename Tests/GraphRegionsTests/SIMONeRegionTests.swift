import Goldens
import GraphIR
import GraphRegions
import ModelZoo
import Testing

/// What fusion promises of the published SIMONe.
@Suite("The published SIMONe")
struct SIMONeRegionTests {
  private func partition(_ entry: String) throws -> Partition {
    let source = try Zoo.model("simone:published").program(entries: [entry]).graphs[0]
    return .grown(
      try AccessGraph.traced(source).foldingPieces().splittingSeparableProducts()
        .normalisingProductsLate())
  }

  @Test("has the regions that were read", arguments: ["encode", "decode"])
  func hasReadRegions(entry: String) throws {
    let outline = try partition(entry).outline
    #expect(try Golden("simone-\(entry).outline").mismatch(outline) == nil)
  }

  @Test("computes each transformer layer in one region, up to the next layer's keys and values")
  func transformerLayers() throws {
    let partition = try partition("encode")
    let layers = (1...2).flatMap { part in (0..<4).map { "encoder.transformer\(part).\($0)" } }
    for (number, layer) in layers.enumerated() {
      // What a query's row needs of its own layer; norm and keys are of every row.
      let parts = ["attention", "attention.output", "norm2", "mlp"].map { "\(layer).\($0)" }
      let own = partition.nodes { label in
        label == "\(layer)/add"
          || parts.contains { label.hasPrefix("\($0)/") || label.hasPrefix("\($0).") }
      }.filter { !partition.graph.label($0).hasPrefix("\(layer).attention.qkv/") }
      let regions = Set(own.map { partition.regionOf[$0] })
      #expect(own.count > 20 && regions.count == 1, "\(layer)")
      let next = number == 3 || number == 7 ? nil : layers[number + 1]
      let rows = next.map { next in
        partition.nodes { label in
          label.hasPrefix("\(next).norm1/") || label.hasPrefix("\(next).attention.qkv/")
        }
      }
      #expect(rows.map { $0.count > 5 } ?? true)
      let region = partition.regions[try #require(regions.first)]
      #expect(Set(region.members) == Set(own).union(rows ?? []), "\(layer)")
    }
  }

  @Test("computes each convolution with its bias and ReLU")
  func convolutions() throws {
    let partition = try partition("encode")
    for layer in 0..<3 {
      let name = "encoder.conv.\(layer)/"
      let nodes = partition.nodes { $0.hasPrefix(name) }
      #expect(nodes.map { partition.graph.label($0) } == [name + "convolution", name + "add"])
      let readers = partition.graph.readers[nodes[1]]
      #expect(readers.map { partition.graph.label($0) } == ["encoder/relu"])
      let regions = Set((nodes + readers).map { partition.regionOf[$0] })
      #expect(regions.count == 1)
    }
  }

  @Test("decodes in two regions after the parts of the first layer: chain and mixture")
  func decoder() throws {
    let partition = try partition("decode")
    let regions = partition.regions.filter { !$0.isPrepared }
    let chain = try #require(regions.dropLast().last)
    let mixture = try #require(regions.last)
    #expect(chain.lanes.map { partition.graph.label($0) } == ["decoder/normalize"])
    let products = chain.members.filter { partition.graph.nodes[$0].isProduct }
    #expect(
      products.map { partition.graph.label($0) }
        == (1...4).map { "decoder.hidden.\($0)/contract" } + ["decoder.output/contract"])
    // The parts of the concatenation are one product each, over objects or frames alone.
    let parts = regions.dropLast(2).flatMap(\.members)
    for part in parts {
      #expect(partition.graph.label(part) == "decoder.hidden.0/contract")
      #expect(partition.graph.resultCount(part) == 16 * 512)
    }
    let chainLabels = Set(chain.members.map { partition.graph.label($0) })
    #expect(chainLabels.isSuperset(of: ["decoder.hidden.0/contract", "decoder.hidden.0/add"]))
    let mixtureLabels = Set(mixture.members.map { partition.graph.label($0) })
    #expect(mixtureLabels == ["decoder/normalize", "decoder/softmax", "decoder/contract"])
  }

  @Test("never moves alone: every region that runs computes", arguments: ["encode", "decode"])
  func neverMovesAlone(entry: String) throws {
    let partition = try partition(entry)
    for region in partition.regions where !region.isPrepared {
      #expect(
        region.members.contains { partition.graph.computes($0) },
        "\(region.members.map { partition.graph.label($0) })")
    }
  }
}

extension Partition {
  func nodes(_ isMeant: (String) -> Bool) -> [Int] {
    graph.nodes.indices.filter { isMeant(graph.label($0)) }
  }

  /// A region a line: what it computes first and last, its parallel axes with tiles, and what it
  /// hands to which later regions.
  var outline: String {
    regions.enumerated().map { number, region in
      let names = [region.members.first, region.members.last].map { graph.label($0!) }
      let axes = zip(region.solution.lengths, region.tiling.tiles).enumerated().map {
        let sign = region.solution.laneAxes.contains($0) ? "+" : ""
        return $1.0 == $1.1 ? "\(sign)\($1.0)" : "\(sign)\($1.0)/\($1.1)"
      }
      let handed = region.outputs.sorted().map { output -> String in
        let readers = Set(graph.readers[output].map { regionOf[$0] }).subtracting([number])
        let to = readers.sorted().map { "region \($0)" }
        let isResult = graph.results.contains { graph.producer($0.value) == output }
        return "\(graph.label(output)) to "
          + (to + (isResult ? ["the caller"] : [])).joined(separator: ", ")
      }
      return
        "region \(number)\(region.isPrepared ? " prepared" : ""): \(region.members.count) nodes, "
        + "\(names[0]) ... \(names[1]), over [\(axes.joined(separator: ", "))]; "
        + "\(handed.joined(separator: "; "))\n"
    }.joined()
  }
}

extension AccessGraph {
  /// Whether a node does more than to put elements elsewhere.
  func computes(_ node: Int) -> Bool {
    switch nodes[node].kind {
    case .map(.operand), .pieces, .gather, .reinterpret: false
    default: true
    }
  }
}
