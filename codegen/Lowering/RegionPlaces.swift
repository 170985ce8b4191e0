import GraphRegions
import TensorCore
import TileIR

// Where values of a region lie, and how members reach them.

extension RegionEmission {
  /// A value in scratch or in a buffer.
  struct Place {
    var base: TileLocation.Base
    var offset = 0
    var strides: [Int]
    /// Dimensions of which only the task's tile is here.
    var isLocal: [Bool]
  }

  /// Where a member's result goes: scratch, or straight to its buffer if nothing inside reads it.
  mutating func target(_ member: Int, result: Int = 0, rowRank: Int? = nil) -> Place {
    let value = graph.nodes[member].results[result]
    if let known = places[value] { return known }
    if let direct = directTarget(member, value) {
      places[value] = direct
      return direct
    }
    let place = scratchPlace(member, value, rowRank: rowRank)
    places[value] = place
    return place
  }

  /// Dimensions along which tasks, or passes of a walk, have a tile each.
  func isTiled(_ member: Int) -> [Bool] {
    graph.nodes[member].resultAxes.map { axis in
      guard let label = labels[member]![axis] else { return false }
      return axes[label].tile < axes[label].length
    }
  }

  private mutating func directTarget(_ member: Int, _ value: Int) -> Place? {
    guard region.outputs.contains(member), !region.lanes.contains(member), !isReadInside(value),
      lowering.wantedPanels[value] == nil
    else { return nil }
    let boxes = lowering.boxes(value, region, isTiled: isTiled(member))
    guard boxes.count == 1, boxes[0] == graph.wholeBox(value) else { return nil }
    let stored = lowering.store(value, boxes[0], graph.label(member))
    let base = builder.parameter(
      stored.view.buffer, offset: stored.view.offset, graph.values[value].element, .write)
    return Place(
      base: base, strides: stored.view.strides, isLocal: stored.lengths.map { _ in false })
  }

  func isReadInside(_ value: Int) -> Bool {
    region.members.contains { member in
      graph.nodes[member].reads.contains { $0.value == value }
    }
  }

  /// Scratch for a tile of a value, or for the whole of what is walked and read after the walk.
  ///
  /// - Parameter rowRank: how many of the innermost dimensions are a row of a matrix. Rows that are a
  ///   multiple of 1 KiB apart share few sets of an L1 cache, so a line is left between them.
  mutating func scratchPlace(_ member: Int, _ value: Int, rowRank: Int?) -> Place {
    let node = graph.nodes[member]
    let element = graph.values[value].element
    var isLocal: [Bool] = []
    var lengths: [Int] = []
    for axis in node.resultAxes {
      let label = labels[member]![axis]
      let local = label.map { !isWalked($0) || isInner(member) } ?? false
      isLocal.append(local)
      lengths.append(local ? axes[label!].tile : node.space[axis])
    }
    let order = storageOrder(member)
    var strides = [Int](repeating: 0, count: lengths.count)
    var next = 1
    let row = rowRank.map { order.count - $0 - 1 }
    for place in order.indices.reversed() {
      if place == row, next * element.byteCount % 1024 == 0 { next += 64 / element.byteCount }
      strides[order[place]] = next
      next *= max(lengths[order[place]], 1)
    }
    let base = builder.scratch(element, next)
    return Place(base: base, strides: strides, isLocal: isLocal)
  }

  private func isInner(_ member: Int) -> Bool {
    region.walks.contains { $0.inner.contains(member) }
  }

  /// Dimensions of a member's result as scratch holds them: columns of a product lie together.
  private func storageOrder(_ member: Int) -> [Int] {
    let node = graph.nodes[member]
    guard case .product(let axes) = node.kind else { return Array(node.resultAxes) }
    return axes.batch + axes.rows + axes.columns
  }

  /// Where a member reads a value: the place of its tile and the distance along each of its axes.
  mutating func access(_ member: Int, _ read: AccessGraph.Read) -> TileAccess {
    let place = place(member, read)
    return access(member, read.index, place)
  }

  /// The place of a value as a member reads it.
  mutating func place(_ member: Int, _ read: AccessGraph.Read) -> Place {
    if let place = places[read.value] { return place }
    let view = lowering.view(read.value, box(member, read))
    let base = builder.parameter(
      view.buffer, offset: 0, graph.values[read.value].element, .read)
    return Place(
      base: base, offset: view.offset, strides: view.strides,
      isLocal: view.strides.map { _ in false })
  }

  /// The box that a read through inlined maps touches.
  private func box(_ member: Int, _ read: AccessGraph.Read) -> AccessGraph.Box {
    var box = graph.wholeBox(read.value)
    switch graph.nodes[member].kind {
    case .pieces: return box
    case .convolution where read != graph.nodes[member].reads.last: return box
    default: break
    }
    for (dimension, access) in read.index.enumerated() where !access.isIndirect {
      guard access.terms.allSatisfy({ $0.step > 0 }) else { continue }
      box.offset[dimension] = access.start
      box.lengths[dimension] =
        1 + access.terms.reduce(0) { $0 + $1.step * (graph.nodes[member].space[$1.axis] - 1) }
    }
    return box
  }

  func access(_ member: Int, _ index: [DimensionAccess], _ place: Place) -> TileAccess {
    var offset = AffineExpression(place.offset)
    var strides = [Int](repeating: 0, count: graph.nodes[member].space.count)
    for (dimension, access) in index.enumerated() {
      let stride = place.strides[dimension]
      offset = offset + AffineExpression(access.start * stride)
      for term in access.terms {
        strides[term.axis] += term.step * stride
        // Of a local dimension the tile's own first position is position 0.
        if place.isLocal[dimension] { continue }
        offset = offset + start(member, term.axis) * (term.step * stride)
      }
    }
    return TileAccess(TileLocation(place.base, offset), strides: strides)
  }

  /// The access of a member to its own result.
  func access(_ member: Int, _ place: Place) -> TileAccess {
    access(member, graph.nodes[member].resultAxes.map { .point($0) }, place)
  }
}
