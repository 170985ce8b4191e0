/// What regions that grew without the pass store.
struct StoredValues {
  private var regionOf: [Int: Int] = [:]
  private var stored: Set<Int> = []
  private var wholeByteCounts: [Int: Int] = [:]

  init(_ partition: Partition) {
    for (number, node) in partition.graph.nodes.enumerated() {
      let region = partition.regions[partition.regionOf[number]]
      let labels = region.solution.labels[number]!
      let whole = node.resultAxes.reduce(1) { labels[$1] == nil ? $0 * node.space[$1] : $0 }
      for value in node.results {
        regionOf[value] = partition.regionOf[number]
        wholeByteCounts[value] = whole * partition.graph.values[value].element.byteCount
        if region.outputs.contains(number) { stored.insert(value) }
      }
    }
  }

  /// Bytes of a value that lie in every task's tile, however short its tiles are.
  func wholeByteCount(_ value: Int) -> Int { wholeByteCounts[value]! }

  func isStored(_ value: Int) -> Bool { stored.contains(value) }

  /// Whether a value and a reader of it are in two regions.
  func isBoundary(_ value: Int, to reader: Int, _ graph: AccessGraph) -> Bool {
    regionOf[value] != regionOf[graph.nodes[reader].results[0]]
  }

  /// A value that lies where another one does.
  mutating func add(_ value: Int, beside other: Int) {
    regionOf[value] = regionOf[other]
    wholeByteCounts[value] = 0
  }
}
