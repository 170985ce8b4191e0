import GraphRegions

extension BrokenPartition {
  static let membership = [
    BrokenPartition("a node in no region", diamond, .membership, "n2 reduce_mean is in regions []")
    {
      $0.regions[1].members.removeFirst()
    },
    BrokenPartition("a node in two regions", diamond, .membership, "is in regions [0, 1]") {
      $0.regions[1].members.insert(0, at: 0)
    },
    BrokenPartition("a node moved without saying so", diamond, .membership, "the partition says 1")
    {
      $0.regionOf[0] = 1
    },
    BrokenPartition("a node that is not", diamond, .membership, "n9 does not exist") {
      $0.regions[0].members.append(9)
    },
    BrokenPartition("a stranger among outputs", diamond, .membership, "n0 is named by the region") {
      $0.regions[1].outputs.insert(0)
    },
    BrokenPartition("a read with too few dimensions", diamond, .shape, "reads n0 of [4096, 256]") {
      $0.graph.nodes[3].reads[0].index.removeLast()
    },
    BrokenPartition("a result with other lengths", diamond, .shape, "computes [4096, 255]") {
      $0.graph.nodes[3].space[1] = 255
    },
    BrokenPartition("a read of a later node", chain, .shape, "n0 contract comes before n3 sine") {
      $0.graph.nodes[0].reads[0].value = $0.graph.nodes[3].results[0]
    },
  ]

  static let reads = [
    BrokenPartition("a read past the end", image, .bounds, "at 0...6 along dimension 0 of 4") {
      $0.graph.nodes[0].reads[0].index[0].terms[0].step = 2
    },
    BrokenPartition("a read before the start", image, .bounds, "at -1...30 along dimension 1") {
      $0.graph.nodes[0].reads[0].index[1].start = -1
    },
    BrokenPartition("a part past the image", image, .bounds, "at 1...16 along dimension 3 of 16") {
      $0.graph.nodes[0].reads[1].index[3].start = -15
    },
    BrokenPartition("a piece past its operand", pieces, .bounds, "at 1...4 along dimension 0 of 4")
    {
      $0.graph.nodes[0].reads[1].index[0].start = -2
    },
    BrokenPartition("an operand that is not", diamond, .expression, "with operand 2 of 2") {
      $0.graph.nodes[3].kind = .map(.apply(.add, [.operand(0), .operand(2)]))
    },
    BrokenPartition("the kernel in an image", image, .expression, "with operand 3 of 3") {
      $0.changeImage { $0.bodies[1] = .operand(3) }
    },
    BrokenPartition("a part without an expression", image, .expression, "2 parts of an image and 1")
    {
      $0.changeImage { $0.bodies.removeLast() }
    },
    BrokenPartition("positions in an image", image, .expression, "and 2 expressions for them") {
      $0.changeImage { $0.bodies[1] = .cast(.f32, .coordinate(axis: 0)) }
    },
  ]

  static let order = [
    BrokenPartition("regions in another order", diamond, .order, "reads n0 tanh in region 1") {
      $0.regions.swapAt(0, 1)
      $0.regionOf = $0.regionOf.map { 1 - $0 }
    },
    BrokenPartition("members in another order", chain, .order, "before it is computed") {
      $0.regions[0].members.swapAt(1, 2)
    },
    BrokenPartition(
      "a region around another", opaque, .convexity, "to n1 reshape and returns at n2"
    ) {
      $0.merge(0, 2, labels: [0: [0, 1], 2: [0, 1]], outputs: [0, 2])
      $0.regions.swapAt(0, 1)
      $0.regionOf = $0.regionOf.map { 1 - $0 }
    },
    BrokenPartition("regions that wait for each other", opaque, .circle, "regions [0, 1] wait") {
      $0.merge(0, 2, labels: [0: [0, 1], 2: [0, 1]], outputs: [0, 2])
    },
  ]

  static let kinds = [
    BrokenPartition("a reshape in a region of others", opaque, .alone, "n1 reshape needs a region")
    {
      $0.merge(0, 1, labels: [0: [nil, nil], 1: [nil, nil]], outputs: [1])
    },
    BrokenPartition("a region wrongly prepared", diamond, .prepared, "does not depend on") {
      $0.regions[1].isPrepared = true
    },
    BrokenPartition("an output forgotten", diamond, .output, "n0 tanh is read outside") {
      $0.regions[0].outputs.remove(0)
    },
    BrokenPartition("an output that nobody wants", chain, .output, "nothing outside reads") {
      $0.regions[0].outputs.insert(1)
    },
    BrokenPartition("an empty tile", diamond, .tile, "tiles are [0, 256]") {
      $0.regions[1].tiling.tiles[0] = 0
    },
    BrokenPartition("a tile longer than its axis", diamond, .tile, "tiles are [128, 257]") {
      $0.regions[1].tiling.tiles[1] = 257
    },
  ]

  static let axes = [
    BrokenPartition("a label of another length", diamond, .label, "its parallel axis p0 has 4095") {
      $0.regions[1].solution.lengths[0] = 4095
    },
    BrokenPartition("too few labels", diamond, .label, "n3 subtract has axes [4096, 256] and") {
      $0.regions[1].solution.labels[3] = [0]
    },
    BrokenPartition("a label of no parallel axis", diamond, .label, "of 2 parallel axes") {
      $0.regions[1].solution.labels[3] = [0, 2]
    },
    BrokenPartition("one label for two axes", pairwise, .label, "axes 0 and 1 of n1 subtract") {
      $0.regions[1].solution.labels[1] = [0, 0]
    },
    BrokenPartition("an output made whole", diamond, .shared, "n3 subtract is an output without") {
      $0.regions[1].solution.labels[3] = [0, nil]
    },
    BrokenPartition("a summed axis that is tiled", chain, .wholeAxis, "axis 2 of 32 positions") {
      $0.regions[0].solution.lengths.append(32)
      $0.regions[0].tiling.tiles.append(32)
      $0.regions[0].solution.labels[0]![2] = $0.regions[0].solution.lengths.count - 1
    },
    BrokenPartition("rows read as columns", pairwise, .wideRead, "n1 subtract reads n0 tanh at p1")
    {
      $0.merge(0, 1, labels: [0: [0], 1: [0, 1]], outputs: [1])
    },
    BrokenPartition("a producer cut along what is summed", chain, .wideRead, "at all positions") {
      // The right operand's depth is the columns of n1.
      $0.regions[0].solution.lengths.append(32)
      $0.regions[0].tiling.tiles.append(32)
      $0.regions[0].solution.labels[1]![1] = $0.regions[0].solution.lengths.count - 1
    },
    BrokenPartition("a shifted read", chain, .wideRead, "at a0 + 1 along dimension 0") {
      $0.graph.nodes[1].reads[0].index[0].start = 1
    },
    BrokenPartition("a read through an index", chain, .wideRead, "at ? along dimension 0") {
      $0.graph.nodes[1].reads[0].index[0] = .indirect
    },
    BrokenPartition("a read in lanes read inside", diamond, .lanes, "finished only after all tiles")
    {
      $0.merge(
        0, 1, labels: [0: [0, 1], 1: [0, 1], 2: [], 3: [0, 1]], outputs: [1, 3])
    },
    BrokenPartition("lanes over other axes", diamond, .lanes, "over parallel axes [0, 1]") {
      $0.regions[0].solution.laneAxes = [0]
    },
    BrokenPartition("lanes over nothing", diamond, .lanes, "over parallel axes []") {
      $0.regions[0].solution.labels[1] = [nil, nil]
    },
    BrokenPartition("a product in lanes that says not so", gradient, .wholeAxis, "axis 2 of 65536")
    {
      $0.regions[0].lanes = []
    },
    BrokenPartition("a map in lanes", diamond, .lanes, "n3 subtract does not accumulate") {
      $0.regions[1].lanes = [3]
    },
    BrokenPartition("lane axes without lanes", chain, .lanes, "nothing accumulates") {
      $0.regions[0].solution.laneAxes = [0]
    },
  ]

  static let walks = [
    BrokenPartition("a walk of another length", heads, .walk, "4 positions where the walk has 5") {
      $0.regions[0].walks[0].length = 5
    },
    BrokenPartition("a member without the walked axis", heads, .walk, "no walked axis") {
      $0.regions[0].walks[0].axes[1] = nil
    },
    BrokenPartition("a walk along a tiled axis", heads, .walk, "is the parallel axis p0") {
      let walk = $0.regions[0].walks[0]
      $0.regions[0].walks[0].axes = walk.axes.mapValues { _ in 1 }
      $0.regions[0].walks[0].length = 512
    },
    BrokenPartition("an inner value read outside the walk", heads, .walk, "from outside") {
      $0.regions[0].walks[0].inner.insert(2)
    },
    BrokenPartition("an inner value returned", heads, .walk, "is inner to a walk and an output") {
      $0.graph.results.append(("again", $0.graph.nodes[1].results[0]))
      $0.regions[0].outputs.insert(1)
    },
    BrokenPartition("a stranger inner to a walk", heads, .walk, "n3 is inner to a walk and not in")
    {
      $0.regions[0].walks[0].inner.insert(3)
    },
    BrokenPartition("a read of every position of a walk", heads, .walk, "the walk is at a0") {
      // Whole along heads: what attention over heads would do.
      $0.graph.nodes[1].reads[0].index[0] = DimensionAccess(start: 1)
    },
    BrokenPartition("a node in two walks", heads, .walk, "n0 contract is in two walks") {
      $0.regions[0].walks.append($0.regions[0].walks[0])
    },
    BrokenPartition("a walk around a node", heads, .convexity, "leaves a walk to n1") {
      $0.regions[0].walks[0].members.remove(1)
      $0.regions[0].walks[0].inner.remove(1)
      $0.regions[0].walks[0].inner.remove(0)
    },
    BrokenPartition("walks that wait for each other", chains, .circle, "each other's walks") {
      // n0 to n1 leads from the first to the second, n2 to n3 back; no path leaves either and returns.
      var walk = $0.regions[0].walks[0]
      (walk.axes, walk.inner) = ([0: 0, 1: 0, 2: 0, 3: 0], [])
      var other = walk
      (walk.members, other.members) = ([0, 3], [1, 2])
      $0.regions[0].walks = [walk, other]
    },
  ]
}
