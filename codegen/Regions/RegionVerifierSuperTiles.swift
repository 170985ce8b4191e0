// The law of super-tiles: what lies between the regions that are repeated needs no row but those of
// the super-tile.

extension RegionCheck {
  mutating func checkSuperTile(_ number: Int) {
    guard let tile = regions[number].superTile else { return }
    func refuse(_ message: String) { report(.superTile, number, message) }
    let region = regions[number]
    guard region.members.count == 1, region.lanes.contains(region.members[0]),
      graph.nodes[region.members[0]].isProduct, region.laneCount == 1
    else {
      return refuse(
        "super-tiles need one product in one lane, the region has nodes "
          + "\(region.members), of them \(region.lanes.sorted()) in \(region.laneCount) lanes")
    }
    let axis = region.solution.laneAxes.min()!
    let (length, sumTile) = (region.solution.lengths[axis], region.tiling.tiles[axis])
    if tile.length != length || tile.sumTile != sumTile {
      refuse(
        "the super-tile is of \(tile.length) rows in tiles of \(tile.sumTile), the axis p\(axis) "
          + "of \(length) in tiles of \(sumTile)")
    }
    guard tile.sourceTile >= 1, tile.sumTile.isMultiple(of: tile.sourceTile), tile.sumTile >= 1,
      tile.rows.isMultiple(of: tile.sumTile), 1..<max(tile.length, 1) ~= tile.rows
    else {
      return refuse(
        "\(tile.rows) of \(tile.length) rows, tiles of \(tile.sumTile) and tiles of "
          + "\(tile.sourceTile) do not divide each other")
    }
    if tile.sources.isEmpty || Set(tile.sources).sorted() != tile.sources
      || !tile.sources.allSatisfy({ 0..<number ~= $0 })
    {
      return refuse("sources \(tile.sources) are not regions before it, each once and in order")
    }
    for source in tile.sources { checkSource(source, of: number, tile) }
  }

  /// The tasks of a source split rows outermost, and what it shares with the others goes row by row.
  private mutating func checkSource(_ source: Int, of number: Int, _ tile: SuperTile) {
    let own = regions[source]
    guard let rows = own.solution.lengths.indices.first(where: { own.tiling.count($0) > 1 }),
      own.solution.lengths[rows] == tile.length, own.tiling.tiles[rows] == tile.sourceTile
    else {
      return report(
        .superTile, number,
        "source \(source) has lengths \(own.solution.lengths) in tiles \(own.tiling.tiles), "
          + "outermost of them should be \(tile.length) in tiles of \(tile.sourceTile)")
    }
    if !own.lanes.isEmpty {
      report(.superTile, number, "source \(source) finishes sums only after all its tiles")
    }
    for reader in [number] + tile.sources where reader != source {
      let theirs = regions[reader]
      // Rows of the reader: what its tasks are cut by.
      let wanted =
        reader == number
        ? theirs.solution.laneAxes.min()
        : theirs.solution.lengths.indices.first { theirs.tiling.count($0) > 1 }
      for member in theirs.members {
        for (read, producer) in sources(member) where regionOf[producer] == source {
          let dimension = labels(producer).prefix(read.index.count).firstIndex(of: rows)
          let axis = dimension.flatMap { read.index[$0].pointAxis }
          if axis == nil || labels(member)[axis!] != wanted {
            report(
              .superTile, number,
              "\(name(member)) reads \(name(producer)) of source \(source) at "
                + "\(dimension.map { "\(read.index[$0])" } ?? "every row"), not at its own rows")
          }
        }
      }
    }
  }
}
