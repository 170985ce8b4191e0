import GraphIR
import TensorCore

extension AccessTracing {
  mutating func addWindow(_ number: Int, _ window: Window) {
    switch window.kind {
    case .convolution(let groups): addConvolution(number, window, groups)
    case .average: addAverage(number, window)
    }
  }

  /// Inner axes: rows, columns and channels of the image, then all of the kernel's dimensions.
  private mutating func addConvolution(_ number: Int, _ window: Window, _ groups: Int) {
    let node = form.nodes[number]
    let own = axes(node.results[0])
    let rank = lengths(node.results[0]).count
    let image = Array(type(node.operands[0]).shape.dimensions[1...])
    let kernel = type(node.operands[1]).shape.dimensions
    if image.contains(0) || kernel.contains(0) {
      literals[node.results[0]] = 0
      return
    }
    var inner: [Int] = []
    func walked(_ length: Int) -> Int? {
      if length == 1 { return nil }
      inner.append(length)
      return rank + inner.count - 1
    }
    let imageAxes = image.map(walked)
    let kernelAxes = kernel.map(walked)
    func positions(_ axes: [Int?]) -> [[DimensionAccess]] {
      axes.map { $0.map { [.point($0)] } ?? [] }
    }
    let batch = own[0].map { DimensionAccess.point($0) }
    let reads = [
      read(number, 0, [batch] + positions(imageAxes)), read(number, 1, positions(kernelAxes)),
    ]
    let axes = AccessGraph.ConvolutionAxes(
      window: window, groups: groups, imageLengths: image,
      resultLengths: Array(type(node.results[0]).shape.dimensions[1...]), batch: Array(own[0]),
      result: own[1...].map(\.first), image: imageAxes, kernel: kernelAxes)
    append(number, .convolution(axes), inner: inner, reads)
  }

  /// The sum over the window of elements divided by how many positions lie inside the image. Borders
  /// are pieces of a padded image.
  private mutating func addAverage(_ number: Int, _ window: Window) {
    let node = form.nodes[number]
    let own = axes(node.results[0])
    let result = lengths(node.results[0])
    let image = type(node.operands[0]).shape
    let low = window.padding[0...1], high = window.padding[2...3]
    let padded = (0...1).map { image[$0 + 1] + low[$0] + high[$0 + 2] }
    let batch = own[0].map { result[$0] }
    let channels = own[3].map { result[$0] }

    // Inner axes: rows and columns of the window.
    var inner: [Int] = []
    let walked = window.size.map { length -> Int? in
      if length == 1 { return nil }
      inner.append(length)
      return result.count + inner.count - 1
    }
    /// Rows or columns as the window slides over them.
    func sliding(_ axis: Int) -> DimensionAccess {
      var terms: [DimensionAccess.Term] = []
      if let place = own[axis + 1].first { terms.append(.init(place, window.strides[axis])) }
      if let place = walked[axis] { terms.append(.init(place, window.dilations[axis])) }
      return DimensionAccess(terms)
    }
    let isPadded = window.padding.contains { $0 != 0 }
    let source: AccessGraph.Read
    if isPadded {
      let space = batch + padded.filter { $0 != 1 } + channels
      let value = pad(number, low: Array(low), space, batchCount: batch.count, padded)
      let axes =
        own[0].map { DimensionAccess.point($0) }
        + (0...1).filter { padded[$0] != 1 }.map(sliding) + own[3].map { .point($0) }
      source = .init(value, axes)
    } else {
      source = read(
        number, 0,
        [
          own[0].map { .point($0) }, image[1] == 1 ? [] : [sliding(0)],
          image[2] == 1 ? [] : [sliding(1)], own[3].map { .point($0) },
        ])
    }
    let counts = counts(number, window)
    let divisor = AccessGraph.Read(
      counts, (1...2).flatMap { own[$0].map { DimensionAccess.point($0) } })
    let body = ScalarExpression.apply(.divide, [.operand(0), .operand(1)])
    append(
      number, inner.isEmpty ? .map(body) : .fold(.add, body, givesIndex: false), inner: inner,
      [source, divisor])
  }

  private mutating func pad(
    _ number: Int, low: [Int], _ space: [Int], batchCount: Int, _ padded: [Int]
  ) -> Int {
    let node = form.nodes[number]
    let image = type(node.operands[0]).shape
    var box = AccessGraph.Box(offset: space.map { _ in 0 }, lengths: space)
    var place = batchCount
    var positions: [[DimensionAccess]] = [(0..<batchCount).map { .point($0) }]
    for axis in 0...1 {
      if padded[axis] == 1 {
        positions.append([])
        continue
      }
      box.offset[place] = low[axis]
      box.lengths[place] = image[axis + 1]
      positions.append(
        image[axis + 1] == 1 ? [] : [DimensionAccess(start: -low[axis], [.init(place, 1)])])
      place += 1
    }
    positions.append((place..<space.count).map { .point($0) })
    return append(
      .pieces([box], fill: 0), type(node.results[0]).element, space: space,
      [read(number, 0, positions)], group: node.group)
  }

  /// How many positions of the window lie inside, for each row and column of the result.
  private mutating func counts(_ number: Int, _ window: Window) -> Int {
    let node = form.nodes[number]
    let (image, result) = (type(node.operands[0]).shape, type(node.results[0]).shape)
    func inside(_ axis: Int, _ position: Int) -> Int {
      (0..<window.size[axis]).count { offset in
        (0..<image[axis + 1]).contains(
          position * window.strides[axis] + offset * window.dilations[axis]
            - window.padding[axis])
      }
    }
    let columns = (0..<result[2]).map { inside(1, $0) }
    let values = (0..<result[1]).flatMap { row in
      columns.map { Double(inside(0, row) * $0) }
    }
    let tensor = HostTensor(
      TensorType(type(node.results[0]).element, Shape(trusted: [result[1], result[2]])),
      converting: values)
    graph.values.append(
      .init(
        element: tensor.element, lengths: [result[1], result[2]].filter { $0 != 1 },
        source: .constant(tensor)))
    return graph.values.count - 1
  }
}
