import TensorCore
import TileIR

// Statements that move elements: packing, gathering, drawing from a stream.

extension KernelEmitter {
  /// One panel, k after k: a vector of columns each, zeros past the last column.
  func emit(_ pack: TilePack) {
    let element = element(pack.target.base)
    let columns = extent(pack.columns)
    let source = address(pack.source)
    let target = address(pack.target)
    // What a step writes must end where the panel's row ends: the next row may be another buffer's.
    let width = (1...min(pack.width, lanes)).last { pack.width.isMultiple(of: $0) } ?? 1
    let type = VectorType(lanes: width)
    let isWhole = pack.columns.fixed == pack.width
    func runs(
      _ depths: ArraySlice<TileContract.Depth>, _ source: String, _ target: String
    ) {
      guard let run = depths.first else {
        for first in stride(from: 0, to: pack.width, by: width) {
          let mask = isWhole ? LaneMask.all : near(columns, first, type)
          let value = load(
            element, advanced(source, element, by: String(first * pack.columnStride)),
            stride: pack.columnStride, mask, type)
          store(
            element, value, advanced(target, element, by: String(first)), stride: 1, .all, type)
        }
        return
      }
      let inner = depths.dropFirst().reduce(1) { $0 * $1.count }
      writer.loop(below: String(run.count)) { k, _ in
        runs(
          depths.dropFirst(),
          advanced(source, element, by: writer.multiplyAdd(k, run.stride, plus: "0")),
          advanced(target, element, by: writer.multiplyAdd(k, inner * pack.width, plus: "0")))
        return []
      }
    }
    runs(pack.depths[...], source, target)
  }

  /// Lanes `first`, `first + 1`, … below `count`.
  private func near(_ count: String, _ first: Int, _ type: VectorType) -> LaneMask {
    if let count = Int(count) { return mask(below: String(max(0, count - first)), type) }
    return mask(below: writer.value("sub nsw i64 \(count), \(first)"), type)
  }

  /// Runs of elements, each from the slice that an index picks.
  func emit(_ gather: TileGather) {
    let indexElement = element(gather.indices.location.base)
    let valueElement = element(gather.target.base)
    let single = VectorType(lanes: 1)
    writer.loop(below: extent(gather.count)) { counter, _ in
      var access = gather.indices
      access.location.offset = gather.indices.location.offset
      let place = advanced(
        address(access.location), indexElement,
        by: writer.multiplyAdd(counter, access.strides.first ?? 0, plus: "0"))
      let raw = Scalar(
        text: load(indexElement, place, stride: 1, .all, single), element: indexElement)
      let index = clamped(raw, limit: gather.limit)
      let source = advanced(
        address(gather.source), valueElement,
        by: writer.multiplyAdd(index, gather.sliceStride, plus: "0"))
      let target = advanced(
        address(gather.target), valueElement,
        by: writer.multiplyAdd(counter, gather.run, plus: "0"))
      copy(valueElement, gather.run, source, gather.runStride, target)
      return []
    }
  }

  /// The index as `i64`, no less than 0 and below `limit`. Unsigned 64-bit numbers beyond 2^63 are
  /// large, not negative.
  private func clamped(_ index: Scalar, limit: Int) -> String {
    let last = limit - 1
    if index.element == .u64 {
      return writer.value("call i64 @llvm.umin.i64(i64 \(index.text), i64 \(last))")
    }
    let wide = cast(index, to: .i64, VectorType(lanes: 1))
    let low = writer.value("call i64 @llvm.smax.i64(i64 \(wide), i64 0)")
    return writer.value("call i64 @llvm.smin.i64(i64 \(low), i64 \(last))")
  }

  private func copy(
    _ element: ElementType, _ count: Int, _ source: String, _ stride: Int, _ target: String
  ) {
    let type = VectorType(lanes: lanes)
    let whole = count / lanes * lanes
    func move(_ index: String, _ type: VectorType, _ mask: LaneMask) {
      let from = advanced(source, element, by: writer.multiplyAdd(index, stride, plus: "0"))
      let value = load(element, from, stride: type.lanes == 1 ? 1 : stride, mask, type)
      store(element, value, advanced(target, element, by: index), stride: 1, mask, type)
    }
    if count == 1 { return move("0", VectorType(lanes: 1), .all) }
    if whole > 0 {
      writer.loop(below: String(whole), by: lanes) { index, _ in
        move(index, type, .all)
        return []
      }
    }
    if whole < count { move(String(whole), type, mask(below: String(count - whole), type)) }
  }

  /// Elements of a stream, a vector of counters at a time; or one folded key.
  func emit(_ random: TileRandom) {
    let single = VectorType(lanes: 1)
    let key = load(.u64, address(random.key), stride: 1, .all, single)
    if random.draw == .foldedKey {
      let number = load(.u64, address(random.number!), stride: 1, .all, single)
      return store(.u64, folded(key, number), address(random.target), stride: 1, .all, single)
    }
    let type = VectorType(lanes: lanes)
    let count = extent(random.count)
    let first = affine(random.first)
    let target = address(random.target)
    writer.loop(below: count, by: lanes) { counter, _ in
      let start = writer.value("add nsw i64 \(counter), \(first)")
      let steps = (0..<lanes).map { "i64 \($0)" }.joined(separator: ", ")
      let counters = writer.value(
        "add \(type.vector("i64")) \(splat(start, "i64", type)), <\(steps)>")
      let value = draw(random.draw, key, counters, type)
      let rest = writer.value("sub nsw i64 \(count), \(counter)")
      let near = writer.value("call i64 @llvm.smin.i64(i64 \(rest), i64 \(lanes))")
      store(
        .f32, value, advanced(target, .f32, by: counter), stride: 1, mask(below: near, type), type)
      return []
    }
  }

  private func draw(
    _ draw: TileRandom.Draw, _ key: String, _ counters: String, _ type: VectorType
  ) -> String {
    let (word0, word1) = words(key, counters, type)
    let word = type.vector("i32")
    let (helper, arguments) =
      draw == .uniform
      ? (VectorMath.uniform(lanes: type.lanes), "\(word) \(word0)")
      : (VectorMath.normal(lanes: type.lanes), "\(word) \(word0), \(word) \(word1)")
    helpers.add(helper)
    return writer.value("call \(type.vector("float")) \(helper.name)(\(arguments))")
  }

  /// Words 0 and 1 of the blocks at the counters.
  private func words(
    _ key: String, _ counters: String, _ type: VectorType
  ) -> (String, String) {
    let philox = VectorMath.philox(lanes: type.lanes)
    helpers.add(philox)
    let word = type.vector("i32")
    let pair = writer.value(
      "call { \(word), \(word) } \(philox.name)(i64 \(key), \(type.vector("i64")) \(counters))")
    return (
      writer.value("extractvalue { \(word), \(word) } \(pair), 0"),
      writer.value("extractvalue { \(word), \(word) } \(pair), 1")
    )
  }

  /// The first 64 bits of the block whose counter is the number.
  private func folded(_ key: String, _ number: String) -> String {
    let (low, high) = words(key, number, VectorType(lanes: 1))
    let wideLow = writer.value("zext i32 \(low) to i64")
    let wideHigh = writer.value("zext i32 \(high) to i64")
    return writer.value("or i64 \(wideLow), \(writer.value("shl i64 \(wideHigh), 32"))")
  }
}
