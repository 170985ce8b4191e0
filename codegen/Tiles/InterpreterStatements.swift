import TensorCore

// What each statement means, in plain code.

// MARK: - Compute
extension TileInterpreter {
  func run(_ compute: TileCompute) {
    let sources = compute.sources.map { place($0.location) }
    let (target, targetOffset) = place(compute.target.location)
    let index = compute.index.map { place($0.location) }
    let origins = compute.origins.map(value)
    var steps = ScalarSteps(compute.expression, operands: sources.map(\.memory.element))
    let outerCount = compute.extents.count
    /// Strides along the target's axes of target, index and sources, in this order.
    let outer = BoxWalk(
      lengths: compute.extents.map(length),
      strides: [compute.target.strides, compute.index?.strides ?? compute.target.strides]
        + compute.sources.map { Array($0.strides.prefix(outerCount)) })
    let inner = BoxWalk(
      lengths: compute.reduced.map(length),
      strides: compute.sources.map { Array($0.strides.dropFirst(outerCount)) })

    func element(_ position: [Int], _ addresses: [Int]) -> TileMemory.Element {
      steps.value(
        operands: { sources[$0].memory[addresses[$0]] },
        position: { origins[$0] + position[$0] })
    }
    let starts = [targetOffset, index?.offset ?? 0] + sources.map(\.offset)
    outer.forEach(from: starts) { position, addresses in
      let sourceStarts = Array(addresses[2...])
      guard let combiner = compute.combiner else {
        target[addresses[0]] = element(position, sourceStarts)
        return
      }
      var fold = Fold(combiner, target.element, isWide: widensSums && combiner == .add)
      inner.forEach(from: sourceStarts) { _, addresses in fold.add(element(position, addresses)) }
      target[addresses[0]] = fold.result
      index?.memory[addresses[1]] = TileMemory.Element(integer: Int64(fold.index))
    }
  }
}

/// Values combined one after the other. The first value is where it starts, so that a sum of
/// nothing but -0.0 keeps its sign.
private struct Fold {
  private let combiner: ScalarFunction
  private let element: ElementType
  private var count = 0
  private var value = TileMemory.Element()
  /// Where the extremum stands: the first of equal ones, the first NaN if there is one.
  private(set) var index = 0

  private let isWide: Bool

  init(_ combiner: ScalarFunction, _ element: ElementType, isWide: Bool) {
    self.combiner = combiner
    self.element = element
    self.isWide = isWide
  }

  mutating func add(_ next: TileMemory.Element) {
    if count == 0 {
      value = next
    } else if element.isFloating {
      if beats(next.real, value.real) { index = count }
      let combined = combiner.real2(value.real, next.real)
      value.real = isWide ? combined : ScalarSteps.working(element).rounding(combined)
    } else {
      let order: ScalarFunction = combiner == .maximum ? .greater : .less
      if order.integer([next.integer, value.integer], element) != 0 { index = count }
      value.integer = combiner.integer([value.integer, next.integer], element)
    }
    count += 1
  }

  private func beats(_ next: Double, _ best: Double) -> Bool {
    if next.isNaN || best.isNaN { return next.isNaN && !best.isNaN }
    return combiner == .maximum ? next > best : next < best
  }

  /// Over nothing: 0 for a sum, 1 for a product, false for `or`, true for `and`.
  var result: TileMemory.Element {
    guard count == 0 else { return value }
    let identity = combiner == .multiply || combiner == .and
    return TileMemory.Element(real: identity ? 1 : 0, integer: identity ? 1 : 0)
  }
}

// MARK: - Contract and pack
extension TileInterpreter {
  func run(_ contract: TileContract) {
    let (left, leftOffset) = place(contract.left)
    let (right, rightOffset) = place(contract.right)
    let (target, targetOffset) = place(contract.target)
    let steps = offsets(contract.depths)
    let width = contract.panelWidth
    let sources = contract.epilogue?.sources.map { (place($0.location), $0.strides) } ?? []
    var epilogue = contract.epilogue.map { epilogue in
      ScalarSteps(
        epilogue.expression, operands: [left.element] + sources.map(\.0.memory.element))
    }
    for row in 0..<length(contract.rows) {
      let leftStart = leftOffset + row * contract.leftRowStride
      for column in 0..<length(contract.columns) {
        let panel = rightOffset + column / width * steps.count * width + column % width
        func factors(_ k: Int) -> (Double, Double) {
          (left.real(leftStart + steps[k]), right.real(panel + k * width))
        }
        let place = targetOffset + row * contract.targetRowStride + column
        let before = contract.accumulates ? target.real(place) : 0
        var sum: Double
        if left.element == .f64 {
          sum = steps.indices.reduce(0) { sum, k in
            let (a, b) = factors(k)
            return sum.addingProduct(a, b)
          }
        } else {
          sum = Double(
            steps.indices.reduce(Float(0)) { sum, k in
              let (a, b) = factors(k)
              return sum.addingProduct(Float(a), Float(b))
            })
        }
        if contract.accumulates {
          sum = left.element == .f64 ? before + sum : Double(Float(before) + Float(sum))
        }
        let result = epilogue?.value(
          operands: { number in
            if number == 0 { return TileMemory.Element(real: sum) }
            let ((memory, offset), strides) = sources[number - 1]
            return memory[offset + row * strides[0] + column * strides[1]]
          }, position: { _ in preconditionFailure("internal: a coordinate in an epilogue") })
        target[place] = result ?? TileMemory.Element(real: sum)
      }
    }
  }

  func run(_ pack: TilePack) {
    let (source, sourceOffset) = place(pack.source)
    let (target, targetOffset) = place(pack.target)
    let columnCount = length(pack.columns)
    for (k, step) in offsets(pack.depths).enumerated() {
      for column in 0..<pack.width {
        target[targetOffset + k * pack.width + column] =
          column < columnCount
          ? source[sourceOffset + step + column * pack.columnStride] : TileMemory.Element()
      }
    }
  }

  /// Where each k lies from the first one, in order.
  private func offsets(_ depths: [TileContract.Depth]) -> [Int] {
    depths.reduce([0]) { offsets, depth in
      offsets.flatMap { offset in (0..<depth.count).map { offset + $0 * depth.stride } }
    }
  }
}

// MARK: - Gather and random
extension TileInterpreter {
  func run(_ gather: TileGather) {
    let (source, sourceOffset) = place(gather.source)
    let (target, targetOffset) = place(gather.target)
    let (indices, indexOffset) = place(gather.indices.location)
    for number in 0..<length(gather.count) {
      let stored = indices[indexOffset + number * gather.indices.strides[0]].integer
      // A u64 of 2^63 and more is stored as a negative number, and is far above every limit.
      let isAbove = stored < 0 ? indices.element == .u64 : stored >= Int64(gather.limit)
      let pick = isAbove ? gather.limit - 1 : max(0, Int(stored))
      for element in 0..<gather.run {
        target[targetOffset + number * gather.run + element] =
          source[sourceOffset + pick * gather.sliceStride + element * gather.runStride]
      }
    }
  }

  func run(_ random: TileRandom) {
    let (target, targetOffset) = place(random.target)
    let count = length(random.count)
    if count == 0 { return }
    let (keys, keyOffset) = place(random.key)
    let key = Key(UInt64(bitPattern: keys[keyOffset].integer))
    let first = value(random.first)
    for number in 0..<count {
      let element: TileMemory.Element
      switch random.draw {
      case .uniform: element = TileMemory.Element(real: key.uniform(at: first + number))
      case .normal: element = TileMemory.Element(real: key.normal(at: first + number))
      case .foldedKey:
        guard let (numbers, offset) = random.number.map(place) else {
          preconditionFailure("internal: a folded key without number")
        }
        let folded = key.folded(UInt64(bitPattern: numbers[offset].integer))
        element = TileMemory.Element(integer: Int64(bitPattern: folded.bits))
      }
      target[targetOffset + number] = element
    }
  }
}
