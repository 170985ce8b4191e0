import TensorCore
import TileIR

extension KernelEmitter {
  /// A computation as loops over its axes, the innermost in vectors.
  func emit(_ compute: TileCompute) {
    let compute = compute.collapsed()
    ComputeEmission(self, compute, compute.vectorAxis(lanes: lanes)).emit()
  }
}

/// The loops of one computation.
struct ComputeEmission {
  private let emitter: KernelEmitter
  private let compute: TileCompute
  private let vectorAxis: Int?
  private let lengths: [String]
  private var writer: IRWriter { emitter.writer }
  private var keptCount: Int { compute.extents.count }

  init(_ emitter: KernelEmitter, _ compute: TileCompute, _ vectorAxis: Int?) {
    self.emitter = emitter
    self.compute = compute
    self.vectorAxis = vectorAxis
    lengths = (compute.extents + compute.reduced).map(emitter.extent)
  }

  private var vectorIsKept: Bool { vectorAxis.map { $0 < keptCount } ?? false }

  /// Which positions a pass computes: an index along each axis, and lanes along one.
  private struct Point {
    var indices: [String]
    var type: VectorType
    var mask: LaneMask
  }

  func emit() {
    nest(Array(0..<keptCount).filter { $0 != vectorAxis }, zeros) { indices in
      guard let vectorAxis, vectorIsKept else {
        element(Point(indices: indices, type: VectorType(lanes: 1), mask: .all))
        return
      }
      strip(vectorAxis) { index, type, mask in
        var indices = indices
        indices[vectorAxis] = index
        element(Point(indices: indices, type: type, mask: mask))
      }
    }
  }

  private var zeros: [String] { lengths.map { _ in "0" } }

  /// Loops over `axes`, the last innermost.
  private func nest(_ axes: [Int], _ indices: [String], _ body: ([String]) -> Void) {
    guard let axis = axes.first else { return body(indices) }
    var indices = indices
    if lengths[axis] == "1" { return nest(Array(axes.dropFirst()), indices, body) }
    writer.loop(below: lengths[axis]) { counter, _ in
      indices[axis] = counter
      nest(Array(axes.dropFirst()), indices, body)
      return []
    }
  }

  /// Whole vectors along `axis`, then one masked vector for what is left.
  private func strip(_ axis: Int, _ body: (String, VectorType, LaneMask) -> Void) {
    let lanes = emitter.lanes
    let type = VectorType(lanes: lanes)
    let length = lengths[axis]
    let whole = wholeVectors(length)
    if whole != "0" {
      writer.loop(below: whole, by: lanes) { counter, _ in
        body(counter, type, .all)
        return []
      }
    }
    guard whole != length else { return }
    func tail() {
      let rest = rest(length, whole)
      body(whole, type, emitter.mask(below: rest, type))
    }
    if Int(length) != nil { return tail() }
    writer.when(writer.value("icmp slt i64 \(whole), \(length)"), { tail() })
  }

  private func wholeVectors(_ length: String) -> String {
    if let fixed = Int(length) { return String(fixed / emitter.lanes * emitter.lanes) }
    return writer.value("and i64 \(length), \(-emitter.lanes)")
  }

  private func rest(_ length: String, _ whole: String) -> String {
    if let a = Int(length), let b = Int(whole) { return String(a - b) }
    return writer.value("sub nsw i64 \(length), \(whole)")
  }

  // MARK: - One position of the target
  private func element(_ point: Point) {
    guard compute.combiner != nil else {
      return store(value(point).text, point)
    }
    if compute.index != nil { return extremum(point) }
    if vectorAxis == nil || vectorIsKept { return store(reduction(point), point) }
    store(horizontalReduction(point), point)
  }

  /// The expression at a point.
  private func value(_ point: Point) -> Scalar {
    let operands = compute.sources.map { source in
      let element = emitter.element(source.location.base)
      let stride = point.type.lanes == 1 ? 1 : source.strides[vectorAxis!]
      let text = emitter.load(
        element, address(source, point.indices), stride: stride, point.mask, point.type)
      return Scalar(text: text, element: element)
    }
    return emitter.emit(compute.expression, point.type, operands: operands) { axis in
      coordinate(axis, point)
    }
  }

  private func coordinate(_ axis: Int, _ point: Point) -> String {
    let start = writer.value(
      "add nsw i64 \(point.indices[axis]), \(emitter.affine(compute.origins[axis]))")
    let splat = emitter.splat(start, "i64", point.type)
    guard axis == vectorAxis, point.type.lanes > 1 else { return splat }
    let steps = (0..<point.type.lanes).map { "i64 \($0)" }.joined(separator: ", ")
    return writer.value("add nsw \(point.type.vector("i64")) \(splat), <\(steps)>")
  }

  private func address(_ access: TileAccess, _ indices: [String]) -> String {
    var offset = emitter.affine(access.location.offset)
    for (stride, index) in zip(access.strides, indices) {
      offset = writer.multiplyAdd(index, stride, plus: offset)
    }
    return emitter.advanced(
      emitter.address(TileLocation(access.location.base)), emitter.element(access.location.base),
      by: offset)
  }

  private func store(_ text: String, _ point: Point) {
    let stride = point.type.lanes == 1 ? 1 : compute.target.strides[vectorAxis!]
    emitter.store(
      emitter.element(compute.target.location.base), text,
      address(compute.target, point.indices), stride: stride, point.mask, point.type)
  }

  // MARK: - Reductions
  /// What combining starts from.
  private func start(_ element: ElementType) -> Double {
    switch compute.combiner! {
    case .multiply: 1
    case .maximum: element.isFloating ? -.infinity : element.real(from: element.bounds.lower)
    case .minimum: element.isFloating ? .infinity : element.real(from: element.bounds.upper)
    default: 0
    }
  }

  private var sourceElements: [ElementType] {
    compute.sources.map { emitter.element($0.location.base) }
  }

  private func combine(_ a: String, _ b: Scalar, _ type: VectorType) -> String {
    emitter.apply(
      compute.combiner!, [Scalar(text: a, element: b.element), b], type
    ).text
  }

  /// Along the reduced axes in order, for one position or one vector of them.
  private func reduction(_ point: Point) -> String {
    let element = compute.expression.element(operands: sourceElements)
    let initial = IRWriter.Carried(
      type: point.type.register(element),
      value: emitter.literal(start(element), element, point.type))
    return fold(Array(keptCount..<lengths.count), point, initial) { point, sum in
      combine(sum, value(point), point.type)
    }
  }

  /// Loops over `axes` that carry one value.
  private func fold(
    _ axes: [Int], _ point: Point, _ initial: IRWriter.Carried,
    _ body: (Point, String) -> String
  ) -> String {
    guard let axis = axes.first else { return body(point, initial.value) }
    var point = point
    let sums = writer.loop(below: lengths[axis], carrying: [initial]) { counter, carried in
      point.indices[axis] = counter
      let inner = IRWriter.Carried(type: initial.type, value: carried[0])
      return [fold(Array(axes.dropFirst()), point, inner, body)]
    }
    return sums[0]
  }

  /// Vectors along a reduced axis; the lanes are combined as a tree at the end.
  private func horizontalReduction(_ point: Point) -> String {
    let element = compute.expression.element(operands: sourceElements)
    let type = VectorType(lanes: emitter.lanes)
    let register = type.register(element)
    let identity = emitter.literal(start(element), element, type)
    let others = Array(keptCount..<lengths.count).filter { $0 != vectorAxis }
    let wide = Point(indices: point.indices, type: type, mask: .all)
    let sum = fold(others, wide, .init(type: register, value: identity)) { point, sum in
      lane(point, sum, identity, register)
    }
    return tree(sum, element)
  }

  /// Sums that run side by side: each step of one waits for the step before.
  private static let chainCount = 4

  private func lane(
    _ point: Point, _ initial: String, _ identity: String, _ register: String
  ) -> String {
    let axis = vectorAxis!
    let (length, lanes) = (lengths[axis], emitter.lanes)
    let whole = wholeVectors(length)
    var point = point
    func advanced(_ sums: [String], at counter: String) -> [String] {
      sums.indices.map { chain in
        point.indices[axis] = writer.multiplyAdd(counter, 1, plus: String(chain * lanes))
        return combine(sums[chain], value(point), point.type)
      }
    }
    func loop(from start: String, below end: String, _ sums: [String]) -> [String] {
      writer.loop(
        from: start, below: end, by: sums.count * lanes,
        carrying: sums.map { IRWriter.Carried(type: register, value: $0) }
      ) { counter, carried in advanced(carried, at: counter) }
    }
    var sum = initial
    var done = "0"
    let stride = Self.chainCount * lanes
    if let fixed = Int(length), fixed >= 2 * stride, compute.expression.instructionCount <= 4 {
      done = String(fixed / stride * stride)
      let others = [String](repeating: identity, count: Self.chainCount - 1)
      let sums = loop(from: "0", below: done, [initial] + others)
      let element = compute.expression.element(operands: sourceElements)
      sum = sums.dropFirst().reduce(sums[0]) {
        combine($0, Scalar(text: $1, element: element), point.type)
      }
    }
    if whole != done { sum = loop(from: done, below: whole, [sum])[0] }
    guard whole != length else { return sum }
    // The masked rest may be empty; its lanes then all hold the identity.
    point.indices[axis] = whole
    let mask = emitter.mask(below: rest(length, whole), point.type)
    point.mask = mask
    let last = value(point)
    guard case .some(let flags) = mask else { return combine(sum, last, point.type) }
    let kept = writer.value(
      "select \(point.type.vector("i1")) \(flags), \(register) \(last.text), \(register) \(identity)"
    )
    return combine(sum, Scalar(text: kept, element: last.element), point.type)
  }

  /// The upper half combined with the lower half until one lane is left.
  private func tree(_ vector: String, _ element: ElementType) -> String {
    var lanes = emitter.lanes
    var vector = vector
    while lanes > 1 {
      let half = VectorType(lanes: lanes / 2)
      let register = VectorType(lanes: lanes).register(element)
      let halves = [0, lanes / 2].map { first in
        let order = (0..<lanes / 2).map { "i32 \(first + $0)" }.joined(separator: ", ")
        let mask = "<\(lanes / 2) x i32> <\(order)>"
        let part = writer.value("shufflevector \(register) \(vector), \(register) poison, \(mask)")
        return lanes == 2
          ? writer.value("extractelement \(half.oneLane(element)) \(part), i64 0") : part
      }
      vector = combine(halves[0], Scalar(text: halves[1], element: element), half)
      lanes /= 2
    }
    return vector
  }

  // MARK: - Extremum with index
  /// The first best value along the single reduced axis and its index; NaN beats every number.
  private func extremum(_ point: Point) {
    let axis = keptCount
    let element = compute.expression.element(operands: sourceElements)
    let (register, words) = (point.type.register(element), point.type.vector("i32"))
    var first = point
    first.indices[axis] = "0"
    let initial = value(first)
    let zero = emitter.splatLiteral("i32", "0", point.type)
    let best = writer.loop(
      from: "1", below: lengths[axis],
      carrying: [.init(type: register, value: initial.text), .init(type: words, value: zero)]
    ) { counter, carried in
      var point = point
      point.indices[axis] = counter
      let next = value(point)
      let better = beats(next, Scalar(text: carried[0], element: element), point.type)
      let number = emitter.splat(
        writer.value("trunc i64 \(counter) to i32"), "i32", point.type)
      let flags = "select \(point.type.vector("i1")) \(better)"
      return [
        writer.value("\(flags), \(register) \(next.text), \(register) \(carried[0])"),
        writer.value("\(flags), \(words) \(number), \(words) \(carried[1])"),
      ]
    }
    store(best[0], point)
    let index = compute.index!
    let stride = point.type.lanes == 1 ? 1 : index.strides[vectorAxis!]
    emitter.store(
      .i32, best[1], address(index, point.indices), stride: stride, point.mask, point.type)
  }

  private func beats(_ a: Scalar, _ b: Scalar, _ type: VectorType) -> String {
    let order: ScalarFunction = compute.combiner == .maximum ? .greater : .less
    let better = emitter.apply(order, [a, b], type).text
    guard a.element.isFloating else { return better }
    let register = type.register(a.element)
    let isNaN = writer.value("fcmp uno \(register) \(a.text), \(a.text)")
    let wasNumber = writer.value("fcmp ord \(register) \(b.text), \(b.text)")
    let flags = type.vector("i1")
    let first = writer.value("and \(flags) \(isNaN), \(wasNumber)")
    return writer.value("or \(flags) \(better), \(first)")
  }
}

extension VectorType {
  /// `<1 x float>`: what a shuffle of one lane gives.
  func oneLane(_ element: ElementType) -> String {
    "<1 x \(VectorType(lanes: 1).register(element))>"
  }
}
